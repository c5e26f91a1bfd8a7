package reload

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"frr-speaker/internal/bgp"
)

// generate makes a sequence of states, each a change or a few away from the one before.
func generate(seed uint64, steps int) []state {
	r := random{rand.New(rand.NewPCG(seed, 1))}
	w := r.world()
	states := []state{w.state()}
	for len(states) < steps {
		w = w.clone()
		for range 1 + r.IntN(3)*r.IntN(2) {
			r.change(w)
		}
		s := w.state()
		s.hasty = r.one(10)
		states = append(states, s)
	}
	return states
}

type random struct{ *rand.Rand }

func (r random) coin() bool { return r.IntN(2) == 0 }

// one in n
func (r random) one(n int) bool { return r.IntN(n) == 0 }

// world is where a sequence begins.
func (r random) world() *world {
	w := &world{asn: nodeASN, routes: map[netip.Prefix]int{}, extras: make([]bool, len(rawSnippets))}
	for range 3 {
		r.addSession(w)
		w.policies = append(w.policies, r.policy(w, len(w.policies)))
	}
	r.addRoutes(w, 10)
	return w
}

// change makes one change of a world; most are of routes, as in life.
func (r random) change(w *world) {
	changes := []struct {
		weight int
		change func(*world)
	}{
		{30, func(w *world) { r.addRoutes(w, 1+r.IntN(10)) }},
		{20, func(w *world) { r.removeRoutes(w, 1+r.IntN(10)) }},
		{15, r.movePolicy},
		{15, func(w *world) { n := r.IntN(len(w.policies)); w.policies[n] = r.policy(w, n) }},
		{1, func(w *world) { r.addRoutes(w, 500) }},
		{1, func(w *world) { clear(w.routes) }},
		{4, r.addSession},
		{3, r.removeSession},
		{12, r.easySession},
		{6, r.hardSession},
		{1, r.changeInstance},
		{8, r.changeProfile},
		{4, func(w *world) { w.level = []string{"", "info", "debug", "warn", "error"}[r.IntN(5)] }},
		{8, func(w *world) { n := r.IntN(len(w.extras)); w.extras[n] = !w.extras[n] }},
	}
	sum := 0
	for _, c := range changes {
		sum += c.weight
	}
	at := r.IntN(sum)
	for _, c := range changes {
		if at -= c.weight; at < 0 {
			c.change(w)
			return
		}
	}
}

// maxRoutes keeps a long walk from growing for ever.
const maxRoutes = 600

func (r random) addRoutes(w *world, n int) {
	if len(w.routes) > maxRoutes {
		r.removeRoutes(w, len(w.routes)-20)
	}
	p := r.IntN(len(w.policies))
	for range n {
		w.routes[r.prefix()] = p
	}
}

func (r random) prefix() netip.Prefix {
	n := byte(r.IntN(200))
	switch r.IntN(5) {
	case 0:
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 51, 100, n}), 24+r.IntN(9)).Masked()
	case 1, 2:
		return netip.PrefixFrom(netip.MustParseAddr(fmt.Sprintf("2001:db8:100::%x", n)), 128-r.IntN(2)*r.IntN(65)).Masked()
	default:
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, byte(r.IntN(4)), n}), 32)
	}
}

func (w *world) prefixes() []netip.Prefix {
	all := make([]netip.Prefix, 0, len(w.routes))
	for p := range w.routes {
		all = append(all, p)
	}
	slices.SortFunc(all, netip.Prefix.Compare) // the order of a map is not the seed's
	return all
}

func (r random) removeRoutes(w *world, n int) {
	all := w.prefixes()
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, p := range all[:min(n, len(all))] {
		delete(w.routes, p)
	}
}

// movePolicy gives some routes another policy.
func (r random) movePolicy(w *world) {
	to := r.IntN(len(w.policies))
	for _, p := range w.prefixes() {
		if r.one(3) {
			w.routes[p] = to
		}
	}
}

func (r random) policy(w *world, n int) policy {
	p := policy{name: fmt.Sprintf("adv-%d", n), all: r.coin(), same: r.attributes(), some: map[string]bool{}, others: map[string]bgp.Attributes{}}
	for _, s := range w.sessions {
		p.some[s.ID()] = r.coin()
		if r.one(3) {
			p.others[s.ID()] = r.attributes()
		}
	}
	return p
}

func (r random) attributes() bgp.Attributes {
	var a bgp.Attributes
	if r.one(3) {
		a.LocalPref = 1 + uint32(r.IntN(1000))
	}
	for n := range uint16(3) {
		if r.one(3) {
			a.Communities = append(a.Communities, bgp.NewCommunity(64512, n))
		}
		if r.one(5) {
			a.LargeCommunities = append(a.LargeCommunities, bgp.LargeCommunity{Global: 4200000000, Local1: 1, Local2: uint32(n)})
		}
	}
	if r.one(10) {
		noExport, _ := bgp.WellKnownCommunity("no-export")
		a.Communities = append(a.Communities, noExport)
	}
	return a
}

// seconds between low and high.
func (r random) seconds(low, high int) time.Duration {
	return time.Duration(low+r.IntN(high-low+1)) * time.Second
}
