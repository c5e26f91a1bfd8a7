package announce

import (
	"net/netip"
	"slices"
	"strings"

	"frr-speaker/internal/intent"
)

// poolIndex finds the pool of an address. Pools do not overlap: intent.Parse sees to it.
type poolIndex struct {
	pools []intent.Pool
	spans []span // sorted by prefix
}

// span is one block of a pool.
type span struct {
	prefix netip.Prefix
	pool   int
}

func indexPools(pools []intent.Pool) poolIndex {
	index := poolIndex{pools: pools}
	for i, p := range pools {
		for _, r := range p.Ranges {
			for _, c := range r {
				index.spans = append(index.spans, span{c.Masked(), i})
			}
		}
	}
	slices.SortFunc(index.spans, func(a, b span) int { return a.prefix.Compare(b.prefix) })
	return index
}

func (x poolIndex) name(pool int) string { return x.pools[pool].Name }

// find returns the number of the pool that owns an address.
func (x poolIndex) find(a netip.Addr) (int, bool) {
	a = a.Unmap()
	i, exact := slices.BinarySearchFunc(x.spans, a, func(s span, a netip.Addr) int { return s.prefix.Addr().Compare(a) })
	if !exact {
		i-- // the block that starts before the address, if any, is the only one that can hold it
	}
	if i < 0 || !x.spans[i].prefix.Contains(a) {
		return 0, false
	}
	return x.spans[i].pool, true
}

// poolOf returns the one pool that owns all of a service's addresses, or the
// reason why there is none.
func (x poolIndex) poolOf(addresses []netip.Addr) (int, Reason, string) {
	if len(addresses) == 0 {
		return 0, NoIPAllocated, ""
	}
	owner := -1
	for _, a := range addresses {
		if !a.IsValid() {
			return 0, InvalidIP, "status.loadBalancer.ingress holds an address that is not one"
		}
		pool, found := x.find(a)
		if !found {
			return 0, IPNotAllowed, a.String() + " is in no IPAddressPool"
		}
		if owner >= 0 && owner != pool {
			names := []string{x.pools[owner].Name, x.pools[pool].Name}
			return 0, IPNotAllowed, "the addresses are in different IPAddressPools: " + strings.Join(names, ", ")
		}
		owner = pool
	}
	return owner, 0, ""
}
