package metallb

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/frrconfig"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// The network of the test: two nodes with one speaker each, the same but for the
// shape of its text, and three routers.
var (
	oursAddr, theirsAddr = netip.MustParseAddr("192.0.2.11"), netip.MustParseAddr("192.0.2.12")
	outside, other       = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	inside               = netip.MustParseAddr("2001:db8::3")
)

const (
	nodesASN   bgp.ASN = 64512
	outsideASN bgp.ASN = 65001
	otherASN   bgp.ASN = 4200000000
	// routesTimeout is enough for "vtysh -f", which holds new sessions for seconds.
	routesTimeout = 40 * time.Second
)

// meaning is what the routers are to hold of each node; next hops are the node's own.
func meaning(addr4, addr6 netip.Addr) map[string]lab.Routes {
	external := lab.Path{From: addr4, NextHop: addr4, ASPath: []bgp.ASN{nodesASN}}
	internal := lab.Path{From: addr6, NextHop: addr6, LocalPref: 100}
	with := func(p lab.Path, pref uint32, large bool, low ...uint16) lab.Path {
		if pref != 0 {
			p.LocalPref = pref
		}
		for _, l := range low {
			p.Communities = append(p.Communities, bgp.NewCommunity(64512, l))
		}
		if large {
			p.LargeCommunities = []bgp.LargeCommunity{{Global: 64512, Local1: 1, Local2: 2}}
		}
		return p
	}
	return map[string]lab.Routes{
		"outside": {
			netip.MustParsePrefix("198.51.100.1/32"): {external},
			netip.MustParsePrefix("198.51.100.2/32"): {with(external, 0, true, 11, 12)},
			netip.MustParsePrefix("203.0.113.0/24"):  {with(external, 0, false, 13)},
		},
		"other": {
			netip.MustParsePrefix("198.51.100.1/32"): {external},
			netip.MustParsePrefix("198.51.100.2/32"): {with(external, 0, false, 12)},
		},
		"inside": {
			netip.MustParsePrefix("2001:db8:100::1/128"): {internal},
			netip.MustParsePrefix("2001:db8:100::2/128"): {with(internal, 150, true, 11)},
			netip.MustParsePrefix("2001:db8:100::3/128"): {with(internal, 50, false)},
		},
	}
}

// manyKinds is a speaker with every way in which neighbors are treated differently.
func manyKinds() bgp.Speaker {
	session := func(peer string, addr netip.Addr, asn bgp.ASN) bgp.Session {
		return bgp.Session{
			Peer: peer, Addr: addr, Families: []bgp.Family{bgp.FamilyOf(addr)}, RemoteAS: bgp.RemoteAS{Number: asn},
			ConnectTime: time.Second,
		}
	}
	large := []bgp.LargeCommunity{{Global: 64512, Local1: 1, Local2: 2}}
	communities := func(low ...uint16) (all []bgp.Community) {
		for _, l := range low {
			all = append(all, bgp.NewCommunity(64512, l))
		}
		return all
	}
	to := func(addr netip.Addr, a bgp.Attributes) bgp.Export {
		return bgp.Export{Session: addr.String(), Attributes: a}
	}
	routes := []bgp.Route{
		route("198.51.100.1/32", to(outside, bgp.Attributes{}), to(other, bgp.Attributes{})),
		route("198.51.100.2/32", to(outside, bgp.Attributes{Communities: communities(11, 12), LargeCommunities: large}),
			to(other, bgp.Attributes{Communities: communities(12)})),
		route("203.0.113.0/24", to(outside, bgp.Attributes{Communities: communities(13)})),
		route("2001:db8:100::1/128", to(inside, bgp.Attributes{})),
		route("2001:db8:100::2/128", to(inside, bgp.Attributes{LocalPref: 150, Communities: communities(11), LargeCommunities: large})),
		route("2001:db8:100::3/128", to(inside, bgp.Attributes{LocalPref: 50})),
	}
	slices.SortFunc(routes, func(a, b bgp.Route) int { return a.Prefix.Compare(b.Prefix) })
	return bgp.Speaker{Instances: []bgp.Instance{{
		ASN:      nodesASN,
		Sessions: []bgp.Session{session("outside", outside, outsideASN), session("other", other, otherASN), session("inside", inside, nodesASN)},
		Routes:   routes,
	}}}
}

func TestRoutersHearTheSameFromBothTexts(t *testing.T) {
	for _, version := range lab.FRRVersions() {
		t.Run(version.String(), func(t *testing.T) { sameMeaning(t, version) })
	}
}

func sameMeaning(t *testing.T, version lab.FRRVersion) {
	ctx := t.Context()
	l := labtest.New(t, lab.Options{Name: "meaning"})
	network := labtest.Must(l.NewNetwork(ctx, lab.NetworkOptions{
		Prefix4: netip.MustParsePrefix("192.0.2.0/24"), Prefix6: netip.MustParsePrefix("2001:db8::/64"),
	}))(t)
	at := func(name string, last byte) lab.HostOptions {
		return lab.HostOptions{Name: name, Networks: []lab.Attachment{{
			Network: network,
			Addr4:   netip.AddrFrom4([4]byte{192, 0, 2, last}),
			Addr6:   netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", last)),
		}}}
	}
	ours, err := frrconfig.Render(manyKinds(), frrconfig.Options{Hostname: "ours"})
	if err != nil {
		t.Fatal(err)
	}
	nodes := map[netip.Addr]string{}
	for _, node := range []struct {
		name string
		last byte
		text []byte
	}{{"ours", 11, ours}, {"theirs", 12, Render(manyKinds(), "theirs")}} {
		frr := labtest.Must(l.StartFRR(ctx, lab.FRROptions{HostOptions: at(node.name, node.last), Version: version}))(t)
		if err := frr.Load(ctx, string(node.text)); err != nil {
			t.Fatal(err)
		}
		nodes[frr.Addr4()], nodes[frr.Addr6()] = node.name, node.name
	}
	for _, r := range []struct {
		name string
		last byte
		asn  bgp.ASN
		of   [2]netip.Addr
	}{
		{"outside", 1, outsideASN, [2]netip.Addr{oursAddr, theirsAddr}},
		{"other", 2, otherASN, [2]netip.Addr{oursAddr, theirsAddr}},
		{"inside", 3, nodesASN, [2]netip.Addr{netip.MustParseAddr("2001:db8::11"), netip.MustParseAddr("2001:db8::12")}},
	} {
		var neighbors []lab.Neighbor
		for _, addr := range r.of {
			neighbors = append(neighbors, lab.Neighbor{Addr: addr, ASN: nodesASN, Families: []bgp.Family{bgp.FamilyOf(addr)}})
		}
		router := labtest.Must(l.StartFRRRouter(ctx, lab.FRR8, lab.RouterOptions{
			HostOptions: at(r.name, r.last), ASN: r.asn, Neighbors: neighbors,
		}))(t)
		for _, addr := range r.of {
			want := meaning(addr, addr)[r.name]
			if err := awaitRoutes(ctx, router, addr, want); err != nil {
				t.Errorf("what %s says: %v", nodes[addr], err)
			}
		}
	}
}

// awaitRoutes waits until a router holds exactly the wanted routes of one neighbor. Which of
// two equal paths is best does not matter here.
func awaitRoutes(ctx context.Context, r lab.Router, from netip.Addr, want lab.Routes) error {
	return lab.Eventually(ctx, routesTimeout, func() error {
		got, err := r.Routes(ctx)
		if err != nil {
			return err
		}
		diff := cmp.Diff(want, got.From(from), cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}),
			cmpopts.IgnoreFields(lab.Path{}, "Best"), cmpopts.EquateEmpty())
		if diff != "" {
			return fmt.Errorf("routes of %s (-want +got):\n%s", r.Name(), diff)
		}
		return nil
	})
}
