package intent

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/types"
)

// serviceMemory knows what a set of Services and EndpointSlices meant, and reads of the
// next set what is between the first and the last object that is another one.
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
	gone, came := between(m.objects, objects)
	slicesGone, slicesCame := between(m.slices, endpointSlices)
	if len(gone)+len(came)+len(slicesGone)+len(slicesCame) == 0 {
		return true
	}
	next := serviceMemory{
		simple: true, objects: objects, slices: endpointSlices,
		services: slices.Clone(m.services), problems: maps.Clone(m.problems),
	}
	for _, o := range gone {
		if !isOurs(o, opts) {
			continue
		}
		ref := Ref{Kind: "Service", Namespace: o.Namespace, Name: o.Name}
		if i, found := next.find(ref); found {
			next.services = slices.Delete(next.services, i, i+1)
		}
		delete(next.problems, ref)
	}
	ours := slices.DeleteFunc(slices.Clone(came), func(o *corev1.Service) bool { return o == nil || !isOurs(o, opts) })
	entries, problems := collect("Service", anyNamespace, ours)
	if len(problems) > 0 || slices.Contains(came, nil) {
		return false
	}
	stale := map[types.NamespacedName]bool{} // services whose endpoints have to be added up
	for _, e := range entries {
		i, found := next.find(e.ref)
		if e.twice || found {
			return false
		}
		svc, usable, of := readService(e)
		if usable {
			next.services = slices.Insert(next.services, i, svc)
			stale[types.NamespacedName{Namespace: e.ref.Namespace, Name: e.ref.Name}] = true
		}
		next.blame(e.ref, of)
	}
	for _, changed := range [][]*discoveryv1.EndpointSlice{slicesGone, slicesCame} {
		for _, slice := range changed {
			if slice != nil {
				stale[sliceOwner(slice)] = true
			}
		}
	}
	next.addUp(stale)
	*m = next
	return true
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
