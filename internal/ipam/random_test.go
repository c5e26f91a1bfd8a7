package ipam_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/ipam"
)

// walk is a cluster in which things change at random.
type walk struct {
	*rand.Rand
	pools    []intent.Pool
	services map[string]*intent.Request
	previous []ipam.Grant
}

// TestNoTwoServicesHaveOneAddressUnlessTheyShareIt walks through random changes
// of services and pools, as one controller sees them and as one that restarts does.
func TestNoTwoServicesHaveOneAddressUnlessTheyShareIt(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	const walks, steps = 20, 50
	for i := range uint64(walks) {
		w := walk{Rand: rand.New(rand.NewPCG(seed, i)), services: map[string]*intent.Request{}}
		for step := range steps {
			w.change()
			if w.IntN(10) == 0 {
				w.previous = nil // a restart
			}
			plan := ipam.Assign(w.input())
			if again := ipam.Assign(w.input()); !cmp.Equal(plan, again, comparison) {
				t.Fatalf("walk %d, step %d: another order of requests gives another plan:\n%s", i, step, cmp.Diff(plan, again, comparison))
			}
			for _, wrong := range complaints(w.pools, plan) {
				t.Fatalf("walk %d, step %d: %s", i, step, wrong)
			}
			w.apply(plan)
			settled := ipam.Assign(w.input())
			for j, g := range settled.Grants {
				if g.Changed() || !slices.Equal(g.Addresses, plan.Grants[j].Addresses) {
					t.Fatalf("walk %d, step %d: %s does not settle: %v, then %v", i, step, g.Request.Service, plan.Grants[j].Addresses, g.Addresses)
				}
			}
			restarted := w.input()
			restarted.Previous = nil
			for j, g := range ipam.Assign(restarted).Grants {
				if !slices.Equal(g.Addresses, plan.Grants[j].Addresses) {
					t.Fatalf("walk %d, step %d: a restart changes %s: %v to %v", i, step, g.Request.Service, plan.Grants[j].Addresses, g.Addresses)
				}
			}
		}
	}
}

var comparison = cmp.Options{
	cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}, ipam.Count{}),
	cmpopts.EquateEmpty(),
}

// input lists the requests in a new order each time.
func (w *walk) input() ipam.Input {
	in := ipam.Input{Pools: w.pools, Previous: w.previous}
	for _, r := range w.services {
		in.Requests = append(in.Requests, r)
	}
	w.Shuffle(len(in.Requests), func(i, j int) { in.Requests[i], in.Requests[j] = in.Requests[j], in.Requests[i] })
	return in
}

// apply puts a plan into the status of services.
func (w *walk) apply(plan ipam.Plan) {
	w.previous = plan.Grants
	for _, g := range plan.Grants {
		r := *g.Request
		r.Holds, r.HeldPool, r.Leftover = g.Addresses, g.Pool, false
		w.services[r.Service.Name] = &r
	}
}

func (w *walk) change() {
	if w.pools == nil || w.IntN(8) == 0 {
		w.pools = w.somePools()
	}
	for range 1 + w.IntN(4) {
		name := fmt.Sprintf("s%02d", w.IntN(20))
		if w.IntN(4) == 0 {
			delete(w.services, name)
			continue
		}
		w.services[name] = w.service(name, w.services[name])
	}
}

func (w *walk) somePools() []intent.Pool {
	var pools []intent.Pool
	for i := range 4 {
		if w.IntN(5) == 0 {
			continue
		}
		p := intent.Pool{Name: fmt.Sprintf("p%d", i), AutoAssign: w.IntN(4) > 0, AvoidBuggyIPs: w.IntN(3) == 0}
		v4 := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i), 0}), 29+w.IntN(4))
		v6 := netip.MustParsePrefix(fmt.Sprintf("2001:db8:%d::/%d", i, 125+w.IntN(4)))
		if kind := w.IntN(3); kind != 0 {
			p.Ranges = append(p.Ranges, []netip.Prefix{v4})
			if kind == 1 {
				p.Ranges = append(p.Ranges, []netip.Prefix{v6})
			}
		} else {
			p.Ranges = append(p.Ranges, []netip.Prefix{v6})
		}
		if w.IntN(3) == 0 {
			p.Allocation = &intent.Allocation{Priority: w.IntN(3), Namespaced: true, Namespaces: []string{"shop"}}
		}
		pools = append(pools, p)
	}
	return pools
}

// service makes a service anew; what it holds it keeps.
func (w *walk) service(name string, was *intent.Request) *intent.Request {
	r := &intent.Request{
		Service:    intent.Ref{Kind: "Service", Namespace: []string{"shop", "other"}[w.IntN(2)], Name: name},
		Created:    time.Unix(int64(w.IntN(5)), 0),
		Balanced:   w.IntN(12) > 0,
		Primary:    bgp.IPv4Unicast,
		Families:   [][]bgp.Family{{bgp.IPv4Unicast}, {bgp.IPv6Unicast}, {bgp.IPv4Unicast, bgp.IPv6Unicast}}[w.IntN(3)],
		SharingKey: []string{"", "k", "l"}[w.IntN(3)],
		BackendKey: []string{"", "", "app=web"}[w.IntN(3)],
	}
	if len(r.Families) == 2 {
		r.Stacks = []intent.FamilyPolicy{intent.PreferDualStack, intent.RequireDualStack}[w.IntN(2)]
	}
	for n := range 3 {
		if w.IntN(2) == 0 {
			r.Ports = append(r.Ports, intent.Port{Protocol: "TCP", Number: int32(n + 1)})
		}
	}
	if w.IntN(5) == 0 {
		r.Addresses = []netip.Addr{netip.AddrFrom4([4]byte{10, 0, byte(w.IntN(4)), byte(w.IntN(8))})}
	}
	if w.IntN(6) == 0 {
		r.Pool = fmt.Sprintf("p%d", w.IntN(5))
	}
	if was != nil {
		r.Service, r.Holds, r.HeldPool = was.Service, was.Holds, was.HeldPool
	}
	return r
}

// complaints checks a plan against the rules, in the plainest way.
func complaints(pools []intent.Pool, plan ipam.Plan) []string {
	var out []string
	for i, g := range plan.Grants {
		if wrong := misplaced(pools, g); wrong != "" {
			out = append(out, fmt.Sprintf("%s has %v of %q: %s", g.Request.Service, g.Addresses, g.Pool, wrong))
		}
		for _, other := range plan.Grants[:i] {
			if wrong := clash(g, other); wrong != "" {
				out = append(out, fmt.Sprintf("%s and %s: %s", g.Request.Service, other.Request.Service, wrong))
			}
		}
	}
	return out
}

func misplaced(pools []intent.Pool, g ipam.Grant) string {
	if len(g.Addresses) == 0 {
		if g.Pool != "" {
			return "a pool without addresses"
		}
		return ""
	}
	i := slices.IndexFunc(pools, func(p intent.Pool) bool { return p.Name == g.Pool })
	if i < 0 {
		return "no such pool"
	}
	for _, a := range g.Addresses {
		last := a.AsSlice()[len(a.AsSlice())-1]
		switch {
		case !pools[i].Contains(a):
			return "outside the pool"
		case pools[i].AvoidBuggyIPs && a.Is4() && (last == 0 || last == 255):
			return "a buggy address"
		}
	}
	if !pools[i].Allocation.Allows(g.Request.Service.Namespace, g.Request.Labels) {
		return "a pool for others"
	}
	if len(g.Addresses) > len(g.Request.Families) || len(g.Addresses) < len(g.Request.Families) && g.Request.Stacks != intent.PreferDualStack {
		return "not the families of the service"
	}
	return ""
}

func clash(a, b ipam.Grant) string {
	common := slices.ContainsFunc(a.Addresses, func(addr netip.Addr) bool { return slices.Contains(b.Addresses, addr) })
	switch {
	case !common:
		return ""
	case a.Request.SharingKey == "" || a.Request.SharingKey != b.Request.SharingKey:
		return "one address and no common key"
	case a.Request.BackendKey != b.Request.BackendKey:
		return "one address and other pods"
	case slices.ContainsFunc(a.Request.Ports, func(p intent.Port) bool { return slices.Contains(b.Request.Ports, p) }):
		return "one address and a common port"
	}
	return ""
}
