package announce

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/labels"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

const rounds = 400

// eachRandom runs a test on random intents and says how to repeat a failure.
func eachRandom(t *testing.T, check func(t *testing.T, r *rand.Rand, in *intent.Intent)) {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for round := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, round))
		check(t, r, randomIntent(r))
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
}

// TestRoutesAreWhatTheAdvertisementsSay compares with an oracle that goes
// through services, advertisements and sessions one by one and remembers nothing.
func TestRoutesAreWhatTheAdvertisementsSay(t *testing.T) {
	eachRandom(t, func(t *testing.T, _ *rand.Rand, in *intent.Intent) {
		state := Decide(in, "node-a")
		want, peers := oracle(in, state)
		got := map[hop]bgp.Attributes{}
		for _, i := range state.BGP.Instances {
			for _, r := range i.Routes {
				for _, e := range r.Policy.Exports {
					got[hop{i.VRF, e.Session, r.Prefix}] = e.Attributes
				}
			}
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmp.AllowUnexported(hop{}), compareAddrs); diff != "" {
			t.Errorf("routes (-want +got):\n%s", diff)
		}
		for _, v := range state.Verdicts {
			if diff := cmp.Diff(peers[v.Service], v.Peers, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("peers of %s (-want +got):\n%s", v.Service, diff)
			}
		}
	})
}

// hop is one entry of one Adj-RIB-Out.
type hop struct {
	vrf, session string
	prefix       netip.Prefix
}

// oracle says what the services that have been announced lead to.
func oracle(in *intent.Intent, s State) (map[hop]bgp.Attributes, map[intent.Ref][]string) {
	routes, peers := map[hop]bgp.Attributes{}, map[intent.Ref][]string{}
	for n, svc := range in.Services {
		if !s.Verdicts[n].Announced() {
			continue
		}
		for _, addr := range svc.Addresses {
			for _, ad := range in.BGPAdvertisements {
				if !adMeans(in, ad, svc, addr) {
					continue
				}
				for _, i := range s.BGP.Instances {
					for _, session := range i.Sessions {
						if !session.Carries(bgp.FamilyOf(addr)) || len(ad.Peers) > 0 && !slices.Contains(ad.Peers, session.Peer) {
							continue
						}
						length := ad.AggregationV4
						if addr.Is6() {
							length = ad.AggregationV6
						}
						h := hop{i.VRF, session.ID(), netip.PrefixFrom(addr, length).Masked()}
						have := routes[h]
						have.LocalPref = ad.LocalPref
						for _, c := range ad.Communities {
							if !slices.Contains(have.Communities, c) {
								have.Communities = append(have.Communities, c)
							}
						}
						slices.Sort(have.Communities)
						routes[h] = have
						if !slices.Contains(peers[svc.Ref], session.Peer) {
							peers[svc.Ref] = append(peers[svc.Ref], session.Peer)
							slices.Sort(peers[svc.Ref])
						}
					}
				}
			}
		}
	}
	return routes, peers
}

func adMeans(in *intent.Intent, ad intent.BGPAdvertisement, svc intent.Service, addr netip.Addr) bool {
	node := in.Nodes[slices.IndexFunc(in.Nodes, func(n intent.Node) bool { return n.Name == "node-a" })]
	for _, p := range in.Pools {
		if p.Contains(addr) && slices.Contains(ad.Pools, p.Name) {
			return ad.Nodes.Matches(node.Labels) && ad.Services.Matches(svc.Labels)
		}
	}
	return false
}

func TestEveryServiceHasOneVerdictThatHolds(t *testing.T) {
	reasons := map[Reason]int{}
	eachRandom(t, func(t *testing.T, _ *rand.Rand, in *intent.Intent) {
		state := Decide(in, "node-a")
		if len(state.Verdicts) != len(in.Services) {
			t.Fatalf("%d verdicts on %d services", len(state.Verdicts), len(in.Services))
		}
		for n, v := range state.Verdicts {
			reasons[v.Reason]++
			if v.Service != in.Services[n].Ref || v.Reason.String() == "" || v.Announced() != (len(v.Peers) > 0) {
				t.Errorf("verdict %d on %s: %v %q to %v", n, in.Services[n].Ref, v.Reason, v.Detail, v.Peers)
			}
		}
		for _, i := range state.BGP.Instances {
			for n, r := range i.Routes {
				if n > 0 && i.Routes[n-1].Prefix.Compare(r.Prefix) >= 0 {
					t.Errorf("%v comes before %v", i.Routes[n-1].Prefix, r.Prefix)
				}
			}
		}
	})
	for _, r := range []Reason{Announced, NoIPAllocated, IPNotAllowed, NotOwner, NoMatchingAdvertisement, ConflictingAdvertisements, NoLocalEndpoints, NoEndpoints, NoPeers, NoMatchingPeer} {
		if reasons[r] == 0 {
			t.Errorf("no random intent led to %v: the generator is too tame", r)
		}
	}
}

func TestDecidingTwiceGivesTheSame(t *testing.T) {
	eachRandom(t, func(t *testing.T, _ *rand.Rand, in *intent.Intent) {
		if diff := cmp.Diff(Decide(in, "node-a"), Decide(in, "node-a"), compareAddrs); diff != "" {
			t.Errorf("first and second state (-first +second):\n%s", diff)
		}
	})
}

func TestAnUnrelatedServiceChangesOnlyItself(t *testing.T) {
	eachRandom(t, func(t *testing.T, r *rand.Rand, in *intent.Intent) {
		before := Decide(in, "node-a")
		more := *in
		added := service("added", "203.0.113.77")
		more.Pools = append(slices.Clone(in.Pools), pool("own", "203.0.113.64/26"))
		more.BGPAdvertisements = append(slices.Clone(in.BGPAdvertisements), advertisement32("own", []string{"own"}))
		at := r.IntN(len(in.Services) + 1)
		more.Services = slices.Insert(slices.Clone(in.Services), at, added)
		after := Decide(&more, "node-a")

		after.Verdicts = slices.Delete(after.Verdicts, at, at+1)
		for i := range after.BGP.Instances {
			routes := &after.BGP.Instances[i].Routes
			*routes = slices.DeleteFunc(*routes, func(r bgp.Route) bool { return r.Prefix == netip.MustParsePrefix("203.0.113.77/32") })
		}
		if diff := cmp.Diff(before, after, compareAddrs, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("everything else (-before +after):\n%s", diff)
		}
	})
}

// randomIntent is small and full of trouble: shared addresses, aggregates that
// meet, advertisements that conflict, peers that exclude each other.
func randomIntent(r *rand.Rand) *intent.Intent {
	some := func(p float64) bool { return r.Float64() < p }
	in := &intent.Intent{
		Pools: []intent.Pool{pool("bronze", "203.0.113.0/28", "2001:db8:2::/120"), pool("gold", "198.51.100.0/28", "2001:db8:1::/120"), pool("silver", "198.51.100.32/30")},
		Nodes: []intent.Node{node("node-a", func(n *intent.Node) { n.NetworkUnavailable = some(0.05) }), node("node-b")},
	}
	for i := range r.IntN(5) {
		addr := []string{"192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"}[r.IntN(4)]
		in.Peers = append(in.Peers, peer(fmt.Sprintf("p%d", i), addr, func(p *intent.Peer) {
			if some(0.3) {
				inVRFRed(p)
			}
			if some(0.3) {
				dualStack(p)
			}
			if some(0.1) {
				p.MyASN = 64999
			}
			if some(0.1) {
				p.Nodes = selector("kubernetes.io/hostname=node-b")
			}
		}))
	}
	for i := range r.IntN(5) {
		in.BGPAdvertisements = append(in.BGPAdvertisements, randomAdvertisement(r, fmt.Sprintf("ad%d", i)))
	}
	for i := range r.IntN(12) {
		in.Services = append(in.Services, randomService(r, fmt.Sprintf("s%02d", i)))
	}
	return in
}

func randomAdvertisement(r *rand.Rand, name string) intent.BGPAdvertisement {
	var pools []string
	for _, p := range []string{"bronze", "gold", "silver"} {
		if r.IntN(2) == 0 {
			pools = append(pools, p)
		}
	}
	return advertisement32(name, pools, func(a *intent.BGPAdvertisement) {
		switch r.IntN(4) {
		case 0:
			a.AggregationV4, a.AggregationV6 = 26+r.IntN(7), 118+r.IntN(11)
		case 1:
			a.Services = selector([]string{"tier=front", "tier=back"}[r.IntN(2)])
		}
		if r.IntN(6) == 0 {
			a.Nodes = selector("kubernetes.io/hostname=node-b")
		}
		if r.IntN(3) == 0 {
			a.Peers = []string{fmt.Sprintf("p%d", r.IntN(4))}
		}
		if r.IntN(4) == 0 {
			a.LocalPref = uint32(100 * (1 + r.IntN(2)))
		}
		for c := range uint16(r.IntN(3)) {
			a.Communities = append(a.Communities, bgp.NewCommunity(64512, uint16(r.IntN(4))<<4|c))
		}
		slices.Sort(a.Communities)
		a.Communities = slices.Compact(a.Communities)
	})
}

func randomService(r *rand.Rand, name string) intent.Service {
	s := service(name)
	base := [][]string{{"203.0.113.0", "2001:db8:2::"}, {"198.51.100.0", "2001:db8:1::"}, {"198.51.100.32"}, {"100.64.0.0"}}[min(r.IntN(10)/3, 3)]
	for _, b := range base {
		if r.IntN(4) > 0 {
			addr := netip.MustParseAddr(b)
			for range r.IntN(4) {
				addr = addr.Next()
			}
			s.Addresses = append(s.Addresses, addr)
		}
	}
	s.Labels = labels.Set{"tier": []string{"front", "back"}[r.IntN(2)]}
	s.TrafficPolicy = intent.TrafficPolicy(r.IntN(2))
	switch r.IntN(8) {
	case 0:
		s.Endpoints = intent.Endpoints{}
	case 1:
		s.Endpoints = intent.Endpoints{Serving: 2, Nodes: []string{"node-b"}}
	}
	return s
}
