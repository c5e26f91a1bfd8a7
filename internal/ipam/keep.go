package ipam

import (
	"fmt"
	"net/netip"
	"slices"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// keepAll lets services keep what they hold, and returns those that are to get something.
func (p *planner) keepAll(order []int) (waiting []int) {
	for _, i := range order {
		if g := &p.grants[i]; p.mayHave(g) && (!p.keep(g) || wantsSecond(g)) {
			waiting = append(waiting, i)
		}
	}
	return waiting
}

// mayHave tells the services that can have an address at all.
func (p *planner) mayHave(g *Grant) bool {
	r := g.Request
	switch {
	case !r.Balanced:
		return false
	case len(p.spaces)+len(p.unusable) == 0:
		g.fail(AllocationFailed, "there is no IPAddressPool; create one")
		return false
	case len(r.Families) == 0:
		g.Notes = append(g.Notes, warning(NoClusterFamily,
			"%s has no cluster address that would tell which family it needs", key(r)))
		return false
	case r.Stacks == intent.RequireDualStack && len(r.Families) < 2:
		g.Notes = append(g.Notes, warning(NotEnoughClusterIPs,
			"%s requires both address families, but its cluster addresses are of one", key(r)))
		return false
	default:
		return true
	}
}

// keep reports whether a service keeps what it holds. What it asks for and cannot
// be read takes nothing away.
func (p *planner) keep(g *Grant) bool {
	r := g.Request
	if len(r.Holds) == 0 {
		return false
	}
	if !familiesKnown(r.Holds) {
		g.Notes = append(g.Notes, warning(NoAddressFamily,
			"%s has %s, which is neither one address nor one of each family", key(r), list(r.Holds)))
		return false
	}
	if !familiesFit(r) {
		return false
	}
	if p.frozen(r) {
		p.freeze(g)
		return true
	}
	spaceAt, places, why := p.permitted(r, r.Holds)
	if why != "" {
		g.Notes = append(g.Notes, normal(ClearAssignment,
			"current IP for %q not allowed by config, will retry: %s", key(r), why))
		return false
	}
	if pool := p.spaces[spaceAt].pool.Name; r.Pool != "" && r.Pool != pool {
		return false
	}
	if r.Refused != "" {
		g.Notes = append(g.Notes, warning(LoadBalancerFailed, "invalid requested loadbalancer IPs: %s", r.Refused))
	} else if len(r.Addresses) > 0 && !sameSet(r.Addresses, r.Holds) {
		return false
	}
	p.give(g, spaceAt, places)
	return true
}

// familiesKnown reports whether addresses are one, or one of each family.
func familiesKnown(addresses []netip.Addr) bool {
	for _, a := range addresses {
		if !a.IsValid() {
			return false
		}
	}
	switch len(addresses) {
	case 1:
		return true
	case 2:
		return bgp.FamilyOf(addresses[0]) != bgp.FamilyOf(addresses[1])
	default:
		return false
	}
}

// familiesFit reports whether what a service holds is of the families of its
// cluster addresses. PreferDualStack is content with one of two.
func familiesFit(r *intent.Request) bool {
	if len(r.Holds) == len(r.Families) {
		return len(r.Holds) == 2 || bgp.FamilyOf(r.Holds[0]) == r.Families[0]
	}
	return len(r.Families) == 2 && r.Stacks == intent.PreferDualStack
}

// frozen tells the services whose pool cannot be read at the moment. Their
// addresses stay theirs: a mistake in a pool takes nothing away.
func (p *planner) frozen(r *intent.Request) bool {
	if len(p.unusable) == 0 {
		return false
	}
	if slices.Contains(p.unusable, r.HeldPool) {
		return true
	}
	_, _, owned := p.owner(r.Holds)
	return !owned && r.HeldPool == ""
}

// freeze lets a service have what it holds, whatever pool it is of. Of several
// services that hold an address all go on.
func (p *planner) freeze(g *Grant) {
	g.Addresses, g.Pool = g.Request.Holds, g.Request.HeldPool
	for _, a := range g.Addresses {
		p.occupy(a, g.Request)
	}
}

// permitted finds the pool of addresses, if the service may have them.
func (p *planner) permitted(r *intent.Request, addresses []netip.Addr) (spaceAt int, places []place, why string) {
	spaceAt, places, owned := p.owner(addresses)
	if !owned {
		return 0, nil, p.notOwned(addresses)
	}
	pool := p.spaces[spaceAt].pool
	if !pool.Allocation.Allows(r.Service.Namespace, r.Labels) {
		return 0, nil, fmt.Sprintf("IPAddressPool %s is for other services by its serviceAllocation", pool.Name)
	}
	for _, a := range addresses {
		if o := p.obstacle(a, r); o.kind != noObstacle {
			return 0, nil, o.about(a, r)
		}
	}
	return spaceAt, places, ""
}

// notOwned says why no pool gives out all of some addresses.
func (p *planner) notOwned(addresses []netip.Addr) string {
	for _, a := range addresses {
		s, _, found := p.atlas.find(a)
		switch {
		case !found:
			return fmt.Sprintf("%s is in no IPAddressPool", a)
		case !p.spaces[s].gives(a):
			return fmt.Sprintf("IPAddressPool %s has avoidBuggyIPs and does not give out %s", p.spaces[s].pool.Name, a)
		}
	}
	return fmt.Sprintf("%s are of two IPAddressPools; both must be of one", list(addresses))
}

// give lets a service have addresses of a pool.
func (p *planner) give(g *Grant, spaceAt int, places []place) {
	p.book(g.Request, spaceAt, places...)
	s := &p.spaces[spaceAt]
	if len(g.Addresses) == 0 {
		s.services++
	}
	g.Pool = s.pool.Name
	for _, at := range places {
		g.Addresses = append(g.Addresses, at.addr)
	}
}

// sameSet reports whether two short lists hold the same addresses.
func sameSet(a, b []netip.Addr) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(addr netip.Addr) bool { return !slices.Contains(b, addr) })
}
