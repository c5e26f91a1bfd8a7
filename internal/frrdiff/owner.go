package frrdiff

import (
	"slices"
	"strings"
)

// Daemon is an FRR daemon that takes configuration over its vty.
type Daemon string

// The daemons that speaker's text and bgpextras can speak to.
const (
	Mgmtd   Daemon = "mgmtd"
	Zebra   Daemon = "zebra"
	Staticd Daemon = "staticd"
	Bfdd    Daemon = "bfdd"
	Bgpd    Daemon = "bgpd"
)

// Layout is what is known of the FRR that runs.
type Layout struct {
	Mgmtd bool // mgmtd runs: it owns what staticd and, from FRR 10 on, zebra own without it

	// Version is what FRR calls itself, "10.3"; "" stands for 10 or later when mgmtd
	// runs. It only matters for FRR 9, where zebra has its lines although mgmtd runs.
	Version string

	// Owners says which daemons take a line that this package does not know, by
	// Command.Key. It is learned by asking each daemon (status 2: not its line). A
	// line that is not in it belongs to no daemon; Unknown lists those.
	Owners map[string][]Daemon
}

// Key identifies a line and the blocks around it, for Layout.Owners.
func (c Command) Key() string {
	return strings.Join(append(append([]string{}, c.Context...), c.Text), "\n")
}

func (l Layout) static() Daemon {
	if l.Mgmtd {
		return Mgmtd
	}
	return Staticd
}

func (l Layout) zebra() Daemon {
	if l.Mgmtd && !strings.HasPrefix(l.Version, "9.") {
		return Mgmtd
	}
	return Zebra
}

// For is the part of c that daemon d owns. What a daemon printed and nobody is known
// to own is its own. zebra (or mgmtd) gets those route-maps and lists that its own
// lines use; bgpd gets all. One that a daemon printed is its own as well: vtysh gives
// filters to every daemon that takes them, and who wrote them by hand left copies.
func (c *Config) For(d Daemon, layout Layout) *Config {
	o := owner{config: c, daemon: d, layout: layout}
	part := *c
	part.statements = nil
	part.daemon = d
	part.root = o.part(c.root, topBlock, nil)
	return &part
}

// Unknown are the lines of c whose owner has to be asked for: no daemon is known
// for them, and layout.Owners does not have them. Of a block it is the opener.
func (c *Config) Unknown(layout Layout) []Command {
	o := owner{config: c, layout: layout}
	o.part(c.root, topBlock, nil)
	return o.unknown
}

type owner struct {
	config  *Config
	daemon  Daemon
	layout  Layout
	unknown []Command
	used    map[string]bool // filters that lines of zebra use; nil until it is needed
}

// part is n with what is the daemon's.
func (o *owner) part(n *node, k kind, context []string) *node {
	part := *n
	part.kids = make([]*node, 0, len(n.kids))
	for _, kid := range n.kids {
		if kid.block && (kid.kind == interfaceBlock || kid.kind == vrfBlock) {
			if p := o.part(kid, kid.kind, append(slices.Clip(context), kid.text)); len(p.kids) > 0 {
				part.kids = append(part.kids, p)
			}
			continue
		}
		if !slices.Contains(o.owners(k, kid, context), o.daemon) {
			continue
		}
		if kid.kind == routeMapBlock {
			kid = o.entry(kid)
		}
		part.kids = append(part.kids, kid)
	}
	return &part
}

// owners are the daemons that take a line or block.
func (o *owner) owners(k kind, n *node, context []string) []Daemon {
	text, _ := bare(n.text)
	owners, known := o.known(k, newWords(text))
	if known {
		return owners
	}
	ask := Command{Context: context, Text: n.text, Source: n.line, Opens: n.block}
	owners, known = o.layout.Owners[ask.Key()]
	switch {
	case known:
		return owners
	case o.config.echoed():
		return []Daemon{o.daemon}
	}
	o.unknown = append(o.unknown, ask)
	return nil
}

func (o *owner) known(k kind, w words) (owners []Daemon, known bool) {
	switch k {
	case interfaceBlock:
		if w.at(0) == "mpls" && w.at(1) == "bgp" {
			return []Daemon{Bgpd}, true
		}
		return o.knownInterface(w)
	case vrfBlock:
		if second := w.at(1); second == "route" || second == "mroute" {
			return []Daemon{o.layout.static()}, true
		}
		return []Daemon{o.layout.zebra()}, acceptsVRF(w)
	}
	return o.knownTop(w)
}

func (o *owner) knownInterface(w words) (owners []Daemon, known bool) {
	switch w.at(0) {
	case "description", "shutdown", "bandwidth", "multicast", "link-detect":
		return []Daemon{o.layout.zebra()}, true
	case "ip", "ipv6":
		second := w.at(1)
		return []Daemon{o.layout.zebra()}, second == "address" || second == "nd"
	}
	return nil, false
}

func (o *owner) knownTop(w words) (owners []Daemon, known bool) {
	switch w.at(0) {
	case "router":
		return []Daemon{Bgpd}, w.at(1) == "bgp"
	case "bfd":
		return []Daemon{Bfdd}, true
	case "bgp":
		return []Daemon{Bgpd}, true
	case "route-map", "access-list":
		return o.filter(w.first(2)), true
	case "debug":
		return ownersOfDebug(w.at(1))
	case "log", "hostname", "domainname", "frr", "password", "enable", "line", "banner":
		return []Daemon{Mgmtd, Zebra, Staticd, Bgpd, Bfdd}, true
	case "service":
		if w.at(1) == "integrated-vtysh-config" {
			return nil, true // vtysh's own
		}
		return []Daemon{Mgmtd, Zebra, Staticd, Bgpd, Bfdd}, true
	case "ip", "ipv6":
		return o.knownIP(w)
	case "zebra":
		if w.at(1) == "route-map" {
			return []Daemon{o.layout.zebra()}, true
		}
		return []Daemon{Zebra}, true
	}
	return nil, false
}

func (o *owner) knownIP(w words) (owners []Daemon, known bool) {
	switch w.at(1) {
	case "route", "mroute":
		return []Daemon{o.layout.static()}, true
	case "nht", "protocol", "router-id", "table":
		return []Daemon{o.layout.zebra()}, true
	case "forwarding", "import-table":
		return []Daemon{Zebra}, true
	case "prefix-list", "access-list":
		return o.filter(w.first(3)), true
	}
	return nil, false
}

func ownersOfDebug(what string) (owners []Daemon, known bool) {
	switch what {
	case "bgp":
		return []Daemon{Bgpd}, true
	case "bfd":
		return []Daemon{Bfdd}, true
	case "zebra":
		return []Daemon{Zebra}, true
	}
	return nil, false
}

// filter is the owners of a route-map ("route-map NAME") or list.
func (o *owner) filter(name string) []Daemon {
	if o.config.echoed() && o.daemon != "" && (o.daemon != Zebra || o.layout.zebra() == Zebra) {
		return []Daemon{o.daemon} // zebra behind mgmtd shows what it was given, and takes none itself
	}
	if o.used == nil {
		o.used = usedByZebra(o.config.root)
	}
	if o.used[name] {
		return []Daemon{o.layout.zebra(), Bgpd}
	}
	return []Daemon{Bgpd}
}

// entry is an entry of a route-map with the lines that the daemon knows.
func (o *owner) entry(n *node) *node {
	zebra := o.daemon != Bgpd
	mixed := slices.ContainsFunc(n.kids, func(kid *node) bool { return !o.takes(zebra, newWords(kid.text)) })
	if !mixed || o.daemon == "" {
		return n
	}
	entry := *n
	entry.kids = slices.DeleteFunc(slices.Clone(n.kids), func(kid *node) bool { return !o.takes(zebra, newWords(kid.text)) })
	return &entry
}

// takes reports whether zebra, or else bgpd, takes a line of a route-map.
func (o *owner) takes(zebra bool, w words) bool {
	ofZebra := false
	switch w.at(0) {
	case "match":
		switch w.at(1) {
		case "source-instance":
			return zebra
		case "source-protocol":
			return zebra || o.layout.Mgmtd
		case "interface", "tag", "metric":
			ofZebra = true
		case "ip", "ipv6":
			if w.at(3) == "prefix-len" {
				return zebra
			}
			ofZebra = w.at(2) == "address" || w.at(2) == "next-hop" && w.at(3) != "address" && (w.at(1) == "ip" || w.at(3) == "type")
		}
	case "set":
		switch w.at(1) {
		case "src":
			return zebra
		case "tag", "metric":
			ofZebra = true
		case "ip":
			ofZebra = w.at(2) == "next-hop" && w.at(3) != "peer-address" && w.at(3) != "unchanged"
		case "ipv6":
			ofZebra = w.at(3) == "local"
		}
	default:
		ofZebra = true
	}
	return !zebra || ofZebra
}

// usedByZebra is the route-maps that lines of zebra name, the ones that these call,
// and the lists that they match.
func usedByZebra(root *node) map[string]bool {
	used := map[string]bool{}
	var visit func(n *node)
	visit = func(n *node) {
		if n.kind == noBlock || n.kind == vrfBlock {
			if _, name, ok := strings.Cut(n.text, " route-map "); ok && !n.block && !strings.HasPrefix(n.text, "no ") {
				used["route-map "+newWords(name).at(0)] = true
			}
			for _, kid := range n.kids {
				visit(kid)
			}
		}
	}
	for _, n := range root.kids {
		visit(n)
	}
	if len(used) == 0 {
		return used
	}
	for before := -1; before != len(used); {
		before = len(used)
		for _, n := range root.kids {
			if n.kind == routeMapBlock && used[newWords(n.text).first(2)] {
				useOf(n, used)
			}
		}
	}
	return used
}

// useOf adds what an entry of a route-map refers to.
func useOf(entry *node, used map[string]bool) {
	for _, kid := range entry.kids {
		w := newWords(kid.text)
		switch {
		case w.at(0) == "call":
			used["route-map "+w.at(1)] = true
		case w.at(0) != "match" || w.at(1) != "ip" && w.at(1) != "ipv6":
		case w.at(3) == "prefix-list":
			used[w.at(1)+" prefix-list "+w.at(4)] = true
		case w.len() == 4:
			used["access-list "+w.at(3)] = true
			used["ipv6 access-list "+w.at(3)] = true
		}
	}
}
