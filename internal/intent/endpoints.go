package intent

import (
	"slices"

	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Endpoints sums up the endpoints of a service that can serve (ready, or serving
// while terminating).
type Endpoints struct {
	Serving int      // how many can serve, one for each entry of a slice
	Nodes   []string // sorted names of the nodes that hold at least one of them
}

// add counts the endpoints of one slice. finish is due after the last.
func (e *Endpoints) add(slice *discoveryv1.EndpointSlice) {
	e.Nodes = slices.Grow(e.Nodes, len(slice.Endpoints))
	for i := range slice.Endpoints {
		endpoint := &slice.Endpoints[i]
		if len(endpoint.Addresses) == 0 || !canServe(endpoint.Conditions) {
			continue
		}
		e.Serving++
		if endpoint.NodeName != nil && *endpoint.NodeName != "" {
			e.Nodes = append(e.Nodes, *endpoint.NodeName)
		}
	}
}

func (e *Endpoints) finish() {
	slices.Sort(e.Nodes)
	e.Nodes = slices.Compact(e.Nodes)
}

// canServe takes an endpoint of unknown readiness for ready, and one that is
// terminating for as long as it serves.
func canServe(c discoveryv1.EndpointConditions) bool {
	if c.Ready == nil || *c.Ready {
		return true
	}
	return c.Serving != nil && *c.Serving
}

// addEndpoints gives each service the sum of its endpoints.
func addEndpoints(services []Service, endpointSlices []*discoveryv1.EndpointSlice) {
	index := make(map[types.NamespacedName]int, len(services))
	for i, svc := range services {
		index[types.NamespacedName{Namespace: svc.Ref.Namespace, Name: svc.Ref.Name}] = i
	}
	for _, slice := range endpointSlices {
		if slice == nil {
			continue
		}
		if i, found := index[sliceOwner(slice)]; found {
			services[i].Endpoints.add(slice)
		}
	}
	for i := range services {
		services[i].Endpoints.finish()
	}
}

// sliceOwner names the service that a slice belongs to.
func sliceOwner(slice *discoveryv1.EndpointSlice) types.NamespacedName {
	return types.NamespacedName{Namespace: slice.Namespace, Name: slice.Labels[discoveryv1.LabelServiceName]}
}
