package intent

import (
	"net/netip"
	"slices"
)

// blocks are prefixes of which no two overlap, and their owners, in order of address.
type blocks []block

type block struct {
	prefix netip.Prefix
	owner  string
}

// clash finds the first of some prefixes that overlaps a block of another owner than self,
// and the first such block.
func (b blocks) clash(prefixes []netip.Prefix, self string) (own netip.Prefix, other block, found bool) {
	for _, p := range prefixes {
		if other, found := b.over(p, self); found {
			return p, other, true
		}
	}
	return netip.Prefix{}, block{}, false
}

// over finds the first block of another owner than self that overlaps a prefix.
func (b blocks) over(p netip.Prefix, self string) (block, bool) {
	for _, have := range b[max(b.position(p)-1, 0):] { // the one before may reach into the prefix
		overlap := p.Overlaps(have.prefix)
		if overlap && have.owner != self {
			return have, true
		}
		if !overlap && p.Addr().Less(have.prefix.Addr()) {
			break // all that come lie behind it, too
		}
	}
	return block{}, false
}

// add enters prefixes that clash with nothing and not with each other.
func (b *blocks) add(prefixes []netip.Prefix, owner string) {
	for _, p := range prefixes {
		*b = slices.Insert(*b, b.position(p), block{p, owner})
	}
}

// position is the number of blocks that start before the prefix does.
func (b blocks) position(p netip.Prefix) int {
	at, _ := slices.BinarySearchFunc(b, p.Addr(), func(have block, addr netip.Addr) int {
		return have.prefix.Addr().Compare(addr)
	})
	return at
}
