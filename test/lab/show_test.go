package lab

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"frr-speaker/internal/bgp"
)

var byValue = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})

// twoPaths is the form of BIRD 2's "show route all": a second path leaves the
// prefix out, and other protocols have routes too.
const twoPaths = `BIRD 2.0.12 ready.
Table master4:
10.10.0.0/24         unicast [direct1 2026-01-02 03:04:05.000006] * (240)
	dev eth0
	Type: device univ
198.51.100.1/32      unicast [n_10_10_0_2 2026-01-02 03:04:05.000006] * (100) [AS65001i]
	via 10.10.0.2 on eth0
	Type: BGP univ
	BGP.origin: IGP
	BGP.as_path: 65001 {65002 65003}
	BGP.next_hop: 10.10.0.2
	BGP.local_pref: 100
	BGP.community: (64512,11) (65535,65281)
	BGP.large_community: (64512, 1, 2) (64512, 0, 9)
                     unicast [n_10_10_0_1 2026-01-02 03:04:05.000006 from 10.10.0.1] (100s) [i]
	via 10.10.0.1 on eth0
	Type: BGP univ
	BGP.origin: IGP
	BGP.as_path: 
	BGP.next_hop: 10.10.0.1
	BGP.local_pref: 200

Table master6:
2001:db8::1/128      unicast [n_10_10_0_1 2026-01-02 03:04:05.000006] * (100) [AS65001?]
	via fe80::1 on eth0
	Type: BGP univ
	BGP.next_hop: fd10:10::1 fe80::1
198.51.100.9/32      blackhole [originate_ipv4 2026-01-02 03:04:05.000006] * (200)
	Type: static univ
`

func TestBIRDRoutesAreReadWithAllTheirPaths(t *testing.T) {
	one, two := netip.MustParseAddr("10.10.0.1"), netip.MustParseAddr("10.10.0.2")
	got, err := parseBIRDRoutes(twoPaths, map[string]Neighbor{"n_10_10_0_1": {Addr: one}, "n_10_10_0_2": {Addr: two}})
	if err != nil {
		t.Fatal(err)
	}
	want := Routes{
		netip.MustParsePrefix("198.51.100.1/32"): {
			{From: one, NextHop: one, LocalPref: 200, Stale: true},
			{
				From: two, NextHop: two, ASPath: []bgp.ASN{65001, 65002, 65003}, LocalPref: 100, Best: true,
				Communities:      []bgp.Community{bgp.NewCommunity(64512, 11), bgp.NewCommunity(65535, 65281)},
				LargeCommunities: []bgp.LargeCommunity{{Global: 64512, Local2: 9}, {Global: 64512, Local1: 1, Local2: 2}},
			},
		},
		netip.MustParsePrefix("2001:db8::1/128"): {{From: one, NextHop: netip.MustParseAddr("fd10:10::1"), Best: true}},
	}
	if diff := cmp.Diff(want, got, byValue); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}

func TestTextThatIsNotUnderstoodIsAnErrorNotAnAbsentRoute(t *testing.T) {
	neighbors := map[string]Neighbor{"n_10_10_0_2": {Addr: netip.MustParseAddr("10.10.0.2")}}
	for _, row := range []struct{ name, from, to string }{
		{"a prefix", "198.51.100.1/32", "198.51.100.1/33"},
		{"a next hop", "next_hop: 10.10.0.2", "next_hop: nowhere"},
		{"an AS path", "{65002 65003}", "many"},
		{"a local preference", "local_pref: 100", "local_pref: high"},
		{"a community", "(64512,11)", "(64512,11,12)"},
		{"a large community", "(64512, 1, 2)", "(64512, 1, x)"},
	} {
		text := strings.Replace(twoPaths, row.from, row.to, 1)
		if _, err := parseBIRDRoutes(text, neighbors); err == nil {
			t.Errorf("%s that makes no sense is no error", row.name)
		}
	}
	for _, text := range []string{
		`{`, `{"routes":{"nonsense":[]}}`, `{"routes":{"198.51.100.1/32":[{"peer":{"peerId":"10.10.0.1"},"community":{"list":["unheard-of"]}}]}}`,
		`{"routes":{"198.51.100.1/32":[{"peer":{"peerId":"10.10.0.1"},"nexthops":[{"ip":"nowhere"}]}]}}`,
	} {
		if err := parseFRRRoutes([]byte(text), Routes{}); err == nil {
			t.Errorf("FRR's %s is no error", text)
		}
	}
}

func TestBIRDSessionsAreReadInEveryState(t *testing.T) {
	const text = `BIRD 2.0.12 ready.
Name       Proto      Table      State  Since         Info
device1    Device     ---        up     2026-01-02 03:04:05.000006  
n_10_10_0_2 BGP        ---        start  2026-01-02 03:04:05.000006  Active        Socket: Connection refused
  BGP state:          Active
n_10_10_0_1 BGP        ---        up     2026-01-02 03:04:05.000006  Established   
  BGP state:          Established
`
	one, two := netip.MustParseAddr("10.10.0.1"), netip.MustParseAddr("10.10.0.2")
	neighbors := map[string]Neighbor{"n_10_10_0_1": {Addr: one, ASN: 65001}, "n_10_10_0_2": {Addr: two, ASN: 65002}}
	now := time.Date(2026, 1, 2, 3, 4, 15, 6000, time.Local)
	got, err := parseBIRDSessions(text, neighbors, now)
	if err != nil {
		t.Fatal(err)
	}
	want := []Session{
		{Neighbor: one, ASN: 65001, State: "Established", Up: true, Uptime: 10 * time.Second},
		{Neighbor: two, ASN: 65002, State: "Active", LastReset: "Socket: Connection refused"},
	}
	if diff := cmp.Diff(want, got, byValue); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}
}
