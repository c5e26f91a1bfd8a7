package lab_test

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/collector"
	"frr-speaker/test/lab/labtest"
)

// anyRouter is what FRR and BIRD routers both can.
type anyRouter interface {
	lab.Router
	SetNeighbors(context.Context, []lab.Neighbor) error
}

// routerKinds starts each kind of router that the lab has.
var routerKinds = []struct {
	name  string
	start func(context.Context, *lab.Lab, lab.RouterOptions) (anyRouter, error)
}{
	{"FRR 8.4", startFRR(lab.FRR8)},
	{"FRR 10.3", startFRR(lab.FRR10)},
	{"BIRD", func(ctx context.Context, l *lab.Lab, o lab.RouterOptions) (anyRouter, error) {
		return l.StartBIRDRouter(ctx, o)
	}},
}

func startFRR(v lab.FRRVersion) func(context.Context, *lab.Lab, lab.RouterOptions) (anyRouter, error) {
	return func(ctx context.Context, l *lab.Lab, o lab.RouterOptions) (anyRouter, error) {
		return l.StartFRRRouter(ctx, v, o)
	}
}

func TestEveryKindOfRouterTakesEverySessionOption(t *testing.T) {
	four, six := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	peer4, peer6 := netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8::2")
	rows := []struct {
		name         string
		local, peer  netip.Addr
		here, there  lab.Neighbor // but for address and ASN
		want         lab.Session
		wantFamilies []bgp.Family
	}{
		{name: "nothing special over IPv4", local: four, peer: peer4},
		{name: "another AS shown to the neighbor, over IPv6", local: six, peer: peer6, here: lab.Neighbor{LocalASN: 65003}},
		{
			name: "a password over IPv4", local: four, peer: peer4,
			here: lab.Neighbor{Password: "s3cret!"}, there: lab.Neighbor{Password: "s3cret!"},
		},
		{
			name: "a password over IPv6", local: six, peer: peer6,
			here: lab.Neighbor{Password: "s3cret!"}, there: lab.Neighbor{Password: "s3cret!"},
		},
		{
			name: "multihop, timers and BFD", local: four, peer: peer4,
			here:  lab.Neighbor{Multihop: 255, BFD: true, Hold: 30},
			there: lab.Neighbor{Multihop: 255, BFD: true, Hold: 30},
			want:  lab.Session{BFD: "up"},
		},
		{
			name: "BFD on the link, one side passive", local: six, peer: peer6,
			here: lab.Neighbor{BFD: true, Passive: true}, there: lab.Neighbor{BFD: true},
			want: lab.Session{BFD: "up"},
		},
		{
			name: "one family only", local: four, peer: peer4,
			here: lab.Neighbor{Families: []bgp.Family{bgp.IPv6Unicast}}, there: lab.Neighbor{},
			wantFamilies: []bgp.Family{bgp.IPv6Unicast},
		},
	}
	origins := []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("2001:db8:ff::/48")}
	for _, kind := range routerKinds {
		t.Run(kind.name, func(t *testing.T) {
			ctx := t.Context()
			l := labtest.New(t, lab.Options{Name: "options"})
			link := labtest.Must(l.NewNetwork(ctx, lab.NetworkOptions{
				Prefix4: netip.MustParsePrefix("192.0.2.0/24"), Prefix6: netip.MustParsePrefix("2001:db8::/64"),
			}))(t)
			router := labtest.Must(kind.start(ctx, l, lab.RouterOptions{
				HostOptions: lab.HostOptions{Name: "router", Networks: lab.On(link)}, ASN: 65001,
			}))(t)
			other := labtest.Must(l.StartFRRRouter(ctx, lab.FRR8, lab.RouterOptions{
				HostOptions: lab.HostOptions{Name: "other", Networks: lab.On(link)}, ASN: 65002, Originate: origins,
			}))(t)
			for _, row := range rows {
				t.Run(row.name, func(t *testing.T) {
					here, there := row.here, row.there
					here.Addr, here.ASN = row.peer, 65002
					there.Addr, there.ASN = row.local, cmp.Or(here.LocalASN, 65001)
					check(t, router.SetNeighbors(ctx, []lab.Neighbor{here}))
					check(t, other.SetNeighbors(ctx, []lab.Neighbor{there}))
					row.want.Neighbor, row.want.ASN = here.Addr, here.ASN
					check(t, awaitSession(ctx, router, row.want))
					check(t, awaitFamilies(ctx, router, row.wantFamilies, origins))
					check(t, router.SetNeighbors(ctx, nil))
					check(t, other.SetNeighbors(ctx, nil))
				})
			}
		})
	}
}

// awaitSession waits for the one session, up, as it should be.
func awaitSession(ctx context.Context, r lab.Router, want lab.Session) error {
	return lab.Eventually(ctx, sessionTimeout, func() error {
		sessions, err := r.Sessions(ctx)
		if err != nil {
			return err
		}
		if len(sessions) != 1 || !sessions[0].Up || sessions[0].Uptime <= 0 {
			return fmt.Errorf("sessions of %s: %+v", r.Name(), sessions)
		}
		got := lab.Session{Neighbor: sessions[0].Neighbor, ASN: sessions[0].ASN, BFD: sessions[0].BFD}
		if diff := gocmp.Diff(want, got, byValue); diff != "" {
			return fmt.Errorf("session of %s (-want +got):\n%s", r.Name(), diff)
		}
		return nil
	})
}

// awaitFamilies waits for the prefixes of the given families, or of both if none is given.
func awaitFamilies(ctx context.Context, r lab.Router, families []bgp.Family, origins []netip.Prefix) error {
	if families == nil {
		families = []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast}
	}
	var want []netip.Prefix
	for _, p := range origins {
		for _, f := range families {
			if bgp.FamilyOf(p.Addr()) == f {
				want = append(want, p)
			}
		}
	}
	return lab.Eventually(ctx, sessionTimeout, func() error {
		routes, err := r.Routes(ctx)
		if err != nil {
			return err
		}
		if diff := gocmp.Diff(want, routes.Prefixes(), byValue); diff != "" {
			return fmt.Errorf("prefixes at %s (-want +got):\n%s", r.Name(), diff)
		}
		return nil
	})
}

func TestSessionsThatDropAreCountedAndOthersAreNot(t *testing.T) {
	for _, kind := range routerKinds {
		t.Run(kind.name, func(t *testing.T) {
			ctx := t.Context()
			l := labtest.New(t, lab.Options{Name: "drops"})
			link := labtest.Network(ctx, t, l)
			one, two := netip.MustParseAddr("10.10.0.1"), netip.MustParseAddr("10.10.0.2")
			at := func(name string, addr netip.Addr) lab.HostOptions {
				return lab.HostOptions{Name: name, Networks: []lab.Attachment{{Network: link, Addr4: addr}}}
			}
			neighbors := []lab.Neighbor{{Addr: one, ASN: 65010}, {Addr: two, ASN: 65020}}
			router := labtest.Must(kind.start(ctx, l, lab.RouterOptions{
				HostOptions: at("router", netip.MustParseAddr("10.10.0.10")), ASN: 65001, Neighbors: neighbors,
			}))(t)
			var others []*lab.FRRRouter
			for i, n := range neighbors {
				others = append(others, labtest.Must(l.StartFRRRouter(ctx, lab.FRR10, lab.RouterOptions{
					HostOptions: at(fmt.Sprintf("other%d", i), n.Addr), ASN: n.ASN,
					Neighbors: []lab.Neighbor{{Addr: router.Addr4(), ASN: 65001}},
				}))(t))
			}
			check(t, lab.AwaitSessions(ctx, sessionTimeout, router, one, two))

			check(t, others[0].Daemon("bgpd").Kill())
			check(t, lab.Eventually(ctx, sessionTimeout, func() error { return drops(ctx, router, 1, 0) }))
			check(t, others[0].StartDaemons(ctx))
			check(t, lab.AwaitSessions(ctx, sessionTimeout, router, one, two))
			check(t, router.SetNeighbors(ctx, append(neighbors, lab.Neighbor{Addr: netip.MustParseAddr("10.10.0.3"), ASN: 65030})))
			check(t, lab.AwaitSessions(ctx, sessionTimeout, router, one, two))
			check(t, drops(ctx, router, 1, 0, 0))
		})
	}
}

// drops compares the drop counts of a router's sessions.
func drops(ctx context.Context, r lab.Router, want ...int) error {
	sessions, err := r.Sessions(ctx)
	if err != nil {
		return err
	}
	var got []int
	for _, s := range sessions {
		got = append(got, s.Drops)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		return fmt.Errorf("drops at %s (-want +got):\n%s", r.Name(), diff)
	}
	return nil
}

// gracefulRouter makes bgpd restart without losing a route. With coalesce-time 0, as
// the lab's routers have it, a bgpd that has just started sends End-of-RIB before its
// routes: they wait 50 ms in its queue, and its helpers drop them meanwhile.
const gracefulRouter = `
router bgp 65001
 coalesce-time 1000
 bgp graceful-restart
 bgp graceful-restart preserve-fw-state
`

func TestACollectorChecksPasswordsAndTellsLossFromGracefulRestart(t *testing.T) {
	for _, version := range lab.FRRVersions() {
		t.Run(version.String(), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*sessionTimeout)
			defer cancel()
			l := labtest.New(t, lab.Options{Name: "collect"})
			link := labtest.Network(ctx, t, l)
			from, to := netip.MustParseAddr("10.10.0.1"), netip.MustParseAddr("10.10.0.2")
			prefix := netip.MustParsePrefix("198.51.100.7/32")
			sink := labtest.Must(l.StartCollector(ctx, lab.CollectorOptions{
				HostOptions: lab.HostOptions{Name: "collector", Networks: []lab.Attachment{{Network: link, Addr4: to}}},
				Options:     collector.Options{ASN: 65009, Restart: sessionTimeout},
				Passwords:   map[netip.Addr]string{from: "wrong"},
			}))(t)
			router := labtest.Must(l.StartFRRRouter(ctx, version, lab.RouterOptions{
				HostOptions: lab.HostOptions{Name: "router", Networks: []lab.Attachment{{Network: link, Addr4: from}}},
				ASN:         65001, Originate: []netip.Prefix{prefix},
				Neighbors: []lab.Neighbor{{Addr: to, ASN: 65009, Password: "right"}},
				Extra:     gracefulRouter,
			}))(t)
			check(t, lab.Eventually(ctx, sessionTimeout, func() error { return triedInVain(ctx, router) }))
			check(t, sink.SetPassword(from, "right"))
			labtest.Must(sink.WaitPrefix(ctx, from, prefix, nil))(t)

			labtest.Must(sink.WaitEvent(ctx, 0, endOfIPv4))(t)
			mark := sink.Mark()
			check(t, router.Daemon("bgpd").Kill())
			labtest.Must(sink.WaitEvent(ctx, mark, kindIs(collector.Down)))(t)
			if route, held := sink.RIB(from)[prefix]; !held || !route.Stale {
				t.Errorf("after the kill the collector holds the route: %v, stale: %v; want the stale one", held, route.Stale)
			}
			check(t, router.StartDaemons(ctx))
			labtest.Must(sink.WaitEvent(ctx, mark, endOfIPv4))(t)
			for _, e := range sink.Withdrawn(mark) {
				if e.Kind == collector.Withdraw {
					t.Errorf("withdrawn over the restart: %v", e)
				}
			}
			if route, held := sink.RIB(from)[prefix]; !held || route.Stale {
				t.Errorf("after the restart the collector holds the route: %v, stale: %v; want the fresh one", held, route.Stale)
			}

			if t.Failed() {
				t.Fatalf("what the collector saw: %v", sink.Events(0))
			}

			mark = sink.Mark()
			check(t, router.Configure(ctx, "bgpd", "router bgp 65001", "address-family ipv4 unicast", "no network 198.51.100.7/32"))
			check(t, sink.WaitGone(ctx, from, prefix))
			if lost := sink.Withdrawn(mark); len(lost) != 1 || lost[0].Prefix != prefix {
				t.Errorf("lost %v, want one withdrawal of %v", lost, prefix)
			}
			check(t, router.SetNeighbors(ctx, nil))
			if e := labtest.Must(sink.WaitEvent(ctx, mark, kindIs(collector.Down)))(t); e.Reason == "" {
				t.Error("the session went down without a reason")
			}
		})
	}
}

// endOfIPv4 is the End-of-RIB of IPv4: each family has one of its own, in any order.
func endOfIPv4(e collector.Event) bool {
	return e.Kind == collector.EndOfRIB && e.Family == bgp.IPv4Unicast
}

func kindIs(k collector.Kind) func(collector.Event) bool {
	return func(e collector.Event) bool { return e.Kind == k }
}

// triedInVain checks that the router is trying and not succeeding.
func triedInVain(ctx context.Context, r lab.Router) error {
	sessions, err := r.Sessions(ctx)
	if err != nil {
		return err
	}
	if len(sessions) != 1 || sessions[0].State != "Connect" {
		return fmt.Errorf("sessions of %s: %+v, want one that connects", r.Name(), sessions)
	}
	return nil
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
