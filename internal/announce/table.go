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
	instances []ribOut
	pending   []change
}

// ribOut is the table of one instance.
type ribOut struct {
	index  map[netip.Prefix]int
	routes []bgp.Route
	owners []int // by route: the first service that led to it
}

// change is a route about to be entered.
type change struct {
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
	t := table{policies: p, instances: make([]ribOut, instances)}
	for i := range t.instances {
		t.instances[i] = ribOut{
			index:  make(map[netip.Prefix]int, services),
			routes: make([]bgp.Route, 0, services),
			owners: make([]int, 0, services),
		}
	}
	return t
}

// enter puts all routes of a service into the table, or none when one of them
// clashes with a route of an earlier service.
func (t *table) enter(p *plan, addresses []netip.Addr, service int) *clash {
	t.pending = t.pending[:0]
	for _, a := range addresses {
		a = a.Unmap()
		for _, part := range p.parts(bgp.FamilyOf(a)) {
			prefix, err := a.Prefix(part.length)
			if err != nil {
				continue // lengths are valid: intent.Parse sees to it
			}
			policy, clash := t.instances[part.instance].admit(t.policies, prefix, part.policy)
			if clash != nil {
				return clash
			}
			t.pending = append(t.pending, change{part.instance, prefix, policy})
		}
	}
	for _, c := range t.pending {
		t.instances[c.instance].set(c.prefix, c.policy, service)
	}
	return nil
}

// admit returns the policy that a prefix will have when it also gets this one.
func (r *ribOut) admit(p *policies, prefix netip.Prefix, policy *bgp.Policy) (*bgp.Policy, *clash) {
	i, taken := r.index[prefix]
	if !taken {
		return policy, nil
	}
	merged, objection := p.merge(r.routes[i].Policy, policy)
	if objection != nil {
		return nil, &clash{r.owners[i], prefix, objection}
	}
	return merged, nil
}

func (r *ribOut) set(prefix netip.Prefix, policy *bgp.Policy, service int) {
	if i, taken := r.index[prefix]; taken {
		r.routes[i].Policy = policy
		return
	}
	r.index[prefix] = len(r.routes)
	r.routes = append(r.routes, bgp.Route{Prefix: prefix, Policy: policy})
	r.owners = append(r.owners, service)
}

// finish returns the routes of an instance, sorted.
func (t *table) finish(instance int) []bgp.Route { return byPrefix(t.instances[instance].routes) }
