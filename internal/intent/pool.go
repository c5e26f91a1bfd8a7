package intent

import (
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/bgp"
)

// Pool is a named set of addresses.
type Pool struct {
	Name   string
	Labels labels.Set
	// Ranges are the pool's entries in listed order, each as the CIDRs that cover it.
	Ranges [][]netip.Prefix

	AutoAssign    bool        // false: only for services that ask for the pool, or for an address of it
	AvoidBuggyIPs bool        // IPv4 addresses that end in .0 or .255 stay unused
	Allocation    *Allocation // nil: for every service
}

// Contains reports whether the pool owns an address.
func (p Pool) Contains(a netip.Addr) bool {
	for _, r := range p.Ranges {
		for _, c := range r {
			if c.Contains(a) {
				return true
			}
		}
	}
	return false
}

// has reports whether the pool has addresses of a family.
func (p Pool) has(f bgp.Family) bool {
	for _, r := range p.Ranges {
		if bgp.FamilyOf(r[0].Addr()) == f { // one entry is of one family
			return true
		}
	}
	return false
}

// prefixes lists the CIDRs of all entries.
func (p Pool) prefixes() []netip.Prefix {
	var all []netip.Prefix
	for _, r := range p.Ranges {
		all = append(all, r...)
	}
	return all
}

// poolDraft is a pool that may still overlap others.
type poolDraft struct {
	pool    Pool
	created time.Time // the older of two new pools that overlap goes first
}

func parsePool(o *v1beta1.IPAddressPool, namespaces []*corev1.Namespace, f *findings) poolDraft {
	draft := poolDraft{created: o.CreationTimestamp.Time, pool: Pool{
		Name:          o.Name,
		Labels:        o.Labels,
		AutoAssign:    o.Spec.AutoAssign == nil || *o.Spec.AutoAssign,
		AvoidBuggyIPs: o.Spec.AvoidBuggyIPs,
		Allocation:    parseAllocation(f, o.Spec.AllocateTo, namespaces),
	}}
	const field = "spec.addresses"
	if len(o.Spec.Addresses) == 0 {
		f.refuse(field, "list at least one CIDR or range", "is empty")
	}
	var taken blocks
	for i, text := range o.Spec.Addresses {
		prefixes, c := parseAddresses(text)
		if c != nil {
			f.object(element(field, i), c)
			continue
		}
		if own, other, overlap := taken.clash(prefixes, ""); overlap {
			f.refuse(element(field, i), "remove one of the two", "%s overlaps %s of %s", own, other.prefix, other.owner)
			continue
		}
		taken.add(prefixes, element(field, i))
		draft.pool.Ranges = append(draft.pool.Ranges, prefixes)
	}
	return draft
}
