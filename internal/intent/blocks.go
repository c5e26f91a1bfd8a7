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

// clash finds the first of some prefixes that overlaps a block.
func (b blocks) clash(prefixes []netip.Prefix) (own netip.Prefix, other block, found bool) {
	for _, p := range prefixes {
		at := b.position(p)
		if at < len(b) && p.Overlaps(b[at].prefix) {
			return p, b[at], true
		}
		if at > 0 && p.Overlaps(b[at-1].prefix) {
			return p, b[at-1], true
		}
	}
	return netip.Prefix{}, block{}, false
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
