package announce

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// cluster is the smallest cluster in which node-a announces service web at
// 198.51.100.10 to peer tor. Rows change it.
func cluster(changes ...func(*intent.Intent)) *intent.Intent {
	in := &intent.Intent{
		Pools:             []intent.Pool{pool("gold", "198.51.100.0/24", "2001:db8:1::/64")},
		Peers:             []intent.Peer{peer("tor", "192.0.2.1")},
		BGPAdvertisements: []intent.BGPAdvertisement{advertisement32("all", []string{"gold"})},
		Services:          []intent.Service{service("web", "198.51.100.10")},
		Nodes:             []intent.Node{node("node-a"), node("node-b")},
	}
	for _, change := range changes {
		change(in)
	}
	return in
}

func TestVerdictOfOneService(t *testing.T) {
	var (
		web = func(change func(*intent.Service)) func(*intent.Intent) {
			return func(in *intent.Intent) { change(&in.Services[0]) }
		}
		ads = func(list ...intent.BGPAdvertisement) func(*intent.Intent) {
			return func(in *intent.Intent) { in.BGPAdvertisements = list }
		}
		here = func(change func(*intent.Node)) func(*intent.Intent) {
			return func(in *intent.Intent) { change(&in.Nodes[0]) }
		}
		peers   = func(list ...intent.Peer) func(*intent.Intent) { return func(in *intent.Intent) { in.Peers = list } }
		gold    = []string{"gold"}
		onNodeB = func(a *intent.BGPAdvertisement) { a.Nodes = selector("kubernetes.io/hostname=node-b") }
		forBack = func(a *intent.BGPAdvertisement) { a.Services = selector("tier=back") }
		pref    = func(p uint32) func(*intent.BGPAdvertisement) {
			return func(a *intent.BGPAdvertisement) { a.LocalPref = p }
		}
		toPeer = func(n string) func(*intent.BGPAdvertisement) {
			return func(a *intent.BGPAdvertisement) { a.Peers = []string{n} }
		}
		unserved = web(func(s *intent.Service) { s.Endpoints = intent.Endpoints{} })
		local    = web(func(s *intent.Service) { s.TrafficPolicy = intent.TrafficPolicyLocal })
		remote   = web(func(s *intent.Service) { s.Endpoints.Nodes = []string{"node-b"} })
		cut      = here(func(n *intent.Node) { n.NetworkUnavailable = true })
		excluded = here(func(n *intent.Node) { n.ExcludedFromLB = true })
		clash    = ads(advertisement32("a", gold, pref(100)), advertisement32("b", gold, pref(200)))
	)
	tests := []struct {
		name    string
		changes []func(*intent.Intent)
		want    Reason
		detail  string // a part of it
	}{
		{"a service with everything in place is announced", nil, Announced, ""},

		{"a service without addresses has none allocated", []func(*intent.Intent){web(func(s *intent.Service) { s.Addresses = nil })}, NoIPAllocated, ""},
		{"an address that could not be read is invalid", []func(*intent.Intent){web(func(s *intent.Service) { s.Addresses = []netip.Addr{{}} })}, InvalidIP, "status.loadBalancer.ingress"},
		{"an address of no pool is not allowed", []func(*intent.Intent){web(func(s *intent.Service) { s.Addresses[0] = netip.MustParseAddr("203.0.113.1") })}, IPNotAllowed, "203.0.113.1 is in no IPAddressPool"},
		{"an address just behind a pool is not allowed", []func(*intent.Intent){web(func(s *intent.Service) { s.Addresses[0] = netip.MustParseAddr("198.51.101.0") })}, IPNotAllowed, "198.51.101.0"},
		{"an address before every pool is not allowed", []func(*intent.Intent){web(func(s *intent.Service) { s.Addresses[0] = netip.MustParseAddr("0.0.0.1") })}, IPNotAllowed, "0.0.0.1"},
		{"addresses of two pools are not allowed", []func(*intent.Intent){func(in *intent.Intent) {
			in.Pools = []intent.Pool{pool("bronze", "203.0.113.0/24"), in.Pools[0]}
			in.Services[0].Addresses = append(in.Services[0].Addresses, netip.MustParseAddr("203.0.113.1"))
		}}, IPNotAllowed, "gold, bronze"},
		{"an IPv4 address written as IPv6 is the same address", []func(*intent.Intent){web(func(s *intent.Service) { s.Addresses[0] = netip.MustParseAddr("::ffff:198.51.100.10") })}, Announced, ""},

		{"a pool without advertisement has no owner", []func(*intent.Intent){ads()}, NotOwner, "no BGPAdvertisement announces pool gold"},
		{"an advertisement of another pool does not count", []func(*intent.Intent){ads(advertisement32("a", []string{"silver"}))}, NotOwner, "no BGPAdvertisement announces pool gold"},
		{"an advertisement for other nodes does not make this one an owner", []func(*intent.Intent){ads(advertisement32("a", gold, onNodeB))}, NotOwner, "is for other nodes"},
		{"an advertisement for other services does not match", []func(*intent.Intent){ads(advertisement32("a", gold, forBack))}, NoMatchingAdvertisement, "BGPAdvertisement a of pool gold"},
		{"an advertisement that selects the service is enough beside one that does not", []func(*intent.Intent){ads(advertisement32("a", gold, forBack), advertisement32("b", gold))}, Announced, ""},

		{"two local preferences for one peer conflict", []func(*intent.Intent){clash}, ConflictingAdvertisements, "BGPAdvertisement a sets local preference 100, BGPAdvertisement b local preference 200"},
		{"a local preference and none conflict", []func(*intent.Intent){ads(advertisement32("a", gold), advertisement32("b", gold, pref(200)))}, ConflictingAdvertisements, "no local preference"},
		{"equal local preferences do not conflict", []func(*intent.Intent){ads(advertisement32("a", gold, pref(200)), advertisement32("b", gold, pref(200)))}, Announced, ""},
		{"local preferences for different peers do not conflict", []func(*intent.Intent){
			peers(peer("spine", "192.0.2.2"), peer("tor", "192.0.2.1")),
			ads(advertisement32("a", gold, pref(100), toPeer("spine")), advertisement32("b", gold, pref(200), toPeer("tor"))),
		}, Announced, ""},
		{"local preferences for different prefixes do not conflict", []func(*intent.Intent){ads(advertisement32("a", gold, pref(100)), advertisement32("b", gold, pref(200), func(a *intent.BGPAdvertisement) { a.AggregationV4 = 24 }))}, Announced, ""},
		{"a local preference of an advertisement for other services does not conflict", []func(*intent.Intent){ads(advertisement32("a", gold, pref(100), forBack), advertisement32("b", gold, pref(200)))}, Announced, ""},
		{"a local preference of an advertisement for other nodes does not conflict", []func(*intent.Intent){ads(advertisement32("a", gold, pref(100), onNodeB), advertisement32("b", gold, pref(200)))}, Announced, ""},
		{"local preferences for a family that no peer carries do not conflict", []func(*intent.Intent){
			web(func(s *intent.Service) { s.Addresses = []netip.Addr{netip.MustParseAddr("2001:db8:1::1")} }), clash,
		}, NoMatchingPeer, "ipv6 unicast"},
		{"a conflict in one family keeps the whole service off", []func(*intent.Intent){
			peers(peer("six", "2001:db8::1"), peer("tor", "192.0.2.1")),
			web(func(s *intent.Service) { s.Addresses = append(s.Addresses, netip.MustParseAddr("2001:db8:1::1")) }),
			ads(advertisement32("a", gold, pref(100)), advertisement32("b", gold, pref(200), func(a *intent.BGPAdvertisement) { a.AggregationV4 = 24 })),
		}, ConflictingAdvertisements, "BGPPeer six"},
		{"more communities than one line holds are too many", []func(*intent.Intent){ads(
			advertisement32("a", gold, largeCommunities(0, 60)), advertisement32("b", gold, largeCommunities(60, 60)),
		)}, TooManyCommunities, "120 large ones"},
		{"as many communities as one line holds are not too many", []func(*intent.Intent){ads(
			advertisement32("a", gold, largeCommunities(0, 60)), advertisement32("b", gold, largeCommunities(40, 60)),
		)}, Announced, ""},

		{"a node without network announces nothing", []func(*intent.Intent){cut}, NodeNetworkUnavailable, "node node-a"},
		{"a node excluded from load balancers announces nothing", []func(*intent.Intent){excluded}, NodeLabeledExcludeBalancers, "exclude-from-external-load-balancers"},
		{"a node without network is told so before the label is", []func(*intent.Intent){cut, excluded}, NodeNetworkUnavailable, ""},
		{"a conflict is told before the state of the node is", []func(*intent.Intent){clash, cut}, ConflictingAdvertisements, ""},
		{"the state of the node is told before missing endpoints are", []func(*intent.Intent){cut, unserved}, NodeNetworkUnavailable, ""},

		{"policy Cluster serves from any node", []func(*intent.Intent){remote}, Announced, ""},
		{"policy Local needs an endpoint on the node", []func(*intent.Intent){local, remote}, NoLocalEndpoints, "of 1 serving endpoints none is on node node-a"},
		{"policy Local is content with an endpoint on the node", []func(*intent.Intent){local}, Announced, ""},
		{"policy Local without any endpoint lacks local ones", []func(*intent.Intent){local, unserved}, NoLocalEndpoints, ""},
		{"policy Cluster without any endpoint lacks endpoints", []func(*intent.Intent){unserved}, NoEndpoints, ""},
		{"missing endpoints are told before missing peers are", []func(*intent.Intent){unserved, peers()}, NoEndpoints, ""},

		{"a node without peers has nobody to tell", []func(*intent.Intent){peers()}, NoPeers, "no usable BGPPeer selects node node-a"},
		{"a peer of other nodes is no peer here", []func(*intent.Intent){peers(peer("tor", "192.0.2.1", func(p *intent.Peer) { p.Nodes = selector("kubernetes.io/hostname=node-b") }))}, NoPeers, ""},
		{"an advertisement that names other peers reaches nobody", []func(*intent.Intent){ads(advertisement32("a", gold, toPeer("spine")))}, NoMatchingPeer, "ipv4 unicast for BGPAdvertisement a"},
		{"a peer that carries the other family only is not reached", []func(*intent.Intent){peers(peer("six", "2001:db8::1"))}, NoMatchingPeer, "ipv4 unicast"},
		{"a dual-stack service is announced by the family that has a peer", []func(*intent.Intent){
			web(func(s *intent.Service) { s.Addresses = append(s.Addresses, netip.MustParseAddr("2001:db8:1::1")) }),
		}, Announced, "no session here carries ipv6 unicast for BGPAdvertisement all"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			state := Decide(cluster(tt.changes...), "node-a")
			got := state.Verdicts[0]
			if got.Reason != tt.want || !strings.Contains(got.Detail, tt.detail) {
				t.Errorf("verdict %v (%s), want %v (…%s…)", got.Reason, got.Detail, tt.want, tt.detail)
			}
			if len(state.Problems) > 0 {
				t.Errorf("problems %v, want none", state.Problems)
			}
			if routes := countRoutes(state); got.Announced() != (routes > 0) || got.Announced() != (len(got.Peers) > 0) {
				t.Errorf("announced is %v with %d routes to peers %v", got.Announced(), routes, got.Peers)
			}
			if got.Protocol != ProtocolBGP || strings.Contains(got.Detail, "\n") {
				t.Errorf("protocol %v, detail %q, want bgp and one line", got.Protocol, got.Detail)
			}
		})
	}
}

func largeCommunities(from, count uint32) func(*intent.BGPAdvertisement) {
	return func(a *intent.BGPAdvertisement) {
		for i := range count {
			a.LargeCommunities = append(a.LargeCommunities, bgp.LargeCommunity{Global: 1, Local1: 1, Local2: from + i})
		}
	}
}

func countRoutes(s State) int {
	routes := 0
	for _, i := range s.BGP.Instances {
		routes += len(i.Routes)
	}
	return routes
}

func TestAnUnknownNodeHasNoSessionsAndSaysSo(t *testing.T) {
	in := cluster()
	got := Decide(in, "node-z")
	want := State{
		Node: "node-z", NodeUnknown: true,
		Verdicts: []Verdict{{
			Service: in.Services[0].Ref, Addresses: in.Services[0].Addresses, Protocol: ProtocolBGP,
			Reason: NodeUnknown, Detail: "the cluster has no node node-z",
		}},
		Problems: []intent.Problem{{
			Object:  intent.Ref{Kind: "Node", Name: "node-z"},
			Message: "the cluster has no node of this name",
			Effect:  "nothing is decided for it, and what it announces stays as it is",
			Remedy:  "check the node name that the speaker was started with",
		}},
	}
	if diff := cmp.Diff(want, got, compareAddrs); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}

func TestEveryReasonHasAName(t *testing.T) {
	seen := map[string]Reason{}
	for r := Announced; r <= SharedIPWithServiceSelector; r++ {
		name := r.String()
		if other, taken := seen[name]; taken || name == "" {
			t.Errorf("reason %d is called %q, as is %d", r, name, other)
		}
		seen[name] = r
	}
}

var compareAddrs = cmp.Options{
	cmp.Comparer(func(a, b bgp.Secret) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}
