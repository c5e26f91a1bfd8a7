package intent

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"frr-speaker/api/v1beta1"
)

// Allocation restricts a pool to some services. The zero value allows every one.
type Allocation struct {
	Priority   int      // pools with a lower one are tried first; below 1 is last
	Namespaced bool     // only services of Namespaces, of which there may be none
	Namespaces []string // sorted; what selectors matched included
	Services   Selector // which services of these namespaces
}

// Allows reports whether a service may have an address of the pool.
func (a *Allocation) Allows(namespace string, l labels.Labels) bool {
	if a == nil {
		return true
	}
	if _, listed := slices.BinarySearch(a.Namespaces, namespace); a.Namespaced && !listed {
		return false
	}
	return a.Services.Matches(l)
}

// parseAllocation reads a pool's serviceAllocation; nil is none. Selectors of
// namespaces that match none leave the pool to nobody: they were meant to narrow.
func parseAllocation(f *findings, o *v1beta1.ServiceAllocation, namespaces []*corev1.Namespace) *Allocation {
	if o == nil {
		return nil
	}
	const field = "spec.serviceAllocation"
	refuseRepeat(f, field+".namespaces", o.Namespaces)
	selected := parseSelectors(f, field+".namespaceSelectors", o.NamespaceSelectors)
	allowed := make(map[string]bool, len(o.Namespaces))
	for _, name := range o.Namespaces {
		allowed[name] = true
	}
	for _, n := range namespaces {
		if n != nil && len(selected) > 0 && selected.Matches(labels.Set(n.Labels)) {
			allowed[n.Name] = true
		}
	}
	return &Allocation{
		Priority:   o.Priority,
		Namespaced: len(o.Namespaces)+len(o.NamespaceSelectors) > 0,
		Namespaces: slices.Sorted(maps.Keys(allowed)),
		Services:   parseSelectors(f, field+".serviceSelectors", o.ServiceSelectors),
	}
}
