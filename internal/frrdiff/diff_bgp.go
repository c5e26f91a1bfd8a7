package frrdiff

import (
	"slices"
	"strings"
)

// instance changes one router bgp block; from or to may be nil.
func (d *differ) instance(from, to *node) {
	if from != nil && (to == nil || from.text != to.text) {
		d.say(instancesOff, Command{Text: "no " + from.text, Source: from.line, resets: rebuilt(from, to)})
		from = nil
	}
	if to == nil {
		return
	}
	i := &instanceDiff{differ: d, from: from, to: to, context: []string{to.text}, people: map[string]*neighborDiff{}, disturbed: map[string]bool{}}
	if from == nil {
		d.say(instances, Command{Text: to.text, Source: to.line, Opens: true})
	}
	i.sort()
	i.emit()
}

// instanceDiff is the changes of one instance.
type instanceDiff struct {
	*differ
	from, to *node // from is nil when the instance is new
	context  []string
	people   map[string]*neighborDiff
	names    []string               // of people, in order
	wanted   map[string]wantedLines // by neighbor; nil until needed
	// disturbed is the families of which routes go or change class.
	disturbed map[string]bool
}

// neighborDiff is the changes of one neighbor or peer-group.
type neighborDiff struct {
	name    string
	session []change
	family  []familyChange
	rebuild bool // it is removed and added again
}

// familyChange is a change inside one address family.
type familyChange struct {
	change
	context []string
}

// sort gives the lines of neighbors to their neighbors, and says the others.
func (i *instanceDiff) sort() {
	for _, ch := range changes(kidsOf(i.from), i.to.kids) {
		n := ch.to
		if n == nil {
			n = ch.from
		}
		switch name := neighborOf(n.text); {
		case n.kind == familyBlock:
			i.familyLines(ch, n)
		case name != "":
			p := i.person(name)
			p.session = append(p.session, ch)
		default:
			i.setting(ch)
		}
	}
}

func (i *instanceDiff) person(name string) *neighborDiff {
	p := i.people[name]
	if p == nil {
		p = &neighborDiff{name: name}
		i.people[name] = p
		i.names = append(i.names, name)
	}
	return p
}

// setting changes a line of the instance itself.
func (i *instanceDiff) setting(ch change) {
	if i.implied(bgpBlock, ch) {
		return
	}
	b := instances
	switch {
	case ch.to == nil && ch.from.text == "bgp deterministic-med":
		b = settingsOff
	case ch.to != nil && strings.HasPrefix(ch.to.text, "bgp listen range "):
		b = groupRanges
	}
	first := len(i.buckets[b])
	i.say(b, inside(bgpBlock, []change{ch}, i.context)...)
	if why := resetsAll(ch); why != "" && first < len(i.buckets[b]) {
		i.buckets[b][first].resets = i.everyone(why)
	}
}

// familyLines sorts the changes in one family.
func (i *instanceDiff) familyLines(ch change, block *node) {
	context := append(slices.Clip(i.context), block.text)
	for _, ch := range changes(kidsOf(ch.from), kidsOf(ch.to)) {
		n := ch.to
		if n == nil {
			n = ch.from
		}
		name := neighborOf(n.text)
		if isNetwork(n) && ch.from != nil {
			i.disturbed[block.text] = true
		}
		switch {
		case name != "":
			p := i.person(name)
			p.family = append(p.family, familyChange{ch, context})
		case ch.to == nil && isNetwork(n):
			i.say(networksOff, remove(familyBlock, n, context)...)
		case ch.to != nil && (ch.from == nil || overwrites(familyBlock, ch.from, ch.to)):
			i.say(networks, Command{Context: context, Text: n.text, Source: n.line})
		default:
			i.say(networks, inside(familyBlock, []change{ch}, context)...)
		}
	}
}

// emit says the changes of neighbors: those that go, with one line each; those that
// are new, before any filter is edited; the rest of all of them, neighbor by neighbor.
func (i *instanceDiff) emit() {
	if len(i.names) == 0 {
		return
	}
	before, after := map[string]bool{}, neighborsOf(i.to)
	if i.from != nil {
		before = neighborsOf(i.from)
		i.markRebuilt()
	}
	for _, group := range []bool{false, true} {
		for _, name := range i.names {
			if before[name] && (!after[name] || i.people[name].rebuild) && isGroup(i.from, name) == group {
				i.drop(name, after[name])
			}
		}
	}
	for _, group := range []bool{true, false} {
		for _, name := range i.names {
			if after[name] && isGroup(i.to, name) == group {
				i.neighbor(i.people[name], before[name] && !i.people[name].rebuild)
			}
		}
	}
	for _, name := range i.names {
		if !before[name] && !after[name] {
			i.edit(i.people[name], nil)
		}
	}
}

// markRebuilt finds the neighbors that FRR wants made anew: those that lose a line
// that created them or leave their peer-group, the members of such a peer-group, and
// those whose session is to be another one.
func (i *instanceDiff) markRebuilt() {
	for _, name := range slices.Clone(i.names) {
		p := i.people[name]
		p.rebuild = p.rebuild || slices.ContainsFunc(p.session, func(ch change) bool {
			return ch.from != nil && creates(ch.from) && (ch.to == nil || strings.Contains(ch.from.text, " peer-group "))
		}) || slices.ContainsFunc(p.session, i.isAnother)
		if !p.rebuild || !isGroup(i.from, name) {
			continue
		}
		for _, kid := range i.from.kids {
			if creates(kid) && strings.HasSuffix(kid.text, " peer-group "+name) {
				i.person(neighborOf(kid.text)).rebuild = true
			}
		}
	}
}

// isGroup reports whether a name is a peer-group's.
func isGroup(instance *node, name string) bool {
	return instance != nil && has(instance.kids, "neighbor "+name+" peer-group")
}

// drop removes a neighbor with all its lines.
func (i *instanceDiff) drop(name string, comesBack bool) {
	text := "no neighbor " + name
	if isGroup(i.from, name) {
		text += " peer-group"
	}
	c := Command{Context: i.context, Text: text}
	for _, kid := range i.from.kids {
		if creates(kid) && neighborOf(kid.text) == name {
			c.Source = kid.line
			break
		}
	}
	if comesBack {
		for _, ch := range i.people[name].session {
			c.resets = append(c.resets, i.resetOf(ch)...)
		}
	}
	if comesBack && len(c.resets) == 0 {
		c.resets = []reset{{name, vrfOf(i.to), "it is removed and added again"}}
	}
	i.say(neighborsOff, c)
}

// neighbor makes a new neighbor, or changes one that stays.
func (i *instanceDiff) neighbor(p *neighborDiff, stays bool) {
	if stays {
		i.edit(p, i.resetOf)
		return
	}
	lines := i.linesOf(p.name)
	for _, creation := range []bool{true, false} {
		for _, n := range lines.session {
			if creates(n) == creation {
				i.say(newNeighbors, Command{Context: i.context, Text: n.text, Source: n.line})
			}
		}
	}
	i.edit(&neighborDiff{name: p.name, family: lines.family}, nil)
}

// wantedLines is everything that to says of a neighbor.
type wantedLines struct {
	session []*node
	family  []familyChange
}

func (i *instanceDiff) linesOf(name string) wantedLines {
	if i.wanted == nil {
		i.wanted = map[string]wantedLines{}
		for _, kid := range i.to.kids {
			i.note(kid)
		}
	}
	return i.wanted[name]
}

// note adds a line, or the lines of a family, to those of their neighbors.
func (i *instanceDiff) note(kid *node) {
	if kid.kind != familyBlock {
		if name := neighborOf(kid.text); name != "" {
			w := i.wanted[name]
			w.session = append(w.session, kid)
			i.wanted[name] = w
		}
		return
	}
	context := append(slices.Clip(i.context), kid.text)
	for _, n := range kid.kids {
		if name := neighborOf(n.text); name != "" {
			w := i.wanted[name]
			w.family = append(w.family, familyChange{change{to: n}, context})
			i.wanted[name] = w
		}
	}
}

// edit says the changes of one neighbor in an order in which no family is ever active
// without its filters, and nothing is set while its opposite still is.
func (i *instanceDiff) edit(p *neighborDiff, why func(change) []reset) {
	b := neighbors
	said := func(k kind, ch change, context []string) {
		first := len(i.buckets[b])
		i.say(b, inside(k, []change{ch}, context)...)
		if why != nil && first < len(i.buckets[b]) {
			i.buckets[b][first].resets = why(ch)
		}
	}
	family := func(ranks ...editRank) {
		for _, wanted := range ranks {
			for _, ch := range p.family {
				if rankOf(ch.change) == wanted {
					said(familyBlock, ch.change, ch.context)
				}
			}
		}
	}
	family(deactivate)
	if i.joins(p) {
		b = joiners
	}
	for _, gone := range []bool{true, false} {
		for _, ch := range p.session {
			if (ch.to == nil) == gone && !i.implied(bgpBlock, ch) && !p.goesWithBFD(ch) {
				said(bgpBlock, ch, i.context)
			}
		}
		if gone {
			family(takeBack)
		}
	}
	family(filter, other, activation, unfilter)
	if p.losesBFD() {
		i.say(b, i.redial(p.name)...)
	}
}

// joins reports whether a family becomes active in which routes are about to go or to
// change class: the neighbor is not to see them before.
func (i *instanceDiff) joins(p *neighborDiff) bool {
	return slices.ContainsFunc(p.family, func(ch familyChange) bool {
		return rankOf(ch.change) == activation && i.disturbed[ch.context[1]]
	})
}

// goesWithBFD reports a line that goes with "no neighbor X bfd".
func (p *neighborDiff) goesWithBFD(ch change) bool {
	bfd := "neighbor " + p.name + " bfd"
	return ch.to == nil && strings.HasPrefix(ch.from.text, bfd+" ") && slices.ContainsFunc(p.session, func(other change) bool {
		return other.to == nil && other.from.text == bfd
	})
}

// editRank orders the changes of a neighbor in a family.
type editRank uint8

const (
	deactivate editRank = iota
	takeBack
	filter
	other
	activation
	unfilter
)

func rankOf(ch change) editRank {
	n := ch.to
	if n == nil {
		n = ch.from
	}
	third := newWords(n.slot).at(2)
	isFilter := third == "route-map" || third == "prefix-list" || third == "distribute-list" || third == "filter-list"
	switch {
	case third == "activate" && (ch.to == nil || strings.HasPrefix(ch.to.text, "no ")):
		return deactivate
	case third == "activate":
		return activation
	case third == "distribute-list" && ch.to == nil, third == "prefix-list" && ch.to == nil:
		return takeBack // FRR takes one of the two, not both
	case isFilter && ch.to == nil:
		return unfilter
	case isFilter:
		return filter
	case ch.to == nil:
		return takeBack
	}
	return other
}

// vrfOf is the VRF of an instance, "" for the default one.
func vrfOf(instance *node) string {
	_, vrf, _ := strings.Cut(instance.slot, " vrf ")
	return vrf
}
