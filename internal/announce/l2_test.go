package announce

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sort"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/l2"
)

// eachRandomLAN runs a test on random intents with L2Advertisements.
func eachRandomLAN(t *testing.T, check func(t *testing.T, r *rand.Rand, in *intent.Intent)) {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for round := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, round))
		check(t, r, randomLAN(r))
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
}

// TestOwnersAreThoseOfMetalLB compares, for services that share no address, with
// MetalLB's rule written down service by service and node by node.
func TestOwnersAreThoseOfMetalLB(t *testing.T) {
	elected := 0
	eachRandomLAN(t, func(t *testing.T, _ *rand.Rand, in *intent.Intent) {
		for i, svc := range in.Services {
			if sharesAny(in, i) || len(svc.Addresses) == 0 {
				continue
			}
			want := metallbOwner(in, svc)
			for _, n := range in.Nodes {
				state := Decide(in, n.Name)
				for _, a := range svc.Addresses {
					_, answers := slices.BinarySearchFunc(state.L2, a, func(x l2.Announcement, a netip.Addr) int { return x.Addr.Compare(a) })
					if answers != (n.Name == want) {
						t.Errorf("%s answers for %s of %s: %v, want owner %q", n.Name, a, svc.Ref, answers, want)
					}
				}
			}
			if want != "" {
				elected++
			}
		}
	})
	if elected < rounds/2 {
		t.Errorf("only %d services were announced: the generator is too harsh", elected)
	}
}

// metallbOwner is who answers for a service that shares no address; "" is nobody.
func metallbOwner(in *intent.Intent, svc intent.Service) string {
	var ads []intent.L2Advertisement
	for _, p := range in.Pools {
		for _, ad := range in.L2Advertisements {
			if p.Contains(svc.Addresses[0]) && slices.Contains(ad.Pools, p.Name) && ad.Services.Matches(svc.Labels) {
				ads = append(ads, ad)
			}
		}
	}
	selective := slices.ContainsFunc(ads, func(ad intent.L2Advertisement) bool { return len(ad.Services) > 0 })
	if svc.Endpoints.Serving == 0 || len(ads) == 0 || svc.SharingKey != "" && selective {
		return ""
	}
	type entry struct {
		node, hash string
		score      int
	}
	var entries []entry
	for _, n := range in.Nodes {
		included, score := false, 0
		for _, ad := range ads {
			if !ad.Nodes.Matches(n.Labels) {
				continue
			}
			included = true
			for _, p := range ad.Preferences {
				if p.Nodes.Matches(n.Labels) {
					score += p.Weight
				}
			}
		}
		local := svc.TrafficPolicy == intent.TrafficPolicyCluster || slices.Contains(svc.Endpoints.Nodes, n.Name)
		if included && local && !n.NotMember && !n.NetworkUnavailable && !n.ExcludedFromLB {
			sum := sha256.Sum256([]byte(n.Name + "#" + svc.Addresses[0].String()))
			entries = append(entries, entry{n.Name, hex.EncodeToString(sum[:]), score})
		}
	}
	if len(entries) == 0 {
		return ""
	}
	sort.Slice(entries, func(i, j int) bool {
		if entries[i].score != entries[j].score {
			return entries[i].score > entries[j].score
		}
		return entries[i].hash < entries[j].hash
	})
	return entries[0].node
}

func sharesAny(in *intent.Intent, index int) bool {
	for i, other := range in.Services {
		if i != index && slices.ContainsFunc(other.Addresses, func(a netip.Addr) bool { return slices.Contains(in.Services[index].Addresses, a) }) {
			return true
		}
	}
	return false
}

// TestEachAddressHasOneOwnerThatServes holds for shared addresses too.
func TestEachAddressHasOneOwnerThatServes(t *testing.T) {
	reasons := map[Reason]int{}
	eachRandomLAN(t, func(t *testing.T, _ *rand.Rand, in *intent.Intent) {
		owner := map[netip.Addr]string{}
		for _, n := range in.Nodes {
			state := Decide(in, n.Name)
			answered := map[netip.Addr]bool{}
			for _, a := range state.L2 {
				if other, taken := owner[a.Addr]; taken {
					t.Errorf("%s and %s answer for %s", other, n.Name, a.Addr)
				}
				owner[a.Addr], answered[a.Addr] = n.Name, true
			}
			said := map[netip.Addr]bool{}
			for _, v := range state.Verdicts {
				if v.Protocol != ProtocolL2 {
					continue
				}
				reasons[v.Reason]++
				if !v.Announced() {
					continue
				}
				for _, a := range v.Addresses {
					said[a] = true
				}
				svc := in.Services[slices.IndexFunc(in.Services, func(s intent.Service) bool { return s.Ref == v.Service })]
				if svc.TrafficPolicy == intent.TrafficPolicyLocal && !slices.Contains(svc.Endpoints.Nodes, n.Name) {
					t.Errorf("%s answers for %s, which has no endpoint there", n.Name, v.Service)
				}
			}
			if diff := cmp.Diff(answered, said, compareAddrs); diff != "" {
				t.Errorf("addresses of %s (-announcements +verdicts):\n%s", n.Name, diff)
			}
		}
	})
	for _, r := range []Reason{Announced, NotOwner, NoMatchingAdvertisement, NoEndpoints, NoLocalEndpoints, NotMember, NodeNetworkUnavailable, NodeLabeledExcludeBalancers, NoCommonNode, SharedIPWithServiceSelector, NoIPAllocated, IPNotAllowed} {
		if reasons[r] == 0 {
			t.Errorf("no random intent led to %v: the generator is too tame", r)
		}
	}
}

// TestADeciderRemembersNothingThatShows walks one decider through many intents.
func TestADeciderRemembersNothingThatShows(t *testing.T) {
	d := NewDecider()
	eachRandomLAN(t, func(t *testing.T, _ *rand.Rand, in *intent.Intent) {
		if diff := cmp.Diff(Decide(in, "node-a"), d.Decide(in, "node-a"), compareAddrs); diff != "" {
			t.Errorf("state (-anew +remembering):\n%s", diff)
		}
	})
}

func randomLAN(r *rand.Rand) *intent.Intent {
	some := func(p float64) bool { return r.Float64() < p }
	in := &intent.Intent{Pools: []intent.Pool{pool("bronze", "203.0.113.0/28", "2001:db8:2::/120"), pool("gold", "198.51.100.0/28", "2001:db8:1::/120")}}
	for i := range 4 {
		in.Nodes = append(in.Nodes, node("node-"+string(rune('a'+i)), func(n *intent.Node) {
			n.Labels["rack"] = []string{"one", "two"}[i%2]
			n.NetworkUnavailable, n.ExcludedFromLB, n.NotMember = some(0.1), some(0.1), some(0.1)
		}))
	}
	for i := range r.IntN(4) {
		in.L2Advertisements = append(in.L2Advertisements, randomL2Advertisement(r, fmt.Sprintf("ad%d", i)))
	}
	for i := range r.IntN(14) {
		s := randomService(r, fmt.Sprintf("s%02d", i))
		if s.Endpoints.Serving > 0 {
			s.Endpoints.Nodes = [][]string{{"node-a"}, {"node-a", "node-b"}, {"node-c"}, {"node-b", "node-d"}}[r.IntN(4)]
		}
		if some(0.2) {
			s.SharingKey = "key"
		}
		if n := len(in.Services); n > 0 && some(0.1) {
			last := &in.Services[n-1]
			s.Addresses = last.Addresses
			if some(0.5) { // else two that share hardly ever have no node in common
				last.TrafficPolicy, last.Endpoints = intent.TrafficPolicyLocal, intent.Endpoints{Serving: 1, Nodes: []string{"node-a"}}
				s.TrafficPolicy, s.Endpoints = intent.TrafficPolicyLocal, intent.Endpoints{Serving: 1, Nodes: []string{"node-c"}}
			}
		}
		in.Services = append(in.Services, s)
	}
	return in
}

func randomL2Advertisement(r *rand.Rand, name string) intent.L2Advertisement {
	a := intent.L2Advertisement{Ref: intent.Ref{Kind: "L2Advertisement", Namespace: "metallb-system", Name: name}}
	for _, p := range []string{"bronze", "gold"} {
		if r.IntN(4) > 0 {
			a.Pools = append(a.Pools, p)
		}
	}
	if r.IntN(4) == 0 {
		a.Services = selector([]string{"tier=front", "tier=back"}[r.IntN(2)])
	}
	if r.IntN(3) == 0 {
		a.Nodes = selector([]string{"rack=one", "rack=two", "kubernetes.io/hostname=node-c"}[r.IntN(3)])
	}
	if r.IntN(3) == 0 {
		a.Links = []string{"eth0"}
	}
	for range r.IntN(3) {
		p := intent.Preference{Weight: []int{1, 50, 100}[r.IntN(3)], Nodes: labels.Everything()}
		if r.IntN(4) > 0 {
			p.Nodes = selector([]string{"rack=one", "rack=two", "kubernetes.io/hostname=node-b"}[r.IntN(3)])[0]
		}
		a.Preferences = append(a.Preferences, p)
	}
	return a
}

// BenchmarkDecideL2 is a pass with 10,000 addresses among 100 nodes, after one in
// which nothing was different.
func BenchmarkDecideL2(b *testing.B) {
	in := &intent.Intent{Pools: []intent.Pool{pool("lan", "10.0.0.0/16")}, L2Advertisements: []intent.L2Advertisement{{
		Ref: intent.Ref{Kind: "L2Advertisement", Name: "lan"}, Pools: []string{"lan"},
	}}}
	for i := range 100 {
		in.Nodes = append(in.Nodes, node(fmt.Sprintf("node-%02d", i)))
	}
	for i := range 10_000 {
		in.Services = append(in.Services, service(fmt.Sprintf("service-%05d", i), netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}).String()))
	}
	d := NewDecider()
	b.ReportAllocs()
	for b.Loop() {
		if got := len(d.Decide(in, "node-50").L2); got < 50 || got > 200 {
			b.Fatalf("%d addresses, want about a hundredth of all", got)
		}
	}
}
