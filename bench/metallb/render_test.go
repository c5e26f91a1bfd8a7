package metallb

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/bgp"
)

// want is one service with everything: a value of each attribute, and one that has none.
const want = `log stdout informational
log timestamp precision 3
hostname node-a
ip nht resolve-via-default
ipv6 nht resolve-via-default
route-map 192.0.2.1-in deny 20
ip prefix-list 192.0.2.1-150-ip-localpref-prefixes seq 1 permit 198.51.100.9/32
route-map 192.0.2.1-out permit 1
  match ip address prefix-list 192.0.2.1-150-ip-localpref-prefixes
  set local-preference 150
  on-match next
ip prefix-list 192.0.2.1-64512:11-ip-community-prefixes seq 1 permit 198.51.100.9/32
route-map 192.0.2.1-out permit 2
  match ip address prefix-list 192.0.2.1-64512:11-ip-community-prefixes
  set community 64512:11 additive
  on-match next
ip prefix-list 192.0.2.1-large:64512:1:2-ip-community-prefixes seq 1 permit 198.51.100.9/32
route-map 192.0.2.1-out permit 3
  match ip address prefix-list 192.0.2.1-large:64512:1:2-ip-community-prefixes
  set large-community 64512:1:2 additive
  on-match next
ip prefix-list 192.0.2.1-allowed-ipv4 seq 1 permit 198.51.100.10/32
ip prefix-list 192.0.2.1-allowed-ipv4 seq 2 permit 198.51.100.9/32
ipv6 prefix-list 192.0.2.1-allowed-ipv6 deny any
route-map 192.0.2.1-out permit 4
  match ip address prefix-list 192.0.2.1-allowed-ipv4
route-map 192.0.2.1-out permit 5
  match ipv6 address prefix-list 192.0.2.1-allowed-ipv6
router bgp 64512
  no bgp ebgp-requires-policy
  no bgp network import-check
  no bgp default ipv4-unicast
  bgp graceful-restart preserve-fw-state
  neighbor 192.0.2.1 remote-as 65001
  neighbor 192.0.2.1 port 179
  neighbor 192.0.2.1 timers 30 90
  address-family ipv4 unicast
    neighbor 192.0.2.1 activate
    neighbor 192.0.2.1 route-map 192.0.2.1-in in
    neighbor 192.0.2.1 route-map 192.0.2.1-out out
  exit-address-family
  address-family ipv4 unicast
    network 198.51.100.10/32
    network 198.51.100.9/32
  exit-address-family
`

func TestRenderWritesListsPerNeighborAndAttribute(t *testing.T) {
	s := speaker(1, 0, bgp.Attributes{})
	all := bgp.Attributes{
		LocalPref:        150,
		Communities:      []bgp.Community{bgp.NewCommunity(64512, 11)},
		LargeCommunities: []bgp.LargeCommunity{{Global: 64512, Local1: 1, Local2: 2}},
	}
	s.Instances[0].Routes = []bgp.Route{
		route("198.51.100.9/32", bgp.Export{Session: "192.0.2.1", Attributes: all}),
		route("198.51.100.10/32", bgp.Export{Session: "192.0.2.1"}),
	}
	if diff := cmp.Diff(want, string(Render(s, "node-a"))); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

// The size of MetalLB's text was measured: with P neighbors, S prefixes and K
// values of attributes per prefix, it has 12 + 14P + PS(1+K) + S + 4PK lines,
// and 10 + 15P without prefixes.
func TestRenderIsAsLongAsMetalLBsText(t *testing.T) {
	rows := []struct{ peers, prefixes, values, lines int }{
		{peers: 1, prefixes: 0, values: 0, lines: 25},
		{peers: 4, prefixes: 0, values: 0, lines: 70},
		{peers: 1, prefixes: 1, values: 0, lines: 28},
		{peers: 2, prefixes: 1000, values: 0, lines: 3040},
		{peers: 4, prefixes: 1000, values: 3, lines: 17_116},
		{peers: 8, prefixes: 1000, values: 3, lines: 33_220},
		{peers: 4, prefixes: 5000, values: 3, lines: 85_116},
	}
	for _, row := range rows {
		t.Run(fmt.Sprintf("%d peers with %d prefixes of %d values", row.peers, row.prefixes, row.values), func(t *testing.T) {
			var a bgp.Attributes
			if row.values > 0 {
				a.LocalPref = 150
			}
			for n := 1; n < row.values; n++ {
				a.Communities = append(a.Communities, bgp.NewCommunity(64512, uint16(n)))
			}
			got := Render(speaker(row.peers, row.prefixes, a), "node-a")
			if lines := bytes.Count(got, []byte("\n")); lines != row.lines {
				t.Errorf("%d lines, want %d", lines, row.lines)
			}
		})
	}
}

func TestAPrefixThatSortsFirstRenumbersAllOthers(t *testing.T) {
	before := speaker(1, 1000, bgp.Attributes{})
	after := speaker(1, 1000, bgp.Attributes{})
	after.Instances[0].Routes = append(after.Instances[0].Routes, route("1.0.0.1/32", bgp.Export{Session: "192.0.2.1"}))
	have := map[string]bool{}
	for line := range strings.Lines(string(Render(before, "node-a"))) {
		have[line] = true
	}
	changed := 0
	for line := range strings.Lines(string(Render(after, "node-a"))) {
		if !have[line] {
			changed++
		}
	}
	if changed != 1002 { // every entry of the list, the new one and its network
		t.Errorf("%d lines are new, want 1002", changed)
	}
}

// speaker has neighbors 192.0.2.1 and on, and prefixes that all of them get alike.
func speaker(peers, prefixes int, a bgp.Attributes) bgp.Speaker {
	i := bgp.Instance{ASN: 64512}
	policy := &bgp.Policy{}
	for n := range peers {
		s := bgp.Session{
			Peer:     fmt.Sprintf("peer-%d", n+1),
			Addr:     netip.AddrFrom4([4]byte{192, 0, 2, byte(n + 1)}),
			Families: []bgp.Family{bgp.IPv4Unicast},
			RemoteAS: bgp.RemoteAS{Number: 65001},
			Timers:   &bgp.Timers{Hold: 90 * time.Second, Keepalive: 30 * time.Second},
		}
		i.Sessions = append(i.Sessions, s)
		policy.Exports = append(policy.Exports, bgp.Export{Session: s.ID(), Attributes: a})
	}
	for n := range prefixes {
		var quad [4]byte
		binary.BigEndian.PutUint32(quad[:], 10<<24|uint32(n))
		i.Routes = append(i.Routes, bgp.Route{Prefix: netip.PrefixFrom(netip.AddrFrom4(quad), 32), Policy: policy})
	}
	return bgp.Speaker{Instances: []bgp.Instance{i}}
}

func route(prefix string, exports ...bgp.Export) bgp.Route {
	return bgp.Route{Prefix: netip.MustParsePrefix(prefix), Policy: &bgp.Policy{Exports: exports}}
}
