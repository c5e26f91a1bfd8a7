package frrdiff

import "strings"

// builder grows a tree from statements in the order they were written.
type builder struct {
	index  map[*node]map[string]int // place of each slot among a parent's kids
	scopes map[*scope]*node
	echoed bool
}

// build makes the tree. In text that a daemon printed, a "no" line takes nothing back.
func build(statements []statement, echoed bool) *node {
	root := &node{kind: topBlock, block: true}
	b := &builder{index: map[*node]map[string]int{}, scopes: map[*scope]*node{}, echoed: echoed}
	for _, s := range statements {
		if s.scope.parent == nil {
			b.scopes[s.scope] = root
		}
		b.apply(s)
	}
	sweep(root)
	return root
}

// parent is the node of a scope, made when its opener was left out.
func (b *builder) parent(sc *scope) *node {
	if n, ok := b.scopes[sc]; ok {
		return n
	}
	return b.open(b.parent(sc.parent), sc, Line{})
}

func (b *builder) apply(s statement) {
	parent := b.parent(s.scope)
	if s.inner != nil {
		b.open(parent, s.inner, s.line)
		return
	}
	text, no := bare(s.text)
	if parent.kind == bgpBlock && unicastLine(newWords(text)) {
		parent = b.family(parent, "address-family ipv4 unicast")
	}
	if no && !b.echoed {
		b.takeBack(parent, text)
		if offByDefault(parent.kind, newWords(text)) {
			return
		}
	}
	b.put(parent, &node{slot: slotOf(parent.kind, text), text: s.text, line: s.line})
}

func (b *builder) open(parent *node, sc *scope, line Line) *node {
	text := spellOpener(sc.kind, sc.opener)
	slot := slotOf(parent.kind, text)
	n := b.find(parent, slot)
	switch {
	case n == nil || !n.block:
		n = &node{slot: slot, text: text, line: line, kind: sc.kind, block: true}
		b.put(parent, n)
	case n.text != text:
		n.text, n.line = text, line
	}
	b.scopes[sc] = n
	return n
}

func (b *builder) family(instance *node, opener string) *node {
	if n := b.find(instance, opener); n != nil {
		return n
	}
	n := &node{slot: opener, text: opener, kind: familyBlock, block: true}
	b.put(instance, n)
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
	if at, ok := index[n.slot]; ok {
		parent.kids[at] = n
		return
	}
	index[n.slot] = len(parent.kids)
	parent.kids = append(parent.kids, n)
}

// takeBack removes what "no text" removes from what stands before it.
func (b *builder) takeBack(parent *node, text string) {
	slot := slotOf(parent.kind, text)
	for at, kid := range parent.kids {
		if kid == nil {
			continue
		}
		set, no := bare(kid.text)
		if no {
			continue
		}
		if kid.slot == slot || set == text || strings.HasPrefix(set, text) && set[len(text)] == ' ' {
			parent.kids[at] = nil
			delete(b.index[parent], kid.slot)
		}
	}
	if parent.kind == bgpBlock && neighborOf(text) != "" && removesNeighbor(newWords(text)) {
		b.takeBackNeighbor(parent, neighborOf(text))
	}
}

func (b *builder) takeBackNeighbor(parent *node, name string) {
	for at, kid := range parent.kids {
		switch {
		case kid == nil:
		case kid.block:
			b.takeBackNeighbor(kid, name)
		case neighborOf(kid.text) == name:
			parent.kids[at] = nil
			delete(b.index[parent], kid.slot)
		}
	}
}

// removesNeighbor: "no neighbor X" and its longer forms remove all of X.
func removesNeighbor(w words) bool {
	switch w.at(2) {
	case "", "remote-as", "interface":
		return true
	}
	return w.at(2) == "peer-group" && w.len() == 3
}

// sweep drops the holes that takeBack left.
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
}

// spellOpener gives an opener the words that FRR prints.
func spellOpener(k kind, opener string) string {
	if k != familyBlock {
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
		return w.len() > 2 && !sessionWord(w.at(2))
	}
	return false
}

// offByDefault reports lines whose "no" form sets nothing: FRR never prints it.
func offByDefault(k kind, w words) bool { return false }
