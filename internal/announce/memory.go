package announce

import (
	"maps"
	"net/netip"
	"slices"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// memory is a decision that the next one can build upon, where nothing differs but some
// services, whose prefixes are their own or wanted alike by all who share them. It is of
// decisions without layer 2: there each service has one verdict.
type memory struct {
	decision decision
	last     State
}

// turn is what becomes of prefixes of one instance; nil is that they have no route any more.
type turn map[netip.Prefix]*bgp.Policy

// update decides about the next intent; false if that takes a decision from the ground up,
// and then the memory is of no more use.
func (m *memory) update(in *intent.Intent, node string) bool {
	if node != m.last.Node || !in.SameButServices(m.decision.intent) {
		return false
	}
	turns := make([]turn, len(m.last.BGP.Instances))
	for i := range turns {
		turns[i] = turn{}
	}
	verdicts, gone, came := m.carryOver(in.Services)
	for _, i := range gone {
		if !m.decision.leave(&m.decision.intent.Services[i], turns) {
			return false
		}
	}
	for _, i := range came {
		verdict, independent := m.decision.join(&in.Services[i], turns)
		if !independent {
			return false
		}
		verdicts[i] = verdict
	}
	m.decision.intent = in
	m.last.Verdicts = verdicts
	m.last.BGP.Instances = slices.Clone(m.last.BGP.Instances)
	for i := range turns {
		m.last.BGP.Instances[i].Routes = turns[i].apply(m.last.BGP.Instances[i].Routes)
	}
	return true
}

// carryOver returns the verdicts on services that are the same as before, with gaps for those
// that came; gone and came are places in the services before and after.
func (m *memory) carryOver(after []intent.Service) (verdicts []Verdict, gone, came []int) {
	before := m.decision.intent.Services
	verdicts = make([]Verdict, len(after))
	for b, a := 0, 0; b < len(before) || a < len(after); {
		switch order := orderAt(before[b:], after[a:]); {
		case order == 0 && before[b].Same(&after[a]):
			verdicts[a] = m.last.Verdicts[b]
			b, a = b+1, a+1
		case order <= 0:
			gone = append(gone, b)
			b++
		default:
			came = append(came, a)
			a++
		}
	}
	return verdicts, gone, came
}

// orderAt compares the first services of two lists that are not both empty; one that is not there is the last.
func orderAt(before, after []intent.Service) int {
	switch {
	case len(before) == 0:
		return 1
	case len(after) == 0:
		return -1
	default:
		return before[0].Ref.Compare(after[0].Ref)
	}
}

// alone weighs a service without layer 2.
func (d *decision) alone(svc *intent.Service) (Verdict, *plan) {
	pool, reason, detail := d.pools.poolOf(svc.Addresses)
	return d.weigh(svc, pool, reason, detail)
}

// leave takes what a service leads to out of the table; false if others may gain by it.
func (d *decision) leave(svc *intent.Service, turns []turn) bool {
	_, plan := d.alone(svc)
	if plan == nil {
		return true
	}
	for _, w := range d.table.ways(plan, svc.Addresses) {
		e := d.table.instances[w.instance][w.prefix]
		if e.entangled {
			return false
		}
		if e.wants--; e.wants == 0 {
			delete(d.table.instances[w.instance], w.prefix)
			turns[w.instance][w.prefix] = nil
			continue
		}
		d.table.instances[w.instance][w.prefix] = e
	}
	return true
}

// join enters what a service leads to into the table; false if somebody there wants it otherwise.
func (d *decision) join(svc *intent.Service, turns []turn) (Verdict, bool) {
	verdict, plan := d.alone(svc)
	if plan == nil {
		return verdict, true
	}
	for _, w := range d.table.ways(plan, svc.Addresses) {
		e, known := d.table.instances[w.instance][w.prefix]
		if known && (e.entangled || e.policy != w.policy) {
			return Verdict{}, false
		}
		if !known {
			turns[w.instance][w.prefix] = w.policy
		}
		d.table.instances[w.instance][w.prefix] = entry{policy: w.policy, wants: e.wants + 1}
	}
	return verdict, true
}

// apply returns the sorted routes after the turn. It does not change the list.
func (t turn) apply(routes []bgp.Route) []bgp.Route {
	if len(t) == 0 {
		return routes
	}
	after := make([]bgp.Route, 0, len(routes)+len(t))
	for _, prefix := range slices.SortedFunc(maps.Keys(t), netip.Prefix.Compare) {
		at, had := slices.BinarySearchFunc(routes, prefix, func(r bgp.Route, p netip.Prefix) int { return r.Prefix.Compare(p) })
		after, routes = append(after, routes[:at]...), routes[at:]
		if had {
			routes = routes[1:]
		}
		if policy := t[prefix]; policy != nil {
			after = append(after, bgp.Route{Prefix: prefix, Policy: policy})
		}
	}
	if after = append(after, routes...); len(after) == 0 {
		return nil
	}
	return after
}
