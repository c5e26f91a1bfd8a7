package controller

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/ipam"
)

// holders are the services that the cluster may show an address for, although they
// are to have it no more. Whoever gets such an address next waits until the write that
// takes it away is known to be done: at no moment do two services have it.
type holders struct {
	of     map[netip.Addr][]intent.Ref
	grants map[intent.Ref]ipam.Grant // of the services in of
	ends   map[intent.Ref]bool       // whether its waiting comes to an end by itself
}

// held finds them.
func (t *term) held(grants []ipam.Grant, services map[types.NamespacedName]*corev1.Service) holders {
	h := holders{of: map[netip.Addr][]intent.Ref{}, grants: map[intent.Ref]ipam.Grant{}, ends: map[intent.Ref]bool{}}
	for _, g := range grants {
		service := g.Request.Service
		key := nameOf(service)
		for _, a := range t.ledger[key].mayHave(t.seen(services[key])) {
			if !slices.Contains(g.Addresses, a) && !slices.Contains(h.of[a], service) {
				h.of[a] = append(h.of[a], service)
				h.grants[service] = g
			}
		}
	}
	return h
}

// blockers are the services that hold what a service is to get.
func (h holders) blockers(g ipam.Grant) []intent.Ref {
	var found []intent.Ref
	for _, a := range g.Addresses {
		for _, other := range h.of[a] {
			if other != g.Request.Service {
				found = append(found, other)
			}
		}
	}
	return found
}

// block reports whether there are any.
func (h holders) block(g ipam.Grant) bool { return len(h.blockers(g)) > 0 }

// circular reports whether a service waits in a circle, or for one. Then it lets go of
// what it has, or two that swap their addresses would wait forever.
func (h holders) circular(service intent.Ref) bool {
	ends, known := h.ends[service]
	if known {
		return !ends // being looked at is a circle
	}
	h.ends[service] = false
	if slices.ContainsFunc(h.blockers(h.grants[service]), h.circular) {
		return true
	}
	h.ends[service] = true
	return false
}
