package frrdiff

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// world is a random configuration of the shape that speaker writes.
type world struct {
	asn      map[string]int // by VRF
	routerID map[string]string
	sessions map[string]*wSession
	routes   map[string]string   // class by "vrf family prefix"
	classes  map[string]*wClass  // by name
	profiles map[string][]string // lines
	opaque   []string
	list     []string       // entries of a prefix-list
	note     int            // what descriptions say
	open     map[string]int // by session: an entry of a snippet that permits all and sets this metric
}

type wSession struct {
	vrf, name string
	lines     []string // after "neighbor X "
	families  []string
}

// wClass is the attributes a class has at each session that gets it.
type wClass struct {
	tag int
	at  map[string]string
}

func newWorld(r *rand.Rand, size int) *world {
	w := &world{
		asn: map[string]int{"": 64512 + r.IntN(2)}, routerID: map[string]string{}, sessions: map[string]*wSession{},
		routes: map[string]string{}, classes: map[string]*wClass{}, profiles: map[string][]string{}, open: map[string]int{},
	}
	for range size {
		w.mutate(r)
	}
	return w
}

func (w *world) clone() *world {
	c := *w
	c.asn, c.routerID, c.sessions, c.routes = maps.Clone(w.asn), maps.Clone(w.routerID), maps.Clone(w.sessions), maps.Clone(w.routes)
	c.classes, c.profiles, c.opaque, c.list = maps.Clone(w.classes), maps.Clone(w.profiles), slices.Clone(w.opaque), slices.Clone(w.list)
	c.open = maps.Clone(w.open)
	return &c
}

// mutate changes one thing.
func (w *world) mutate(r *rand.Rand) {
	switch r.IntN(12) {
	case 0, 1:
		w.setSession(r)
	case 2:
		delete(w.sessions, pick(r, w.sessions))
	case 3, 4, 5:
		w.setRoute(r)
	case 6:
		delete(w.routes, pick(r, w.routes))
	case 7:
		w.moveClass(r)
	case 8:
		if r.IntN(4) == 0 {
			w.asn[""] = 64512 + r.IntN(2)
		} else if w.asn["red"] == 0 {
			w.asn["red"] = 64600
		}
	case 9:
		w.profiles["fast"] = []string{fmt.Sprintf("receive-interval %d", 100*(1+r.IntN(4)))}
		if r.IntN(3) == 0 {
			w.profiles["fast"] = append(w.profiles["fast"], "passive-mode")
		}
		w.note = r.IntN(5)
	case 10:
		w.opaque = []string{"frobnicate a", "frobnicate b 3", "twiddle"}[:r.IntN(4)]
		w.routerID[""] = []string{"", "10.0.0.1", "10.0.0.2"}[r.IntN(3)]
	case 11:
		w.list = nil
		for range r.IntN(5) {
			entry := fmt.Sprintf("%s 10.%d.0.0/16%s", []string{"permit", "deny"}[r.IntN(2)], r.IntN(3), []string{"", " le 24"}[r.IntN(2)])
			if !slices.Contains(w.list, entry) {
				w.list = append(w.list, entry)
			}
		}
	}
}

func pick[V any](r *rand.Rand, m map[string]V) string {
	if len(m) == 0 {
		return ""
	}
	keys := slices.Sorted(maps.Keys(m))
	return keys[r.IntN(len(keys))]
}

func (w *world) setSession(r *rand.Rand) {
	s := &wSession{name: fmt.Sprintf("192.0.2.%d", 1+r.IntN(4)), vrf: pick(r, w.asn)}
	creation := fmt.Sprintf("remote-as %d", 65001+r.IntN(2))
	if r.IntN(4) == 0 {
		s.name = "eth0"
		creation = "interface " + creation
	}
	s.lines = []string{creation}
	for _, line := range []string{"ebgp-multihop 3", "password one", "password two", "timers 1 3", "timers 2 6", "timers connect 5", "description x y", "port 1790"} {
		if r.IntN(4) == 0 {
			s.lines = append(s.lines, line)
		}
	}
	if r.IntN(2) == 0 && w.profiles["fast"] != nil {
		s.lines = append(s.lines, "bfd", "bfd profile fast")
	}
	for _, family := range []string{"ipv4 unicast", "ipv6 unicast"} {
		if r.IntN(3) > 0 {
			s.families = append(s.families, family)
		}
	}
	w.sessions[s.vrf+"/"+s.name] = s
}

func (w *world) setRoute(r *rand.Rand) {
	family, prefix := "ipv4 unicast", fmt.Sprintf("198.51.100.%d/32", r.IntN(6))
	if r.IntN(3) == 0 {
		family, prefix = "ipv6 unicast", fmt.Sprintf("2001:db8::%d/128", 1+r.IntN(6))
	}
	w.routes[pick(r, w.asn)+"|"+family+"|"+prefix] = w.class(r)
}

// class is the name of a random class, made when it is new: what it sets follows from its name.
func (w *world) class(r *rand.Rand) string {
	c := &wClass{tag: 1 + r.IntN(40), at: map[string]string{}}
	name := fmt.Sprintf("origin-%d", c.tag)
	if w.classes[name] != nil {
		return name
	}
	own := rand.New(rand.NewPCG(uint64(c.tag), 7))
	for _, vrf := range []string{"", "red"} {
		for _, session := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "eth0"} {
			if own.IntN(2) == 0 {
				c.at[vrf+"/"+session] = []string{"", "set community 64512:11 additive", "set local-preference 150"}[own.IntN(3)]
			}
		}
	}
	w.classes[name] = c
	return name
}

// moveClass gives all routes of one class to another.
func (w *world) moveClass(r *rand.Rand) {
	from, to := pick(r, w.classes), w.class(r)
	for key, class := range w.routes {
		if class == from {
			w.routes[key] = to
		}
	}
}

// text writes the world as speaker would. Numbers of entries collide often.
func (w *world) text() string {
	var b strings.Builder
	for _, line := range w.opaque {
		fmt.Fprintln(&b, line)
	}
	if len(w.profiles) > 0 {
		fmt.Fprintln(&b, "bfd")
		for _, name := range slices.Sorted(maps.Keys(w.profiles)) {
			fmt.Fprintf(&b, " profile %s\n  %s\n exit\n", name, strings.Join(w.profiles[name], "\n  "))
		}
		fmt.Fprintln(&b, "exit")
	}
	used := map[string]bool{}
	for _, class := range w.routes {
		used[class] = true
	}
	names := slices.Sorted(maps.Keys(used))
	for _, name := range names {
		fmt.Fprintf(&b, "route-map %s permit 10\n description note %d\n set tag %d\nexit\n", name, w.note, w.classes[name].tag)
	}
	for _, key := range slices.Sorted(maps.Keys(w.sessions)) {
		w.filters(&b, key, names)
	}
	for _, vrf := range slices.Sorted(maps.Keys(w.asn)) {
		w.instance(&b, vrf)
	}
	for n, entry := range w.list {
		fmt.Fprintf(&b, "ip prefix-list P seq %d %s\n", 5*n+5, entry)
	}
	return b.String()
}

func (s *wSession) id() string {
	if s.vrf != "" {
		return s.name + "-" + s.vrf
	}
	return s.name
}

func (w *world) filters(b *strings.Builder, key string, names []string) {
	s := w.sessions[key]
	fmt.Fprintf(b, "! BGPPeer p\nroute-map %s-in deny 20\nexit\n", s.id())
	taken := map[int]bool{}
	for _, name := range names {
		class := w.classes[name]
		attributes, ok := class.at[key]
		if !ok {
			continue
		}
		number := class.tag%7 + 1
		for taken[number] {
			number++
		}
		taken[number] = true
		fmt.Fprintf(b, "route-map %s-out permit %d\n match tag %d\n", s.id(), number, class.tag)
		if attributes != "" {
			fmt.Fprintf(b, " %s\n", attributes)
		}
		fmt.Fprintln(b, "exit")
	}
	if metric := w.open[key]; metric > 0 {
		fmt.Fprintf(b, "route-map %s-out permit 90\n set metric %d\nexit\n", s.id(), metric)
	}
	fmt.Fprintf(b, "route-map %s-out deny 100\nexit\n", s.id())
}

func (w *world) instance(b *strings.Builder, vrf string) {
	fmt.Fprintf(b, "router bgp %d", w.asn[vrf])
	if vrf != "" {
		fmt.Fprintf(b, " vrf %s", vrf)
	}
	fmt.Fprintln(b, "\n no bgp ebgp-requires-policy\n no bgp network import-check\n no bgp default ipv4-unicast\n coalesce-time 0")
	if id := w.routerID[vrf]; id != "" {
		fmt.Fprintf(b, " bgp router-id %s\n", id)
	}
	keys := slices.Sorted(maps.Keys(w.sessions))
	for _, key := range keys {
		if s := w.sessions[key]; s.vrf == vrf {
			for _, line := range s.lines {
				fmt.Fprintf(b, " neighbor %s %s\n", s.name, line)
			}
		}
	}
	for _, family := range []string{"ipv4 unicast", "ipv6 unicast"} {
		fmt.Fprintf(b, " address-family %s\n", family)
		for _, route := range slices.Sorted(maps.Keys(w.routes)) {
			if f := strings.Split(route, "|"); f[0] == vrf && f[1] == family {
				fmt.Fprintf(b, "  network %s route-map %s\n", f[2], w.routes[route])
			}
		}
		for _, key := range keys {
			if s := w.sessions[key]; s.vrf == vrf && slices.Contains(s.families, family) {
				fmt.Fprintf(b, "  neighbor %[1]s activate\n  neighbor %[1]s route-map %[2]s-in in\n  neighbor %[1]s route-map %[2]s-out out\n", s.name, s.id())
			}
		}
		fmt.Fprintln(b, " exit-address-family")
	}
	fmt.Fprintln(b, "exit")
}

// randomText is a world of middling size.
func randomText(seed uint64) string {
	return newWorld(rand.New(rand.NewPCG(seed, 99)), 15).text()
}
