package ipam

import (
	"cmp"
	"math"
	"net/netip"
	"slices"

	"frr-speaker/internal/intent"
)

// Input is what Assign goes by.
type Input struct {
	Pools []intent.Pool // as Parse returns them: sorted by name, without overlaps
	// Unusable names pools that exist and whose objects cannot be used. Their
	// services keep what they have.
	Unusable []string
	Requests []*intent.Request // in any order, one per service
	// Previous is what the last pass came to; nil is none. Of services that get in
	// each other's way, those that stayed as they were keep what they have.
	Previous []Grant
}

// Plan is who is to have which addresses.
type Plan struct {
	Grants []Grant // one per request, sorted by service
	Usage  []Usage // one per pool, sorted by name
}

// Grant is what one service is to have.
type Grant struct {
	Request   *intent.Request
	Addresses []netip.Addr // in the order of status.loadBalancer.ingress; none: nothing
	Pool      string       // of the addresses
	Notes     []Note       // what to tell, each time it is so
}

// Changed reports whether the service does not have that yet.
func (g Grant) Changed() bool {
	r := g.Request
	return r.Leftover || r.HeldPool != g.Pool || !slices.Equal(r.Holds, g.Addresses)
}

// Assign gives addresses to services. First those that hold some keep them, if
// they may; what they hold is nobody else's. Then the others get some: services
// that ask for an address before those that take any, and among each the older
// first.
func Assign(in Input) Plan {
	p := planner{
		table:    newTable(in.Pools, len(in.Requests)),
		unusable: in.Unusable,
		grants:   make([]Grant, len(in.Requests)),
	}
	p.rankPools()
	for i, r := range in.Requests {
		p.grants[i].Request = r
	}
	slices.SortFunc(p.grants, func(a, b Grant) int { return a.Request.Service.Compare(b.Request.Service) })
	for _, i := range p.inTurn(p.keepAll(p.inOrder(in.Previous))) {
		p.serve(&p.grants[i])
	}
	for i := range p.grants {
		p.grants[i].noteDeprecated()
	}
	return Plan{Grants: p.grants, Usage: usage(p.spaces)}
}

// planner is one pass.
type planner struct {
	*table
	unusable []string
	grants   []Grant
	pinned   []int // pools for some services only, in the order of their priorities
	general  []int // pools for every service
}

// rankPools lists the pools that assign automatically, in the order in which they are tried.
func (p *planner) rankPools() {
	for i, s := range p.spaces {
		switch {
		case !s.pool.AutoAssign:
		case s.pool.Allocation != nil:
			p.pinned = append(p.pinned, i)
		default:
			p.general = append(p.general, i)
		}
	}
	rank := func(i int) int {
		if priority := p.spaces[i].pool.Allocation.Priority; priority > 0 {
			return priority
		}
		return math.MaxInt // last
	}
	slices.SortStableFunc(p.pinned, func(a, b int) int { return cmp.Compare(rank(a), rank(b)) })
}

// inOrder lists the grants in the order in which services may keep what they
// hold: those that are as they were before the others, and the older first.
func (p *planner) inOrder(previous []Grant) []int {
	changed := p.changedSince(previous)
	order := make([]int, len(p.grants))
	for i := range order {
		order[i] = i
	}
	rank := func(i int) int {
		if changed[i] {
			return 1
		}
		return 0
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(
			cmp.Compare(rank(a), rank(b)),
			p.grants[a].Request.Created.Compare(p.grants[b].Request.Created),
			cmp.Compare(a, b), // by service
		)
	})
	return order
}

// changedSince tells the services that did not have what they hold a pass ago, or
// asked for other things of those that they share it with.
func (p *planner) changedSince(previous []Grant) []bool {
	changed := make([]bool, len(p.grants))
	for i, g := range p.grants {
		at, found := slices.BinarySearchFunc(previous, g, func(a, b Grant) int {
			return a.Request.Service.Compare(b.Request.Service)
		})
		changed[i] = !found || !sameClaim(g.Request, previous[at])
	}
	return changed
}

// sameClaim reports whether a service holds what it was given, and is like it was
// in what sharing asks for.
func sameClaim(r *intent.Request, was Grant) bool {
	return slices.Equal(r.Holds, was.Addresses) &&
		r.SharingKey == was.Request.SharingKey && r.BackendKey == was.Request.BackendKey &&
		slices.Equal(r.Ports, was.Request.Ports)
}

// inTurn orders the services that get addresses.
func (p *planner) inTurn(waiting []int) []int {
	turn := func(i int) int {
		if len(p.grants[i].Request.Addresses) > 0 {
			return 0
		}
		return 1
	}
	slices.SortFunc(waiting, func(a, b int) int {
		return cmp.Or(
			cmp.Compare(turn(a), turn(b)),
			p.grants[a].Request.Created.Compare(p.grants[b].Request.Created),
			cmp.Compare(a, b),
		)
	})
	return waiting
}
