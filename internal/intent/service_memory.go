package intent

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/types"
)

// serviceMemory knows what a set of Services and EndpointSlices meant, and reads of the
// next set the objects that are others.
type serviceMemory struct {
	// simple: each service has a good name of its own. Otherwise what one means may
	// depend on all others, and nothing is of use the next time.
	simple   bool
	objects  []*corev1.Service
	slices   []*discoveryv1.EndpointSlice
	services []Service // sorted
	problems map[Ref][]Problem
}

// parse reads the services that are ours, with their endpoints.
func (m *serviceMemory) parse(objects []*corev1.Service, endpointSlices []*discoveryv1.EndpointSlice, opts Options) ([]Service, []Problem) {
	if m.simple && m.update(objects, endpointSlices, opts) {
		var problems []Problem
		for _, of := range m.problems {
			problems = append(problems, of...)
		}
		return m.services, problems
	}
	return m.begin(objects, endpointSlices, opts)
}

// begin reads everything.
func (m *serviceMemory) begin(objects []*corev1.Service, endpointSlices []*discoveryv1.EndpointSlice, opts Options) ([]Service, []Problem) {
	ours := make([]*corev1.Service, 0, len(objects))
	for _, o := range objects {
		if o != nil && isOurs(o, opts) {
			ours = append(ours, o)
		}
	}
	entries, problems := collect("Service", anyNamespace, ours)
	*m = serviceMemory{
		simple:  len(problems) == 0 && !slices.Contains(objects, nil),
		objects: objects, slices: endpointSlices,
		services: make([]Service, 0, len(entries)), problems: map[Ref][]Problem{},
	}
	for _, e := range entries { // none is kept from before
		m.simple = m.simple && !e.twice
		svc, usable, of := readService(e)
		if usable {
			m.services = append(m.services, svc)
		}
		m.blame(e.ref, of)
		problems = append(problems, of...)
	}
	addEndpoints(m.services, endpointSlices)
	return m.services, problems
}

func readService(e entry[*corev1.Service]) (svc Service, usable bool, problems []Problem) {
	f := e.findings()
	if usable = f.usable(); usable {
		svc = parseService(e.object, &f)
	}
	return svc, usable, f.problems("the service is not announced")
}

func (m *serviceMemory) blame(ref Ref, problems []Problem) {
	if len(problems) == 0 {
		delete(m.problems, ref)
		return
	}
	m.problems[ref] = problems
}

// update reads what is new; false if that cannot be told from a part, and nothing has changed then.
func (m *serviceMemory) update(objects []*corev1.Service, endpointSlices []*discoveryv1.EndpointSlice, opts Options) bool {
	gone, came := exchanged(between(m.objects, objects))
	slicesGone, slicesCame := exchanged(between(m.slices, endpointSlices))
	if len(gone)+len(came)+len(slicesGone)+len(slicesCame) == 0 {
		m.objects, m.slices = objects, endpointSlices // in another order, perhaps
		return true
	}
	next := serviceMemory{simple: true, objects: objects, slices: endpointSlices, problems: maps.Clone(m.problems)}
	dropped := make([]bool, len(m.services))
	for _, ref := range refsOf(gone, opts) {
		if i, found := m.find(ref); found {
			dropped[i] = true
		}
		delete(next.problems, ref)
	}
	fresh, simple := next.read(came, opts, func(ref Ref) bool {
		i, found := m.find(ref)
		return found && !dropped[i]
	})
	if !simple {
		return false
	}
	next.services = merged(m.services, dropped, fresh)
	next.addUp(stale(fresh, slicesGone, slicesCame))
	*m = next
	return true
}

// refsOf lists the services among some objects that are ours.
func refsOf(objects []*corev1.Service, opts Options) []Ref {
	var refs []Ref
	for _, o := range objects {
		if isOurs(o, opts) {
			refs = append(refs, Ref{Kind: "Service", Namespace: o.Namespace, Name: o.Name})
		}
	}
	return refs
}

// read reads objects that came, sorted; false unless each has a good name, which no service has that is taken.
func (m *serviceMemory) read(came []*corev1.Service, opts Options, taken func(Ref) bool) ([]Service, bool) {
	if slices.Contains(came, nil) {
		return nil, false
	}
	ours := slices.DeleteFunc(came, func(o *corev1.Service) bool { return !isOurs(o, opts) })
	entries, problems := collect("Service", anyNamespace, ours)
	if len(problems) > 0 {
		return nil, false
	}
	fresh := make([]Service, 0, len(entries))
	for _, e := range entries {
		if e.twice || taken(e.ref) {
			return nil, false
		}
		svc, usable, of := readService(e)
		if usable {
			fresh = append(fresh, svc)
		}
		m.blame(e.ref, of)
	}
	return fresh, true
}

// stale are the services whose endpoints have to be added up.
func stale(fresh []Service, changed ...[]*discoveryv1.EndpointSlice) map[types.NamespacedName]bool {
	names := map[types.NamespacedName]bool{}
	for i := range fresh {
		names[types.NamespacedName{Namespace: fresh[i].Ref.Namespace, Name: fresh[i].Ref.Name}] = true
	}
	for _, slice := range slices.Concat(changed...) {
		if slice != nil {
			names[sliceOwner(slice)] = true
		}
	}
	return names
}

// merged are the services that were not dropped and the fresh ones; both come sorted.
func merged(before []Service, dropped []bool, fresh []Service) []Service {
	all := make([]Service, 0, len(before)+len(fresh))
	for i := range before {
		if dropped[i] {
			continue
		}
		for len(fresh) > 0 && fresh[0].Ref.Compare(before[i].Ref) < 0 {
			all, fresh = append(all, fresh[0]), fresh[1:]
		}
		all = append(all, before[i])
	}
	return append(all, fresh...)
}

// addUp adds up the endpoints of some services.
func (m *serviceMemory) addUp(stale map[types.NamespacedName]bool) {
	var some []Service
	for name := range stale {
		if i, found := m.find(Ref{Kind: "Service", Namespace: name.Namespace, Name: name.Name}); found {
			svc := m.services[i]
			svc.Endpoints = Endpoints{}
			some = append(some, svc)
		}
	}
	addEndpoints(some, m.slices)
	for _, svc := range some {
		if i, found := m.find(svc.Ref); found {
			m.services[i] = svc
		}
	}
}

func (m *serviceMemory) find(ref Ref) (int, bool) {
	return slices.BinarySearchFunc(m.services, ref, func(s Service, ref Ref) int { return s.Ref.Compare(ref) })
}

// between cuts off what two lists have in common at their beginnings and ends.
func between[P comparable](before, after []P) (gone, came []P) {
	for len(before) > 0 && len(after) > 0 && before[0] == after[0] {
		before, after = before[1:], after[1:]
	}
	for len(before) > 0 && len(after) > 0 && before[len(before)-1] == after[len(after)-1] {
		before, after = before[:len(before)-1], after[:len(after)-1]
	}
	return before, after
}

// exchanged leaves out what is in both lists, as often as it is in both: what lies between
// two changes that are far from each other.
func exchanged[P comparable](before, after []P) (gone, came []P) {
	times := make(map[P]int, len(before))
	for _, o := range before {
		times[o]++
	}
	for _, o := range after {
		if times[o] > 0 {
			times[o]--
			continue
		}
		came = append(came, o)
	}
	for _, o := range before {
		if times[o] > 0 {
			times[o]--
			gone = append(gone, o)
		}
	}
	return gone, came
}
