package ipam

import (
	"cmp"
	"net/netip"
	"slices"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// space is a pool, as it is searched for addresses.
type space struct {
	pool     *intent.Pool
	v4, v6   search
	services int // how many have an address of it
}

// search goes through the addresses of one family in the order of the pool's
// entries, once: what it has passed is in use, or not to be used.
type search struct {
	prefixes []netip.Prefix
	at       place
	used     int   // addresses in use
	total    Count // addresses to give out
}

// place is an address and the prefix, by its number, that it is in. The zero
// place is before all others.
type place struct {
	prefix int
	addr   netip.Addr
}

// compare orders places as they are given out.
func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.prefix, o.prefix), p.addr.Compare(o.addr)) // the zero Addr is less than all
}

func (p place) before(o place) bool { return p.compare(o) < 0 }

func newSpace(p *intent.Pool) space {
	s := space{pool: p}
	for _, entry := range p.Ranges {
		for _, prefix := range entry {
			f := s.family(bgp.FamilyOf(prefix.Addr()))
			f.prefixes = append(f.prefixes, prefix)
			f.total = f.total.Add(capacity(prefix, p.AvoidBuggyIPs))
		}
	}
	return s
}

func (s *space) family(f bgp.Family) *search {
	if f == bgp.IPv6Unicast {
		return &s.v6
	}
	return &s.v4
}

// gives reports whether the pool may give out an address that is in its ranges.
func (s *space) gives(a netip.Addr) bool { return !s.pool.AvoidBuggyIPs || !isBuggy(a) }

// free finds the first address that is taken by nobody.
func (s *space) free(f bgp.Family, taken func(netip.Addr) bool) (place, bool) {
	search := s.family(f)
	for ; search.at.prefix < len(search.prefixes); search.at = (place{prefix: search.at.prefix + 1}) {
		prefix := search.prefixes[search.at.prefix]
		if !search.at.addr.IsValid() {
			search.at.addr = prefix.Addr()
		}
		for ; prefix.Contains(search.at.addr); search.at.addr = search.at.addr.Next() {
			if s.gives(search.at.addr) && !taken(search.at.addr) {
				return search.at, true
			}
		}
	}
	return place{}, false
}

// atlas finds the pool of an address. Prefixes of pools do not overlap.
type atlas []region

type region struct {
	prefix netip.Prefix
	space  int
	number int // of the prefix in its search
}

func newAtlas(spaces []space) atlas {
	var a atlas
	for i := range spaces {
		for _, f := range [...]*search{&spaces[i].v4, &spaces[i].v6} {
			for n, prefix := range f.prefixes {
				a = append(a, region{prefix: prefix, space: i, number: n})
			}
		}
	}
	slices.SortFunc(a, func(x, y region) int { return x.prefix.Addr().Compare(y.prefix.Addr()) })
	return a
}

// find returns the pool and the place of an address.
func (a atlas) find(addr netip.Addr) (spaceAt int, at place, found bool) {
	after, exact := slices.BinarySearchFunc(a, addr, func(r region, addr netip.Addr) int {
		return r.prefix.Addr().Compare(addr)
	})
	if !exact {
		after--
	}
	if after < 0 || !a[after].prefix.Contains(addr) {
		return 0, place{}, false
	}
	return a[after].space, place{prefix: a[after].number, addr: addr}, true
}
