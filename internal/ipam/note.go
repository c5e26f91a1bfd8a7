package ipam

import (
	"fmt"
	"net/netip"
	"strings"

	"frr-speaker/internal/intent"
)

// Note is something to tell about a service: an Event.
type Note struct {
	Warning bool
	Reason  Reason
	Message string
}

// Reason is the reason of an Event. They are MetalLB's.
type Reason string

// The reasons.
const (
	IPAllocated            Reason = "IPAllocated"
	ClearAssignment        Reason = "ClearAssignment"
	AdditionalAssignFailed Reason = "AdditionalAssignFailed"
	AllocationFailed       Reason = "AllocationFailed"
	LoadBalancerFailed     Reason = "LoadBalancerFailed"
	NotEnoughClusterIPs    Reason = "not enough clusterips"
	NoAddressFamily        Reason = "nolbIPsIPFamily"
	NoClusterFamily        Reason = "noclusterIPsIPFamily"
	DeprecatedAnnotation   Reason = "deprecatedAnnotation"
)

// String prints "Warning Reason: message".
func (n Note) String() string {
	kind := "Normal"
	if n.Warning {
		kind = "Warning"
	}
	return kind + " " + string(n.Reason) + ": " + n.Message
}

func warning(reason Reason, format string, args ...any) Note {
	return Note{Warning: true, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

func normal(reason Reason, format string, args ...any) Note {
	return Note{Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// key names a service as "namespace/name" in messages.
func key(r *intent.Request) string { return r.Service.Namespace + "/" + r.Service.Name }

// list prints addresses as ["198.51.100.1" "2001:db8::1"].
func list(addresses []netip.Addr) string {
	quoted := make([]string, len(addresses))
	for i, a := range addresses {
		quoted[i] = `"` + a.String() + `"`
	}
	return "[" + strings.Join(quoted, " ") + "]"
}
