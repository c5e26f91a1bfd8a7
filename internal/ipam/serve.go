package ipam

import (
	"fmt"
	"slices"
	"strings"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// wantsSecond reports whether a service has one address of the two that it prefers.
func wantsSecond(g *Grant) bool {
	r := g.Request
	return r.Stacks == intent.PreferDualStack && len(r.Families) == 2 && len(g.Addresses) == 1 &&
		len(r.Addresses) == 0 && r.Refused == ""
}

// serve gives a service addresses, or says why it gets none.
func (p *planner) serve(g *Grant) {
	if len(g.Addresses) > 0 {
		p.addSecond(g)
		return
	}
	r := g.Request
	spaceAt, places, why := p.choose(r)
	if why != "" {
		g.fail(AllocationFailed, "%s", why)
		return
	}
	p.give(g, spaceAt, places)
	g.Notes = append(g.Notes, normal(IPAllocated, "Assigned IP %s", list(g.Addresses)))
}

func (g *Grant) fail(reason Reason, format string, args ...any) {
	g.Notes = append(g.Notes, warning(reason, "Failed to allocate IP for %q: %s", key(g.Request), fmt.Sprintf(format, args...)))
}

// addSecond gives a service an address of the family that it lacks, from the pool of the first.
func (p *planner) addSecond(g *Grant) {
	missing := bgp.IPv4Unicast
	if g.Addresses[0].Is4() {
		missing = bgp.IPv6Unicast
	}
	spaceAt, _, owned := p.owner(g.Addresses)
	if !owned {
		return // of a pool that cannot be used at the moment
	}
	at, found := p.pick(spaceAt, missing, g.Request)
	if !found {
		g.Notes = append(g.Notes, normal(AdditionalAssignFailed,
			"cannot add second family under PreferDualStack: no free %s address in IPAddressPool %s", familyName(missing), g.Pool))
		return
	}
	p.give(g, spaceAt, []place{at})
	g.Notes = append(g.Notes, normal(IPAllocated, "Assigned additional IP %q", at.addr.String()))
}

// choose finds the addresses for a service that has none.
func (p *planner) choose(r *intent.Request) (spaceAt int, places []place, why string) {
	switch {
	case r.Refused != "":
		return 0, nil, r.Refused
	case len(r.Addresses) > 0:
		return p.chooseRequested(r)
	case r.Pool != "":
		return p.chooseInPool(r)
	default:
		return p.chooseAnywhere(r)
	}
}

// chooseRequested takes the addresses that the service asks for.
func (p *planner) chooseRequested(r *intent.Request) (spaceAt int, places []place, why string) {
	if len(r.Addresses) != len(r.Families) || len(r.Addresses) == 1 && bgp.FamilyOf(r.Addresses[0]) != r.Families[0] {
		return 0, nil, fmt.Sprintf("requested loadBalancer IP(s) %s does not match the ipFamily of the service; ask for %s",
			list(r.Addresses), familyNames(r.Families))
	}
	spaceAt, places, why = p.permitted(r, r.Addresses)
	if why != "" {
		return 0, nil, why
	}
	if pool := p.spaces[spaceAt].pool.Name; r.Pool != "" && r.Pool != pool {
		return 0, nil, fmt.Sprintf("requested loadBalancer IP(s) %s is not compatible with requested address pool %s: it is of IPAddressPool %s",
			list(r.Addresses), r.Pool, pool)
	}
	return spaceAt, places, ""
}

// chooseInPool takes addresses of the pool that the service asks for.
func (p *planner) chooseInPool(r *intent.Request) (spaceAt int, places []place, why string) {
	spaceAt, known := p.byName(r.Pool)
	if !known {
		if slices.Contains(p.unusable, r.Pool) {
			return 0, nil, fmt.Sprintf("IPAddressPool %s has a mistake and cannot be used", r.Pool)
		}
		return 0, nil, fmt.Sprintf("unknown pool %q", r.Pool)
	}
	if !p.spaces[spaceAt].pool.Allocation.Allows(r.Service.Namespace, r.Labels) {
		return 0, nil, fmt.Sprintf("IPAddressPool %s is for other services by its serviceAllocation", r.Pool)
	}
	places, _ = p.offer(spaceAt, r)
	if len(places) == 0 {
		return 0, nil, fmt.Sprintf("no available IPs in pool %q: it has no free %s addresses left", r.Pool, familyNames(r.Families))
	}
	return spaceAt, places, ""
}

// chooseAnywhere takes addresses of a pool that assigns automatically: of one
// that is for this service in particular, or else of one for every service.
func (p *planner) chooseAnywhere(r *intent.Request) (spaceAt int, places []place, why string) {
	var own []int
	for _, i := range p.pinned {
		if p.spaces[i].pool.Allocation.Allows(r.Service.Namespace, r.Labels) {
			own = append(own, i)
		}
	}
	for _, candidates := range [...][]int{own, p.general} {
		if spaceAt, places = p.best(candidates, r); len(places) > 0 {
			return spaceAt, places, ""
		}
	}
	if len(own)+len(p.general) == 0 {
		return 0, nil, "no available IPs: no IPAddressPool assigns addresses to it automatically"
	}
	return 0, nil, fmt.Sprintf("no available IPs: no IPAddressPool has free %s addresses left for it", familyNames(r.Families))
}

// best is the first pool that has all that the service prefers, or else the first
// that has its primary family, or else the other.
func (p *planner) best(candidates []int, r *intent.Request) (spaceAt int, places []place) {
	poor := noMatch
	for _, i := range candidates {
		offered, how := p.offer(i, r)
		if how == fullMatch {
			return i, offered
		}
		if how < poor {
			poor, spaceAt, places = how, i, offered
		}
	}
	return spaceAt, places
}

// match says how good an offer is; less is better.
type match uint8

const (
	fullMatch match = iota
	primaryOnly
	otherOnly
	noMatch
)

// offer is what a pool has for a service: IPv4 before IPv6.
func (p *planner) offer(spaceAt int, r *intent.Request) ([]place, match) {
	if len(r.Families) == 1 {
		at, found := p.pick(spaceAt, r.Families[0], r)
		if !found {
			return nil, noMatch
		}
		return []place{at}, fullMatch
	}
	v4, has4 := p.pick(spaceAt, bgp.IPv4Unicast, r)
	v6, has6 := p.pick(spaceAt, bgp.IPv6Unicast, r)
	switch {
	case has4 && has6:
		return []place{v4, v6}, fullMatch
	case r.Stacks != intent.PreferDualStack || !has4 && !has6:
		return nil, noMatch
	}
	one, primary := v4, has4 == (r.Primary == bgp.IPv4Unicast)
	if has6 {
		one = v6
	}
	if primary {
		return []place{one}, primaryOnly
	}
	return []place{one}, otherOnly
}

// noteDeprecated tells of annotations under the old prefix, when something changes.
func (g *Grant) noteDeprecated() {
	if !g.Changed() {
		return
	}
	for _, name := range g.Request.Deprecated {
		_, local, _ := strings.Cut(name, "/")
		g.Notes = append(g.Notes, warning(DeprecatedAnnotation,
			"service uses deprecated annotation %s; rename it to metallb.io/%s", name, local))
	}
}

func familyName(f bgp.Family) string {
	if f == bgp.IPv6Unicast {
		return "IPv6"
	}
	return "IPv4"
}

// familyNames says which addresses a service needs.
func familyNames(families []bgp.Family) string {
	if len(families) == 2 {
		return "IPv4 and IPv6"
	}
	return familyName(families[0])
}
