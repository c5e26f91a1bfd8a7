package frrdiff

import "strings"

// takeBack removes what "no text" removes of what stands before it: the line itself,
// lines that say more, and the line that has its slot.
func (b *builder) takeBack(parent *node, text string) {
	for _, n := range b.beginning(parent, text) {
		if !strings.HasPrefix(n.text, "no ") {
			b.drop(parent, n)
		}
	}
	if n := b.find(parent, slotOf(parent.kind, text)); n != nil && !strings.HasPrefix(n.text, "no ") {
		b.drop(parent, n)
	}
	if l, ok := parseList(text); ok && parent.kind == topBlock {
		b.takeBackEntry(parent, l)
	}
	if w := newWords(text); parent.kind == bgpBlock && neighborOf(text) != "" && removesNeighbor(w) {
		b.takeBackNeighbor(parent, w.first(2))
	}
}

// takeBackEntry removes the entry of a list that says what l says, whatever its number.
func (b *builder) takeBackEntry(parent *node, l listLine) {
	state := b.lists[l.list]
	if l.seq != 0 || state == nil {
		return
	}
	if seq, ok := state.entries[l.rest]; ok && b.hasEntry(parent, l, seq) {
		l.seq = seq
		b.drop(parent, b.find(parent, slotOf(topBlock, l.text())))
	}
}

// takeBackNeighbor removes all lines about a neighbor, in families too.
func (b *builder) takeBackNeighbor(parent *node, neighbor string) {
	for _, n := range b.beginning(parent, neighbor) {
		b.drop(parent, n)
	}
	for _, kid := range parent.kids {
		if kid != nil && kid.kind == familyBlock {
			b.takeBackNeighbor(kid, neighbor)
		}
	}
}

// drop removes a node, if it still has its place. sweep closes the gap.
func (b *builder) drop(parent, n *node) {
	if at, ok := b.index[parent][n.slot]; ok && parent.kids[at] == n {
		parent.kids[at] = nil
		delete(b.index[parent], n.slot)
	}
}

// beginning is the lines of a parent that begin with the words of text, "no" aside.
func (b *builder) beginning(parent *node, text string) []*node {
	begins := b.begins[parent]
	if begins == nil {
		begins = map[string][]*node{}
		b.begins[parent] = begins
		for _, kid := range parent.kids {
			if kid != nil {
				addBeginnings(begins, kid)
			}
		}
	}
	return begins[text]
}

func addBeginnings(begins map[string][]*node, n *node) {
	text, _ := bare(n.text)
	for end := 0; end < len(text); end++ {
		space := strings.IndexByte(text[end:], ' ')
		if space < 0 {
			break
		}
		end += space
		begins[text[:end]] = append(begins[text[:end]], n)
	}
	begins[text] = append(begins[text], n)
}
