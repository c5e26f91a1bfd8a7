package status

import (
	"k8s.io/apimachinery/pkg/types"

	"frr-speaker/internal/intent"
)

// Event is one Kubernetes Event, about something that changed.
type Event struct {
	Object  intent.Ref
	UID     types.UID // of the object; "" here, for whoever knows it to fill in
	Warning bool
	Reason  string
	Message string
}

// Reasons of Events about services. The first two are MetalLB's. Events about sessions and
// about FRR have those of the conditions.
const (
	EventNodeAssigned   = "nodeAssigned"   // a service is announced from this node
	EventAnnounceFailed = "announceFailed" // layer 2: the node was elected and cannot answer

	EventNodeWithdrawn   = "nodeWithdrawn"   // a service is not announced from this node any more
	EventNotAnnounced    = "notAnnounced"    // no node announces a service
	EventAddressConflict = "addressConflict" // layer 2: another host claims an address
)

// Events returns what to tell about the way from what was said before to what is
// true now, and what is said then. Nothing is told twice: what has not changed
// gives no event. Before the first decision there is nothing to tell.
func Events(before Memory, f Facts) ([]Event, Memory) {
	if f.State == nil {
		return nil, before
	}
	now := Memory{verdicts: f.State.Verdicts}
	var out []Event
	out = append(out, serviceEvents(before, &now, f)...)
	out = append(out, silenceEvents(before, &now, f)...)
	out = append(out, linkEvents(before, &now, f)...)
	out = append(out, sessionEvents(before, &now, f)...)
	out = append(out, reloadEvents(before, &now, f)...)
	return out, now
}
