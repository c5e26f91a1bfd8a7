package explain

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/status"
)

// Facts is all that an explanation is made from.
type Facts struct {
	Intent   *intent.Intent    // as speakers decide on it
	Services []*corev1.Service // all of them, those that are not the speaker's to announce too
	Options  intent.Options
	Problems []intent.Problem // of the objects
	Nodes    []string         // what to explain; empty: every node. Decisions are about all nodes in any case
	Reports  *Reports         // nil: nobody was asked
}

// Reports is what nodes have written about themselves.
type Reports struct {
	Nodes []*v1alpha1.NodeState
	BGP   []*v1beta1.ServiceBGPStatus
	L2    []*v1beta1.ServiceL2Status
	// Configurations are shown by nobody here: NodeState has their conditions too.
	Configurations []*v1beta1.ConfigurationState
	Events         []Event // warnings about services, the newest last
}

// Event is a Kubernetes Event as it was read.
type Event struct {
	Object  intent.Ref
	Node    string // that wrote it
	Reason  string
	Message string
}

// Empty reports whether no node has written anything.
func (r *Reports) Empty() bool {
	return r == nil || len(r.Nodes)+len(r.BGP)+len(r.L2)+len(r.Configurations) == 0
}

func (r *Reports) node(name string) *v1alpha1.NodeState {
	if r == nil {
		return nil
	}
	for _, n := range r.Nodes {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// says reports whether a node has written that it announces a service by BGP.
func (r *Reports) saysBGP(node string, service intent.Ref) bool {
	return slices.ContainsFunc(r.BGP, func(o *v1beta1.ServiceBGPStatus) bool {
		return o.Status.Node == node && o.Status.ServiceNamespace == service.Namespace && o.Status.ServiceName == service.Name
	})
}

func (r *Reports) saysL2(node string, service intent.Ref) bool {
	return slices.ContainsFunc(r.L2, func(o *v1beta1.ServiceL2Status) bool {
		return o.Status.Node == node && o.Status.ServiceNamespace == service.Namespace && o.Status.ServiceName == service.Name
	})
}

// troubles are the newest warnings of a node that it cannot answer for a service as decided.
func (r *Reports) troubles(node string, service intent.Ref) []Event {
	if r == nil {
		return nil
	}
	newest := map[string]Event{}
	for _, e := range r.Events {
		if e.Node == node && e.Object == service {
			switch e.Reason {
			case status.EventAnnounceFailed, status.EventAddressConflict:
				newest[e.Reason] = e
			case status.EventNodeWithdrawn:
				clear(newest)
			}
		}
	}
	var out []Event
	for _, reason := range []string{status.EventAnnounceFailed, status.EventAddressConflict} {
		if e, ok := newest[reason]; ok {
			out = append(out, e)
		}
	}
	return out
}
