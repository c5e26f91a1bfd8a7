package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/collector"
	"frr-speaker/test/lab/labtest"
	"frr-speaker/test/stage"
)

// The tests below are named after weaknesses that MetalLB is known for. What is
// right instead is seen at routers.

// rawConfig is ConfigMap bgpextras.
func rawConfig(lines ...string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bgpextras, namespace: metallb-system}\ndata:\n  extras: |\n    " +
		strings.Join(lines, "\n    ") + "\n"
}

// withTor is a node with one FRR router, established.
func withTor(t *testing.T, version lab.FRRVersion, originate ...netip.Prefix) (*neighborhood, lab.Router) {
	t.Helper()
	n := newNeighborhood(t, version)
	tor := n.router(t, "frr", lab.RouterOptions{
		HostOptions: n.at("tor", 21), ASN: stage.FRRASN, Originate: originate,
		Neighbors: []lab.Neighbor{{Addr: node4, ASN: stage.NodesASN, Passive: true}},
	})
	n.peer(t, "tor", fmt.Sprintf("peerASN: %d, peerAddress: 192.0.2.21", stage.FRRASN))
	n.startNode(t)
	eventually(t, func() error { return lab.AwaitSessions(t.Context(), patience, tor, node4) })
	return n, tor
}

func (n *neighborhood) remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(n.objects, name)); err != nil {
		t.Fatal(err)
	}
}

// The node accepts nothing, until users define the route-map of what comes in again.
func TestRawConfigurationAcceptsRoutes(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		offered, other := netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("192.168.0.0/16")
		n, tor := withTor(t, version, offered, other)
		accepted := func(want ...netip.Prefix) {
			t.Helper()
			eventually(t, func() error {
				routes, err := n.node.Routes(t.Context())
				if err != nil {
					return err
				}
				if got := routes.From(tor.Addr4()).Prefixes(); !slices.Equal(got, want) {
					return fmt.Errorf("the node has %v, want %v", got, want)
				}
				return nil
			})
		}
		applied(t, n.node)
		accepted()
		n.write(t, "30-extras.yaml", rawConfig(
			"ip prefix-list from-tor seq 5 permit 203.0.113.0/24",
			"route-map 192.0.2.21-in permit 20", " match ip address prefix-list from-tor", "exit"))
		accepted(offered)
		n.remove(t, "30-extras.yaml")
		accepted()
	})
}

// MetalLB 5: one bad value makes FRR's reload fail, and freezes every change of the
// node for ever, visible in a log alone.
func TestMetalLBWeakness05OneBadValueFreezesNothing(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		n, tor := withTor(t, version)
		n.write(t, "30-extras.yaml", rawConfig("router bgp 64512", " neighbor 192.0.2.21 timers 3 100000", "exit"))
		n.peer(t, "slow", "peerASN: 65001, peerAddress: 192.0.2.31, holdTime: 100000s")
		n.peer(t, "space", `peerASN: 65001, peerAddress: 192.0.2.32, password: "two words"`)
		n.peer(t, "vrf", `peerASN: 65001, peerAddress: 192.0.2.33, vrf: "red team"`)
		n.write(t, "40-more.yaml", service("more", "198.51.100.99"))
		eventually(t, func() error {
			routes, err := tor.Routes(t.Context())
			if err == nil && routes[netip.MustParsePrefix("198.51.100.99/32")] == nil {
				err = fmt.Errorf("the new service is not announced; the routes are %v", routes.Prefixes())
			}
			return err
		})
		eventually(t, func() error {
			result, err := n.node.Result()
			if err != nil {
				return err
			}
			isExtras := func(f handoff.Failure) bool {
				return f.Object == "bgpextras" && strings.Contains(f.Line, "timers 3 100000")
			}
			if result.Outcome != handoff.OutcomePartial || !slices.ContainsFunc(result.Failures, isExtras) {
				return fmt.Errorf("outcome %s with %+v does not name the line of bgpextras", result.Outcome, result.Failures)
			}
			return nil
		})
		n.remove(t, "30-extras.yaml")
		applied(t, n.node)
	})
}

// MetalLB 10: a speaker that restarts first publishes what it has read so far, and
// withdraws the rest for a moment.
func TestMetalLBWeakness10RestartPublishesAllAtOnce(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		n := newNeighborhood(t, version)
		o := lab.CollectorOptions{HostOptions: n.at("collector", 22)}
		o.ASN, o.EndOfRIB = 65003, true
		sink := labtest.Must(n.lab.StartCollector(t.Context(), o))(t)
		n.peer(t, "collector", "peerASN: 65003, peerAddress: 192.0.2.22")
		const services = 50
		for i := range services {
			n.write(t, fmt.Sprintf("50-%d.yaml", i), service(fmt.Sprintf("s%d", i), fmt.Sprintf("198.51.100.%d", 100+i)))
		}
		n.startNode(t)
		wholeTable(t, sink, n.node, services+1)
		before, err := n.node.Handoff().ReadDesired()
		if err != nil {
			t.Fatal(err)
		}
		mark := sink.Mark()
		if err := n.node.KillSpeaker(); err != nil {
			t.Fatal(err)
		}
		n.write(t, "40-more.yaml", service("more", "198.51.100.99"))
		if err := n.node.StartSpeaker(); err != nil {
			t.Fatal(err)
		}
		more := netip.MustParsePrefix("198.51.100.99/32")
		wait(t, func(ctx context.Context) error {
			_, err := sink.WaitPrefix(ctx, node4, more, nil)
			return err
		})
		for _, event := range sink.Events(mark) {
			if event.Kind != collector.Announce || event.Prefix != more {
				t.Errorf("the collector saw %s", event)
			}
		}
		after, err := n.node.Handoff().ReadDesired()
		if err != nil {
			t.Fatal(err)
		}
		if after.Generation != before.Generation+1 {
			t.Errorf("the restart published %d texts, want 1", after.Generation-before.Generation)
		}
	})
}

// MetalLB 11: the last BFDProfile stays in FRR when it is deleted.
func TestMetalLBWeakness11LastBFDProfileGoes(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		n := newNeighborhood(t, version)
		n.write(t, "10-common.yaml", "apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n") // without a profile
		n.write(t, "30-bfd.yaml", "apiVersion: metallb.io/v1beta1\nkind: BFDProfile\nmetadata: {name: last, namespace: metallb-system}\nspec: {receiveInterval: 100}\n")
		n.startNode(t)
		hasProfile := func(want bool) {
			t.Helper()
			eventually(t, func() error {
				text, err := n.node.VTY(t.Context(), "bfdd", "show running-config")
				if err == nil && strings.Contains(text, "profile last") != want {
					err = fmt.Errorf("bfdd runs\n%s", text)
				}
				return err
			})
		}
		hasProfile(true)
		n.remove(t, "30-bfd.yaml")
		hasProfile(false)
		applied(t, n.node)
	})
}

// MetalLB 18: one unnumbered peer makes the metrics of all sessions vanish. Here they, and
// the report, have every session, one in a VRF that the kernel does not have, too.
func TestMetalLBWeakness18UnnumberedPeerHidesNoSession(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		n, _ := withTor(t, version)
		n.peer(t, "link", "peerASN: 65009, interface: eth0")
		n.peer(t, "red", "peerASN: 65010, peerAddress: 192.0.2.77, vrf: red")
		eventually(t, func() error {
			result, err := n.node.Result()
			if err != nil {
				return err
			}
			states := map[string]string{}
			for _, s := range result.Sessions {
				states[s.Neighbor] = s.State
			}
			if len(states) != 3 || states["192.0.2.21"] != "Established" || states["eth0"] == "" || states["eth0"] == "Established" {
				return fmt.Errorf("the sessions are %v, want 192.0.2.21 established and eth0 not", states)
			}
			return nil
		})
		shows(t, n.node, map[string]string{
			`metallb_bgp_session_up{peer="192.0.2.21:179",vrf="default"}`:               "1",
			`metallb_bgp_announced_prefixes_total{peer="192.0.2.21:179",vrf="default"}`: "1",
			`metallb_bgp_session_up{peer="eth0:179",vrf="default"}`:                     "0",
			`metallb_bgp_session_up{peer="192.0.2.77:179",vrf="red"}`:                   "0",
		})
	})
}
