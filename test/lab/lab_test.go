package lab_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/collector"
	"frr-speaker/test/lab/labtest"
)

// sessionTimeout is enough for a session between routers on a busy machine.
const sessionTimeout = 30 * time.Second

var byValue = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})

// communities is how one router marks what it sends: with a number, and with all
// communities that have names in FRR.
const communities = `
route-map tagged permit 10
 set community 64512:11 graceful-shutdown accept-own blackhole no-export no-advertise local-AS no-peer
 set large-community 64512:1:2
`

func TestRoutersOfBothVersionsAndBIRDAndACollectorSeeTheSameRoutes(t *testing.T) {
	ctx := t.Context()
	l := labtest.New(t, lab.Options{Name: "mesh"})
	net0 := labtest.Network(ctx, t, l)
	addrs := map[string]netip.Addr{}
	for i, name := range []string{"frr8", "frr10", "bird", "collector"} {
		addrs[name] = netip.AddrFrom4([4]byte{10, 10, 0, byte(11 + i)})
	}
	at := func(name string) lab.HostOptions {
		return lab.HostOptions{Name: name, Networks: []lab.Attachment{{Network: net0, Addr4: addrs[name]}}}
	}
	const outside, inside = bgp.ASN(65001), bgp.ASN(4200000000)
	neighbor := func(name string, asn bgp.ASN) lab.Neighbor { return lab.Neighbor{Addr: addrs[name], ASN: asn} }
	tagged := func(asn bgp.ASN) string {
		s := fmt.Sprintf("%srouter bgp %v\n", communities, asn)
		for _, name := range []string{"frr10", "bird", "collector"} {
			s += fmt.Sprintf(" address-family ipv4 unicast\n  neighbor %v route-map tagged out\n exit-address-family\n", addrs[name])
			s += fmt.Sprintf(" address-family ipv6 unicast\n  neighbor %v route-map tagged out\n exit-address-family\n", addrs[name])
		}
		return s
	}

	four, six := netip.MustParsePrefix("198.51.100.1/32"), netip.MustParsePrefix("2001:db8:100::1/128")
	eight := labtest.Must(l.StartFRRRouter(ctx, lab.FRR8, lab.RouterOptions{
		HostOptions: at("frr8"), ASN: inside, Originate: []netip.Prefix{four, six}, Extra: tagged(inside),
		Neighbors: []lab.Neighbor{neighbor("frr10", outside), neighbor("bird", inside), neighbor("collector", 65009)},
	}))(t)
	ten := labtest.Must(l.StartFRRRouter(ctx, lab.FRR10, lab.RouterOptions{
		HostOptions: at("frr10"), ASN: outside,
		Neighbors: []lab.Neighbor{neighbor("frr8", inside)},
	}))(t)
	bird := labtest.Must(l.StartBIRDRouter(ctx, lab.RouterOptions{
		HostOptions: at("bird"), ASN: inside, Neighbors: []lab.Neighbor{neighbor("frr8", inside)},
	}))(t)
	sink := labtest.Must(l.StartCollector(ctx, lab.CollectorOptions{
		HostOptions: at("collector"), Options: collector.Options{ASN: 65009},
	}))(t)

	for _, r := range []lab.Router{eight, ten, bird} {
		if err := lab.AwaitSessions(ctx, sessionTimeout, r); err != nil {
			t.Fatal(err)
		}
	}
	six8 := eight.Addr6()
	path := func(nextHop netip.Addr, asns ...bgp.ASN) lab.Path {
		return lab.Path{From: addrs["frr8"], NextHop: nextHop, ASPath: asns, Best: true}
	}
	marks := []bgp.Community{
		bgp.NewCommunity(64512, 11), bgp.NewCommunity(0xFFFF, 0), bgp.NewCommunity(0xFFFF, 1), bgp.NewCommunity(0xFFFF, 666),
		bgp.NewCommunity(0xFFFF, 0xFF01), bgp.NewCommunity(0xFFFF, 0xFF02), bgp.NewCommunity(0xFFFF, 0xFF03), bgp.NewCommunity(0xFFFF, 0xFF04),
	}
	withCommunities := func(p lab.Path, pref uint32) lab.Path {
		p.LocalPref = pref
		p.Communities = marks
		p.LargeCommunities = []bgp.LargeCommunity{{Global: 64512, Local1: 1, Local2: 2}}
		return p
	}
	for _, row := range []struct {
		router lab.Router
		want   lab.Routes
	}{
		{ten, lab.Routes{
			four: {withCommunities(path(addrs["frr8"], inside), 0)},
			six:  {withCommunities(path(six8, inside), 0)},
		}},
		{bird, lab.Routes{
			four: {withCommunities(path(addrs["frr8"]), 100)},
			six:  {withCommunities(path(six8), 100)},
		}},
	} {
		if err := awaitRoutes(ctx, row.router, row.want); err != nil {
			t.Error(err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, sessionTimeout)
	defer cancel()
	route := labtest.Must(sink.WaitPrefix(ctx, addrs["frr8"], six, nil))(t)
	want := &collector.Attributes{
		NextHop: six8, ASPath: []bgp.ASN{inside}, LinkLocal: route.LinkLocal,
		Communities:      marks,
		LargeCommunities: []bgp.LargeCommunity{{Global: 64512, Local1: 1, Local2: 2}},
	}
	if diff := cmp.Diff(want, route.Attributes, byValue); diff != "" {
		t.Errorf("what the collector heard (-want +got):\n%s", diff)
	}
}

func awaitRoutes(ctx context.Context, r lab.Router, want lab.Routes) error {
	return lab.Eventually(ctx, sessionTimeout, func() error {
		got, err := r.Routes(ctx)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(want, got, byValue); diff != "" {
			return fmt.Errorf("routes of %s (-want +got):\n%s", r.Name(), diff)
		}
		return nil
	})
}

var errNever = errors.New("never")

func TestEventuallyReportsTheLastError(t *testing.T) {
	err := lab.Eventually(t.Context(), 50*time.Millisecond, func() error { return errNever })
	if !errors.Is(err, errNever) {
		t.Errorf("got %v, want the error of the check", err)
	}
}

func TestEventuallyDoesNotWaitForWhatCannotCome(t *testing.T) {
	calls := 0
	err := lab.Eventually(t.Context(), sessionTimeout, func() error { calls++; return lab.Permanent(errNever) })
	if !errors.Is(err, errNever) || calls != 1 {
		t.Errorf("got %v after %d calls, want the error after one", err, calls)
	}
}
