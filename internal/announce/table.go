package announce

import (
	"net/netip"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// table collects the routes of every instance while services are judged in the
// order of their names. Services that lead to one prefix, by a shared address
// or by aggregation, share its route: it is there while any of them wants it,
// and carries the communities that any of them asks for. A route has one local
// preference, so the first service by name decides on it, and a later one that
// wants another is not announced at all: half of a dual-stack service, or an
// attribute that depends on who else is there, would be worse than a verdict.
type table struct {
	policies  *policies
	instances []map[netip.Prefix]entry
	found     []way
}

// entry is a prefix that services lead to.
type entry struct {
	policy *bgp.Policy // nil: it has no route, for nobody who leads here is announced
	owner  int         // the first service that led to the route
	wants  int         // how many addresses of services lead here
	// entangled: those who lead here do not all want the same, so that what becomes of
	// it depends on several services and their order.
	entangled bool
}

// way is a prefix that an address leads to, and what is wanted for it.
type way struct {
	instance int
	prefix   netip.Prefix
	policy   *bgp.Policy
}

// clash is a service whose route another service does not let in.
type clash struct {
	owner  int // the service that has the prefix
	prefix netip.Prefix
	*objection
}

func (c clash) detail(owner intent.Ref) string {
	return "service " + owner.Namespace + "/" + owner.Name + " has " + c.prefix.String() + " as well: " + c.text
}

func newTable(p *policies, instances, services int) table {
	t := table{policies: p, instances: make([]map[netip.Prefix]entry, instances)}
	for i := range t.instances {
		t.instances[i] = make(map[netip.Prefix]entry, services)
	}
	return t
}

// ways lists where the addresses of a service lead. The slice is good until the next call.
func (t *table) ways(p *plan, addresses []netip.Addr) []way {
	t.found = t.found[:0]
	for _, a := range addresses {
		a = a.Unmap()
		for _, part := range p.parts(bgp.FamilyOf(a)) {
			prefix, err := a.Prefix(part.length)
			if err != nil {
				continue // lengths are valid: intent.Parse sees to it
			}
			t.found = append(t.found, way{part.instance, prefix, part.policy})
		}
	}
	return t.found
}

// enter puts all routes of a service into the table, or none when one of them
// clashes with a route of an earlier service.
func (t *table) enter(p *plan, addresses []netip.Addr, service int) *clash {
	ways := t.ways(p, addresses)
	clash := t.clashOf(ways)
	for _, w := range ways {
		e, known := t.instances[w.instance][w.prefix]
		e.entangled = e.entangled || clash != nil || known && e.policy != w.policy
		e.wants++
		switch {
		case clash != nil:
		case e.policy == nil:
			e.policy, e.owner = w.policy, service
		default:
			e.policy, _ = t.policies.merge(e.policy, w.policy) // it has no objection: there is no clash
		}
		t.instances[w.instance][w.prefix] = e
	}
	return clash
}

// clashOf finds the first route that does not let in what a service wants.
func (t *table) clashOf(ways []way) *clash {
	for _, w := range ways {
		e := t.instances[w.instance][w.prefix]
		if e.policy == nil {
			continue
		}
		if _, objection := t.policies.merge(e.policy, w.policy); objection != nil {
			return &clash{e.owner, w.prefix, objection}
		}
	}
	return nil
}

// finish returns the routes of an instance, sorted.
func (t *table) finish(instance int) []bgp.Route {
	routes := make([]bgp.Route, 0, len(t.instances[instance]))
	for prefix, e := range t.instances[instance] {
		if e.policy != nil {
			routes = append(routes, bgp.Route{Prefix: prefix, Policy: e.policy})
		}
	}
	return byPrefix(routes)
}
