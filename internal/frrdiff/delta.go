package frrdiff

// change is a slot that differs between two blocks: from is nil when it is new, to
// when it is gone.
type change struct{ from, to *node }

// changes compares the lines of two blocks, in whatever order they are. What is gone
// comes first, in the order of from, then the rest in the order of to.
//
// Lines that are alike at both ends are skipped without looking them up: that is
// nearly all of them when both texts are ours.
func changes(from, to []*node) []change {
	for len(from) > 0 && len(to) > 0 && alike(from[0], to[0]) {
		from, to = from[1:], to[1:]
	}
	for len(from) > 0 && len(to) > 0 && alike(from[len(from)-1], to[len(to)-1]) {
		from, to = from[:len(from)-1], to[:len(to)-1]
	}
	if len(from) == 0 && len(to) == 0 {
		return nil
	}
	was := make(map[string]*node, len(from))
	for _, n := range from {
		was[n.slot] = n
	}
	var out []change
	for _, n := range to {
		old := was[n.slot]
		if old != nil {
			delete(was, n.slot)
		}
		if old == nil || !alike(old, n) {
			out = append(out, change{old, n})
		}
	}
	if len(was) == 0 {
		return out
	}
	gone := make([]change, 0, len(was)+len(out))
	for _, n := range from {
		if was[n.slot] == n {
			gone = append(gone, change{from: n})
		}
	}
	return append(gone, out...)
}

// alike reports nodes that say the same in the same order. Blocks that say it in
// another order are not alike, and their changes are none.
func alike(a, b *node) bool {
	if a == b {
		return true
	}
	if a.text != b.text || a.block != b.block || len(a.kids) != len(b.kids) {
		return false
	}
	for i := range a.kids {
		if !alike(a.kids[i], b.kids[i]) {
			return false
		}
	}
	return true
}

// kidsOf is the lines of a block that may be missing.
func kidsOf(n *node) []*node {
	if n == nil {
		return nil
	}
	return n.kids
}
