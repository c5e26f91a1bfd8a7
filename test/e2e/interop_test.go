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
	"time"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/lab"
	collect "frr-speaker/test/lab/collector"
	"frr-speaker/test/lab/labtest"
	"frr-speaker/test/stage"
)

// neighborhood is one node among routers of all kinds. Each router is there for one kind of session.
type neighborhood struct {
	lab     *lab.Lab
	version lab.FRRVersion
	network *lab.Network
	objects string
	node    *lab.Node
}

// The services that every router is to have, one of each family.
var (
	web4 = netip.MustParsePrefix("198.51.100.10/32")
	web6 = netip.MustParsePrefix("2001:db8:100::10/128")
)

const interopObjects = `apiVersion: v1
kind: Node
metadata: {name: node-1}
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: public, namespace: metallb-system}
spec: {addresses: [198.51.100.0/24, "2001:db8:100::/64"]}
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: public, namespace: metallb-system}
spec: {ipAddressPools: [public], communities: ["64512:100", "large:64512:7:1", graceful-shutdown], localPref: 150}
---
apiVersion: metallb.io/v1beta1
kind: BFDProfile
metadata: {name: fast, namespace: metallb-system}
spec: {receiveInterval: 300, transmitInterval: 300, detectMultiplier: 3}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {type: LoadBalancer, ports: [{port: 80}]}
status: {loadBalancer: {ingress: [{ip: 198.51.100.10}, {ip: "2001:db8:100::10"}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.244.1.9], nodeName: node-1, conditions: {ready: true}}]
`

// newNeighborhood makes the network and the objects; the node starts with startNode.
func newNeighborhood(t *testing.T, version lab.FRRVersion) *neighborhood {
	t.Helper()
	l := labtest.New(t, lab.Options{})
	n := &neighborhood{lab: l, version: version, objects: filepath.Join(l.Dir(), "objects")}
	if err := os.Mkdir(n.objects, 0o755); err != nil {
		t.Fatal(err)
	}
	n.network = labtest.Must(l.NewNetwork(t.Context(), lab.NetworkOptions{
		Prefix4: netip.MustParsePrefix("192.0.2.0/24"), Prefix6: netip.MustParsePrefix("2001:db8:0:1::/64"),
	}))(t)
	n.write(t, "10-common.yaml", interopObjects)
	return n
}

func (n *neighborhood) write(t *testing.T, name, text string) {
	t.Helper()
	if err := (&stage.Stage{Objects: n.objects}).Write(name, text); err != nil {
		t.Fatal(err)
	}
}

// peer writes a BGPPeer.
func (n *neighborhood) peer(t *testing.T, name, spec string) {
	t.Helper()
	n.write(t, "20-"+name+".yaml", fmt.Sprintf(
		"apiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: {name: %s, namespace: metallb-system}\nspec: {myASN: %d, %s}\n",
		name, stage.NodesASN, spec))
}

func (n *neighborhood) at(name string, number int) lab.HostOptions {
	return (&stage.Stage{Network: n.network}).At(name, number)
}

const nodeNumber = 11

var (
	node4 = netip.MustParseAddr("192.0.2.11")
	node6 = netip.MustParseAddr("2001:db8:0:1::11")
)

func (n *neighborhood) startNode(t *testing.T, more ...lab.Attachment) {
	t.Helper()
	host := n.at("node-1", nodeNumber)
	host.Networks = append(host.Networks, more...)
	n.node = labtest.Must(n.lab.StartNode(t.Context(), lab.NodeOptions{
		HostOptions: host, Version: n.version, ObjectsDir: n.objects, SpeakerArgs: []string{"--log-level=debug"},
		ReloaderArgs: []string{"--metrics-addr=" + metricsAddr},
	}))(t)
}

// router starts a router of any software.
func (n *neighborhood) router(t *testing.T, software string, o lab.RouterOptions) lab.Router {
	t.Helper()
	switch software {
	case "bird":
		return labtest.Must(n.lab.StartBIRDRouter(t.Context(), o))(t)
	case "gobgp":
		return labtest.Must(n.lab.StartGoBGPRouter(t.Context(), o))(t)
	default:
		return labtest.Must(n.lab.StartFRRRouter(t.Context(), n.version, o))(t)
	}
}

// has waits until a router has the node's routes of these prefixes, with what policy sets on them.
func has(t *testing.T, router lab.Router, localPref uint32, prefixes ...netip.Prefix) {
	t.Helper()
	eventually(t, func() error {
		routes, err := router.Routes(t.Context())
		if err != nil {
			return err
		}
		if got := routes.Prefixes(); !slices.Equal(got, prefixes) {
			return fmt.Errorf("%s has %v, want %v", router.Name(), got, prefixes)
		}
		for _, prefix := range prefixes {
			for _, path := range routes[prefix] {
				if got := stage.Communities(path); got != "64512:100 65535:0 large:64512:7:1" {
					return fmt.Errorf("%s: %s has communities %s", router.Name(), prefix, got)
				}
				if path.LocalPref != localPref {
					return fmt.Errorf("%s: %s has local preference %d, want %d", router.Name(), prefix, path.LocalPref, localPref)
				}
				if want := []netip.Addr{node4, node6}; !slices.Contains(want, path.NextHop) {
					return fmt.Errorf("%s: %s has next hop %s, want one of %v", router.Name(), prefix, path.NextHop, want)
				}
			}
		}
		return nil
	})
}

// Every kind of session that a BGPPeer can ask for, at every router software that can have it.
func TestSessionsOfEveryKind(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		n := newNeighborhood(t, version)
		v4, v6 := []bgp.Family{bgp.IPv4Unicast}, []bgp.Family{bgp.IPv6Unicast}
		kinds := []struct {
			name      string
			software  []string
			addr      netip.Addr // of the node, as the router sees it
			asn       bgp.ASN    // of the router
			nodeASN   bgp.ASN    // as the router sees it
			families  []bgp.Family
			options   func(*lab.Neighbor)
			spec      string // of the BGPPeer, beside addresses and ASNs
			localPref uint32
			want      []netip.Prefix
		}{
			{name: "ipv4", software: []string{"frr", "bird", "gobgp"}, addr: node4, asn: 65001, families: v4, want: []netip.Prefix{web4}},
			{name: "ipv6", software: []string{"frr", "bird", "gobgp"}, addr: node6, asn: 65001, families: v6, want: []netip.Prefix{web6}},
			{
				name: "both", software: []string{"frr", "bird", "gobgp"}, addr: node4, asn: 4200000001,
				spec: "dualStackAddressFamily: true", want: []netip.Prefix{web4, web6},
			},
			{
				name: "password", software: []string{"frr", "bird", "gobgp"}, addr: node4, asn: 65001, families: v4,
				options: func(o *lab.Neighbor) { o.Password = "s3cret" }, spec: "password: s3cret", want: []netip.Prefix{web4},
			},
			{
				name: "ibgp", software: []string{"frr", "bird", "gobgp"}, addr: node4, asn: 64512, families: v4,
				localPref: 150, want: []netip.Prefix{web4},
			},
			{
				name: "localasn", software: []string{"frr", "bird", "gobgp"}, addr: node4, asn: 65001, nodeASN: 64999, families: v4,
				spec: "localASN: 64999", want: []netip.Prefix{web4},
			},
			{
				name: "timers", software: []string{"frr", "bird", "gobgp"}, addr: node4, asn: 65001, families: v4,
				spec: "holdTime: 9s, keepaliveTime: 3s, connectTime: 1s", want: []netip.Prefix{web4},
			},
			{
				name: "dynamic", software: []string{"frr"}, addr: node4, asn: 65077, families: v4,
				spec: "dynamicASN: external", want: []netip.Prefix{web4},
			},
			{
				name: "port", software: []string{"bird", "gobgp"}, addr: node4, asn: 65001, families: v4,
				spec: "peerPort: 1790", want: []netip.Prefix{web4},
			},
		}
		type expected struct {
			router    lab.Router
			localPref uint32
			want      []netip.Prefix
		}
		var all []expected
		number := 20
		for _, kind := range kinds {
			for _, software := range kind.software {
				number++
				name := kind.name + "-" + software
				neighbor := lab.Neighbor{Addr: kind.addr, ASN: stage.NodesASN, Passive: true, Families: kind.families}
				if kind.nodeASN != 0 {
					neighbor.ASN = kind.nodeASN
				}
				if kind.options != nil {
					kind.options(&neighbor)
				}
				o := lab.RouterOptions{HostOptions: n.at(name, number), ASN: kind.asn, Neighbors: []lab.Neighbor{neighbor}}
				spec := fmt.Sprintf("peerAddress: 192.0.2.%d", number)
				if kind.addr.Is6() {
					spec = fmt.Sprintf("peerAddress: \"2001:db8:0:1::%d\"", number)
				}
				if !strings.Contains(kind.spec, "dynamicASN") {
					spec += fmt.Sprintf(", peerASN: %d", kind.asn)
				}
				if strings.Contains(kind.spec, "peerPort") {
					o.Port = 1790
				}
				if kind.spec != "" {
					spec += ", " + kind.spec
				}
				n.peer(t, name, spec)
				all = append(all, expected{n.router(t, software, o), kind.localPref, kind.want})
			}
		}
		n.startNode(t)
		for _, e := range all {
			has(t, e.router, e.localPref, e.want...)
		}
		noPasswordInLogs(t, n.node, "s3cret")
	})
}

func noPasswordInLogs(t *testing.T, node *lab.Node, password string) {
	t.Helper()
	files := []string{node.LogFile("speaker"), node.LogFile("frr-reloader"), filepath.Join(node.HandoffDir(), "status.json")}
	for _, file := range files {
		if strings.Contains(readFile(t, file), password) {
			t.Errorf("%s holds a password", filepath.Base(file))
		}
	}
}

// A router behind another one, which only ebgpMultiHop reaches.
func TestMultihopSession(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		n := newNeighborhood(t, version)
		far := labtest.Must(n.lab.NewNetwork(t.Context(), lab.NetworkOptions{Prefix4: netip.MustParsePrefix("203.0.113.0/24")}))(t)
		between := n.at("between", 5)
		between.Networks = append(between.Networks, lab.Attachment{Network: far, Addr4: netip.MustParseAddr("203.0.113.5")})
		hop := labtest.Must(n.lab.NewHost(t.Context(), between))(t)
		if err := hop.Do(func() error { return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644) }); err != nil {
			t.Fatal(err)
		}
		router := labtest.Must(n.lab.StartBIRDRouter(t.Context(), lab.RouterOptions{
			HostOptions: lab.HostOptions{Name: "far", Networks: []lab.Attachment{{Network: far, Addr4: netip.MustParseAddr("203.0.113.9")}}},
			ASN:         65001,
			Neighbors:   []lab.Neighbor{{Addr: node4, ASN: stage.NodesASN, Multihop: 5, Passive: true, Families: []bgp.Family{bgp.IPv4Unicast}}},
		}))(t)
		if err := router.AddRoute(netip.MustParsePrefix("192.0.2.0/24"), netip.MustParseAddr("203.0.113.5")); err != nil {
			t.Fatal(err)
		}
		n.peer(t, "far", "peerASN: 65001, peerAddress: 203.0.113.9, ebgpMultiHop: true")
		n.startNode(t)
		if err := n.node.AddRoute(netip.MustParsePrefix("203.0.113.0/24"), netip.MustParseAddr("192.0.2.5")); err != nil {
			t.Fatal(err)
		}
		has(t, router, 0, web4)
	})
}

// An unnumbered session: no address of the router is in any object.
func TestUnnumberedSession(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		n := newNeighborhood(t, version)
		link := labtest.Must(n.lab.NewNetwork(t.Context(), lab.NetworkOptions{Prefix4: netip.MustParsePrefix("203.0.113.0/31")}))(t)
		router := labtest.Must(n.lab.StartFRRRouter(t.Context(), version, lab.RouterOptions{
			HostOptions: lab.HostOptions{Name: "leaf", Networks: []lab.Attachment{{Network: link, Addr4: netip.MustParseAddr("203.0.113.0")}}},
			ASN:         65001,
			Extra: `router bgp 65001
 neighbor eth0 interface remote-as external
 address-family ipv4 unicast
  neighbor eth0 activate
 exit-address-family
 address-family ipv6 unicast
  neighbor eth0 activate
 exit-address-family
exit
`,
		}))(t)
		n.peer(t, "leaf", "dynamicASN: external, interface: eth1")
		n.startNode(t, lab.Attachment{Network: link, Addr4: netip.MustParseAddr("203.0.113.1")})
		for _, prefix := range []netip.Prefix{web4, web6} {
			eventually(t, func() error {
				family := strings.Fields(bgp.FamilyOf(prefix.Addr()).String())[0]
				out, err := router.VTYSH(t.Context(), fmt.Sprintf("show bgp %s unicast %s", family, prefix))
				if err != nil {
					return err
				}
				for _, want := range []string{"64512", "64512:100", "64512:7:1"} {
					if !strings.Contains(out, want) {
						return fmt.Errorf("%s at the router lacks %s:\n%s", prefix, want, out)
					}
				}
				return nil
			})
		}
		// A session without an address hides none of the others from the report.
		eventually(t, func() error {
			result, err := n.node.Result()
			if err != nil {
				return err
			}
			for _, session := range result.Sessions {
				if session.Neighbor == "eth1" && session.State == "Established" {
					return nil
				}
			}
			return fmt.Errorf("status.json has no established session over eth1: %+v", result.Sessions)
		})
		shows(t, n.node, map[string]string{
			`metallb_bgp_session_up{peer="eth1:179",vrf="default"}`:               "1",
			`metallb_bgp_announced_prefixes_total{peer="eth1:179",vrf="default"}`: "2",
		})
	})
}

// With BFD at 300 ms × 3 the node notices within a second that a router is gone without a word.
func TestBFDNoticesASilentRouter(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		n := newNeighborhood(t, version)
		v4 := []bgp.Family{bgp.IPv4Unicast}
		routers := map[string]lab.Router{}
		for i, software := range []string{"frr", "bird"} {
			name := "bfd-" + software
			routers[name] = n.router(t, software, lab.RouterOptions{
				HostOptions: n.at(name, 31+i), ASN: 65001,
				Neighbors: []lab.Neighbor{{Addr: node4, ASN: stage.NodesASN, Passive: true, BFD: true, Families: v4}},
			})
			// FRR 10 gives up a connection that opens before BFD is up, and waits for connectTime.
			n.peer(t, name, fmt.Sprintf("peerASN: 65001, peerAddress: 192.0.2.%d, bfdProfile: fast, connectTime: 1s", 31+i))
		}
		n.startNode(t)
		for _, router := range routers {
			has(t, router, 0, web4)
			eventually(t, func() error {
				sessions, err := router.Sessions(t.Context())
				if err != nil {
					return err
				}
				if len(sessions) != 1 || sessions[0].BFD != "up" {
					return fmt.Errorf("%s: BFD is not up: %+v", router.Name(), sessions)
				}
				return nil
			})
		}
		says := func(router lab.Router, what string) func() error {
			return func() error {
				out, err := n.node.VTY(t.Context(), "bgpd", fmt.Sprintf("show bgp neighbors %s json", router.Addr4()))
				if err == nil && !strings.Contains(strings.ReplaceAll(out, " ", ""), what) {
					err = fmt.Errorf("bgpd does not say %s of %s:\n%s", what, router.Name(), out)
				}
				return err
			}
		}
		for _, router := range routers {
			eventually(t, says(router, `"status":"Up"`)) // bgpd, too, has heard of BFD
			shows(t, n.node, map[string]string{fmt.Sprintf(`metallb_bfd_session_up{peer="%s",vrf="default"}`, router.Addr4()): "1"})
		}
		for name, router := range routers {
			silence, ok := router.(interface {
				SetLink(network *lab.Network, up bool) error
			})
			if !ok {
				t.Fatalf("%s has no link", name)
			}
			began := time.Now()
			if err := silence.SetLink(n.network, false); err != nil {
				t.Fatal(err)
			}
			established := says(router, `"bgpState":"Established"`)
			eventually(t, func() error {
				if established() == nil {
					return fmt.Errorf("the session with %s is still up", name)
				}
				return nil
			})
			took := time.Since(began)
			t.Logf("FRR %s: session with a silent %s down after %d ms", version, name, took.Milliseconds())
			if took > time.Minute { // without BFD it is the hold time: 180 s
				t.Errorf("the session with %s went down after %s: not by BFD", name, took)
			}
		}
	})
}

// With graceful restart the router keeps the routes while the frr container is restarted.
func TestGracefulRestartKeepsRoutes(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		n := newNeighborhood(t, version)
		router := labtest.Must(n.lab.StartFRRRouter(t.Context(), version, lab.RouterOptions{
			HostOptions: n.at("helper", 41), ASN: 65001, GracefulRestart: 120,
			Neighbors: []lab.Neighbor{{Addr: node4, ASN: stage.NodesASN, Passive: true, Families: []bgp.Family{bgp.IPv4Unicast}}},
		}))(t)
		n.peer(t, "helper", "peerASN: 65001, peerAddress: 192.0.2.41, enableGracefulRestart: true")
		n.startNode(t)
		has(t, router, 0, web4)
		applied(t, n.node)
		before := drops(t, router)

		if err := n.node.KillReloader(); err != nil {
			t.Fatal(err)
		}
		if err := n.node.StartReloader(); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() error {
			routes, err := router.Routes(t.Context())
			if err != nil {
				return err
			}
			if len(routes[web4]) == 0 {
				t.Fatal("the router lost the route during the restart")
			}
			if drops(t, router) == before || routes[web4][0].Stale {
				return fmt.Errorf("the restart is not over: %v", routes[web4])
			}
			return nil
		})
		has(t, router, 0, web4)
	})
}

// A helper that records every UPDATE: End-of-RIB must not come before the routes do
// (RFC 4724, section 4), or it drops them for a moment.
func TestGracefulRestartWithdrawsNothing(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		const services = 50
		n := newNeighborhood(t, version)
		o := lab.CollectorOptions{HostOptions: n.at("collector", 42)}
		o.ASN, o.Restart = 65001, 120*time.Second
		collector := labtest.Must(n.lab.StartCollector(t.Context(), o))(t)
		n.peer(t, "collector", "peerASN: 65001, peerAddress: 192.0.2.42, enableGracefulRestart: true")
		var many strings.Builder
		for i := range services {
			many.WriteString(service(fmt.Sprintf("many-%d", i), fmt.Sprintf("198.51.100.%d", 100+i)))
		}
		n.write(t, "61-many.yaml", many.String())
		n.startNode(t)
		wholeTable(t, collector, n.node, services+1)

		for range 3 {
			mark := collector.Mark()
			if err := n.node.KillReloader(); err != nil {
				t.Fatal(err)
			}
			if err := n.node.StartReloader(); err != nil {
				t.Fatal(err)
			}
			wait(t, func(ctx context.Context) error {
				_, err := collector.WaitEvent(ctx, mark, func(e collect.Event) bool { return e.Kind == collect.EndOfRIB })
				return err
			})
			wait(t, func(ctx context.Context) error { return collector.WaitLen(ctx, node4, services+1) })
			applied(t, n.node)
			for _, event := range collector.Withdrawn(mark) {
				if event.Kind == collect.Withdraw {
					t.Errorf("withdrawn during the restart: %s: %s", event.Prefix, event.Reason)
				}
			}
		}
	})
}

// drops counts how often a router's only session went down.
func drops(t *testing.T, router lab.Router) int {
	t.Helper()
	sessions, err := router.Sessions(t.Context())
	if err != nil || len(sessions) != 1 {
		t.Fatalf("sessions of %s: %v, %v", router.Name(), sessions, err)
	}
	return sessions[0].Drops
}
