package frrdiff

import (
	"slices"
	"strings"
)

// builder grows a tree from statements in the order they were written.
type builder struct {
	root   *node
	index  map[*node]map[string]int // place of each slot among a parent's kids
	scopes map[*scope]*node
	lists  map[string]*listState
	echoed bool
	slab   []node                       // nodes are made many at a time
	begins map[*node]map[string][]*node // lines of a parent by each beginning of theirs, once "no" asked for it
}

// listState is what has been seen of a numbered list.
type listState struct {
	highest int64
	entries map[string]int64 // number of the first entry that says this
}

// build makes the tree. In text that a daemon printed, a "no" line takes nothing back.
func build(statements []statement, echoed bool) *node {
	b := &builder{
		root:   &node{kind: topBlock, block: true},
		index:  map[*node]map[string]int{},
		scopes: map[*scope]*node{},
		lists:  map[string]*listState{},
		begins: map[*node]map[string][]*node{},
		echoed: echoed,
	}
	for i := range statements {
		b.apply(&statements[i])
	}
	sweep(b.root)
	return b.root
}

// parent is the node of a scope, made when its opener was left out.
func (b *builder) parent(sc *scope) *node {
	if sc.parent == nil {
		return b.root
	}
	if n, ok := b.scopes[sc]; ok {
		return n
	}
	return b.open(b.parent(sc.parent), sc, Line{})
}

func (b *builder) apply(s *statement) {
	parent := b.parent(s.scope)
	if s.inner != nil {
		b.open(parent, s.inner, s.line)
		return
	}
	text, no := bare(s.text)
	if parent.kind == bgpBlock && unicastLine(newWords(text)) {
		parent = b.block(parent, "address-family ipv4 unicast", familyBlock)
	}
	spelled := spell(parent.kind, text)
	if spelled.vrf != "" {
		parent = b.block(parent, "vrf "+spelled.vrf, vrfBlock)
	}
	b.set(parent, spelled.text, no, s.line)
	if spelled.more != "" {
		b.set(parent, spelled.more, no, s.line)
	}
}

// set writes or, with no, takes back one line.
func (b *builder) set(parent *node, text string, no bool, line Line) {
	if third, all := strings.CutSuffix(text, " send-community all"); all {
		for _, kind := range []string{"", " extended", " large"} {
			b.set(parent, third+" send-community"+kind, no, line)
		}
		return
	}
	if !no {
		b.add(parent, text, line)
		return
	}
	if !b.echoed {
		b.takeBack(parent, text)
		if offByDefault(parent.kind, newWords(text)) {
			return
		}
	}
	b.put(parent, b.node(slotOf(parent.kind, text), "no "+text, line))
}

func (b *builder) add(parent *node, text string, line Line) {
	if parent.kind == topBlock {
		if l, ok := parseList(text); ok {
			b.addToList(parent, l, line)
			return
		}
	}
	b.put(parent, b.node(slotOf(parent.kind, text), text, line))
}

func (b *builder) node(slot, text string, line Line) *node {
	if len(b.slab) == 0 {
		b.slab = make([]node, 128)
	}
	n := &b.slab[0]
	b.slab = b.slab[1:]
	n.slot, n.text, n.line = slot, text, line
	return n
}

// addToList numbers an entry as FRR would. A repeated entry changes nothing.
func (b *builder) addToList(parent *node, l listLine, line Line) {
	state := b.lists[l.list]
	if state == nil {
		state = &listState{entries: map[string]int64{}}
		b.lists[l.list] = state
	}
	if l.seq == 0 {
		if at, ok := state.entries[l.rest]; ok && b.hasEntry(parent, l, at) {
			return
		}
		l.seq = l.next(state.highest)
	}
	state.highest = max(state.highest, l.seq)
	if _, ok := state.entries[l.rest]; !ok {
		state.entries[l.rest] = l.seq
	}
	text := l.text()
	b.put(parent, b.node(slotOf(topBlock, text), text, line))
}

func (b *builder) hasEntry(parent *node, l listLine, seq int64) bool {
	l.seq = seq
	n := b.find(parent, slotOf(topBlock, l.text()))
	return n != nil && n.text == l.text()
}

func (b *builder) open(parent *node, sc *scope, line Line) *node {
	text := spellOpener(sc.kind, sc.opener)
	slot := slotOf(parent.kind, text)
	n := b.find(parent, slot)
	if n != nil && sc.kind == bgpBlock && n.text != text {
		if text == slot {
			text = n.text // FRR takes "router bgp" for the instance that is there
		} else {
			// FRR refuses a second AS in one VRF: it stays apart, to be refused with its object.
			slot = text
			n = b.find(parent, slot)
		}
	}
	switch {
	case n == nil || !n.block:
		n = &node{slot: slot, text: text, line: line, kind: sc.kind, block: true}
		if sc.lines > 8 {
			n.kids, b.index[n] = make([]*node, 0, sc.lines), make(map[string]int, sc.lines)
		}
		b.put(parent, n)
	case n.text != text:
		n.text, n.line = text, line
	}
	b.scopes[sc] = n
	return n
}

// block is a block of parent by its opener, made when there is none yet.
func (b *builder) block(parent *node, opener string, k kind) *node {
	if n := b.find(parent, opener); n != nil {
		return n
	}
	n := &node{slot: opener, text: opener, kind: k, block: true}
	b.put(parent, n)
	return n
}

func (b *builder) find(parent *node, slot string) *node {
	if at, ok := b.index[parent][slot]; ok {
		return parent.kids[at]
	}
	return nil
}

// put adds a node, in place of the one that has its slot.
func (b *builder) put(parent, n *node) {
	index := b.index[parent]
	if index == nil {
		index = map[string]int{}
		b.index[parent] = index
	}
	if begins := b.begins[parent]; begins != nil {
		addBeginnings(begins, n)
	}
	if at, ok := index[n.slot]; ok {
		parent.kids[at] = n
		return
	}
	index[n.slot] = len(parent.kids)
	parent.kids = append(parent.kids, n)
}

// removesNeighbor: "no neighbor X" and its longer forms remove all of X.
func removesNeighbor(w words) bool {
	switch w.at(2) {
	case "", "remote-as":
		return true
	case "interface":
		return w.at(3) == "" || w.at(3) == "remote-as" || w.at(3) == "v6only" || w.at(3) == "peer-group"
	}
	return w.at(2) == "peer-group"
}

// sweep drops the holes that takeBack left, and puts what an instance says of its neighbors
// before its families, which speak of them: a block may have been written in two parts.
func sweep(n *node) {
	kept := n.kids[:0]
	for _, kid := range n.kids {
		if kid == nil {
			continue
		}
		sweep(kid)
		kept = append(kept, kid)
	}
	n.kids = kept
	if n.kind == bgpBlock {
		slices.SortStableFunc(n.kids, func(a, b *node) int { return rank(a) - rank(b) })
	}
}

// rank of a line is 0, that of a block 1.
func rank(n *node) int {
	if n.block {
		return 1
	}
	return 0
}

// spellOpener gives an opener the words that FRR prints.
func spellOpener(k kind, opener string) string {
	switch k {
	case bfdPeerBlock:
		return strings.TrimSuffix(opener, " vrf default")
	case familyBlock:
	default:
		return opener
	}
	switch opener {
	case "address-family ipv4", "address-family ipv6":
		return opener + " unicast"
	case "address-family vpnv4", "address-family vpnv4 unicast":
		return "address-family ipv4 vpn"
	case "address-family vpnv6", "address-family vpnv6 unicast":
		return "address-family ipv6 vpn"
	}
	return opener
}

// unicastLine reports lines that router bgp takes for its IPv4 unicast family.
func unicastLine(w words) bool {
	switch w.at(0) {
	case "network", "redistribute", "aggregate-address", "maximum-paths", "table-map", "distance":
		return true
	case "neighbor":
		return w.len() > 2 && !sessionLine(w)
	case "bgp":
		return w.at(1) == "dampening"
	}
	return false
}
