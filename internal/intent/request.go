package intent

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"frr-speaker/internal/bgp"
)

// Request is what a service asks of the pools, and what it has of them.
type Request struct {
	Service Ref
	Labels  labels.Set
	Created time.Time

	// Balanced is false for a service that is no longer of type LoadBalancer but
	// still carries what it was given.
	Balanced bool
	// Holds are the addresses of status.loadBalancer.ingress, in their order; the
	// zero Addr is an entry that is no address.
	Holds    []netip.Addr
	HeldPool string // annotation ip-allocated-from-pool
	Leftover bool   // there is more in status and annotations than Holds and HeldPool, for the controller to remove

	Families []bgp.Family // of spec.clusterIPs, in their order; empty if one is no address
	Stacks   FamilyPolicy
	Primary  bgp.Family // first of spec.ipFamilies

	Addresses []netip.Addr // asked for by annotation or spec.loadBalancerIP
	Refused   string       // why what asks for addresses cannot be read; "" if it can
	Pool      string       // asked for by annotation

	SharingKey string
	BackendKey string // services that share an address and differ in it would need different backends on one node
	Ports      []Port // sorted, free of duplicates

	Deprecated []string // annotations under the old prefix, sorted
}

// Port is a port of a service.
type Port struct {
	Protocol string // "TCP", "UDP", "SCTP"
	Number   int32
}

// String prints "TCP/80".
func (p Port) String() string { return fmt.Sprintf("%s/%d", p.Protocol, p.Number) }

// FamilyPolicy is a service's ipFamilyPolicy.
type FamilyPolicy uint8

// The family policies: of a service with cluster addresses of both families,
// PreferDualStack takes one address of a pool if it has no more.
const (
	SingleStack FamilyPolicy = iota
	PreferDualStack
	RequireDualStack
)

// The prefixes of annotations. What is under the old one counts where the new one is absent.
const (
	annotationPrefix = "metallb.io/"
	oldPrefix        = "metallb.universe.tf/"
)

// The names of annotations, without their prefix.
const (
	annotationPool        = "address-pool"
	annotationAddresses   = "loadBalancerIPs"
	annotationSharing     = "allow-shared-ip"
	annotationAllocatedBy = "ip-allocated-from-pool"
)

// AnnotationPool is where a service is told the pool of its addresses, and
// OldAnnotationPool where it was told before.
const (
	AnnotationPool    = annotationPrefix + annotationAllocatedBy
	OldAnnotationPool = oldPrefix + annotationAllocatedBy
)

// ParseRequest reads a service. It is false for one that has nothing to do with
// the pools: of another type or class, and without traces of them.
func ParseRequest(o *corev1.Service, opts Options) (Request, bool) {
	balanced := isOurs(o, opts)
	if !balanced && (o.Spec.Type == corev1.ServiceTypeLoadBalancer || !hasPoolAnnotation(o)) {
		return Request{}, false
	}
	r := Request{
		Service:    Ref{Kind: "Service", Namespace: o.Namespace, Name: o.Name},
		Labels:     o.Labels,
		Created:    o.CreationTimestamp.Time,
		Balanced:   balanced,
		HeldPool:   o.Annotations[AnnotationPool],
		Pool:       annotation(o, annotationPool),
		SharingKey: annotation(o, annotationSharing),
		Families:   clusterFamilies(o),
		Stacks:     familyPolicy(o),
		Primary:    bgp.IPv4Unicast,
		Ports:      servicePorts(o),
	}
	if len(o.Spec.IPFamilies) > 0 && o.Spec.IPFamilies[0] == corev1.IPv6Protocol {
		r.Primary = bgp.IPv6Unicast
	}
	if o.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
		r.BackendKey = labels.Set(o.Spec.Selector).String()
	}
	r.readHeld(o)
	r.readAddresses(o)
	r.readDeprecated(o)
	return r, true
}

// hasPoolAnnotation reports whether a controller gave the service an address.
func hasPoolAnnotation(o *corev1.Service) bool {
	_, now := o.Annotations[AnnotationPool]
	_, before := o.Annotations[OldAnnotationPool]
	return now || before
}

// annotation is the value of an annotation under the prefix that counts.
func annotation(o *corev1.Service, name string) string {
	if value, present := o.Annotations[annotationPrefix+name]; present {
		return value
	}
	return o.Annotations[oldPrefix+name]
}

func (r *Request) readHeld(o *corev1.Service) {
	_, r.Leftover = o.Annotations[OldAnnotationPool]
	for _, ingress := range o.Status.LoadBalancer.Ingress {
		if ingress.IP == "" {
			r.Leftover = true
			continue
		}
		addr, _ := parseAddr(ingress.IP) // the zero Addr if it is none
		r.Holds = append(r.Holds, addr)
	}
}

// readAddresses reads the addresses that the service asks for.
func (r *Request) readAddresses(o *corev1.Service) {
	listed, single := annotation(o, annotationAddresses), o.Spec.LoadBalancerIP
	switch {
	case listed != "" && single != "":
		r.Refused = "both annotation " + annotationPrefix + annotationAddresses + " and spec.loadBalancerIP are set; remove one of them"
		return
	case listed == "" && single == "":
		return
	case single != "":
		addr, c := parseAddr(single)
		if c != nil {
			r.Refused = "spec.loadBalancerIP: " + c.message + "; " + c.remedy
			return
		}
		r.Addresses = []netip.Addr{addr}
		return
	}
	var addresses []netip.Addr
	for text := range strings.SplitSeq(listed, ",") {
		addr, c := parseAddr(strings.TrimSpace(text))
		if c != nil {
			r.Refused = "annotation " + annotationPrefix + annotationAddresses + ": " + c.message + "; " + c.remedy
			return
		}
		addresses = append(addresses, addr)
	}
	if len(addresses) > 2 || len(addresses) == 2 && bgp.FamilyOf(addresses[0]) == bgp.FamilyOf(addresses[1]) {
		r.Refused = "annotation " + annotationPrefix + annotationAddresses + ": " + quote(listed) +
			" is more than one address of a family; list one, or one of each family"
		return
	}
	r.Addresses = addresses
}

// readDeprecated lists what the service still says under the old prefix.
func (r *Request) readDeprecated(o *corev1.Service) {
	for _, name := range [...]string{annotationPool, annotationSharing, annotationAddresses} { // sorted
		if _, present := o.Annotations[oldPrefix+name]; present {
			r.Deprecated = append(r.Deprecated, oldPrefix+name)
		}
	}
}

// clusterFamilies are the families of the cluster addresses.
func clusterFamilies(o *corev1.Service) []bgp.Family {
	addresses := o.Spec.ClusterIPs
	if len(addresses) == 0 && o.Spec.ClusterIP != "" {
		addresses = []string{o.Spec.ClusterIP}
	}
	families := make([]bgp.Family, 0, len(addresses))
	for _, text := range addresses {
		addr, c := parseAddr(text)
		if c != nil {
			return nil
		}
		families = append(families, bgp.FamilyOf(addr))
	}
	return families
}

func familyPolicy(o *corev1.Service) FamilyPolicy {
	if o.Spec.IPFamilyPolicy == nil {
		return SingleStack
	}
	switch *o.Spec.IPFamilyPolicy {
	case corev1.IPFamilyPolicyPreferDualStack:
		return PreferDualStack
	case corev1.IPFamilyPolicyRequireDualStack:
		return RequireDualStack
	default:
		return SingleStack
	}
}

func servicePorts(o *corev1.Service) []Port {
	ports := make([]Port, 0, len(o.Spec.Ports))
	for _, p := range o.Spec.Ports {
		protocol := string(p.Protocol)
		if protocol == "" {
			protocol = string(corev1.ProtocolTCP)
		}
		ports = append(ports, Port{Protocol: protocol, Number: p.Port})
	}
	slices.SortFunc(ports, Port.compare)
	return slices.Compact(ports)
}

// compare orders ports by protocol and number.
func (p Port) compare(o Port) int {
	if c := strings.Compare(p.Protocol, o.Protocol); c != 0 {
		return c
	}
	return int(p.Number) - int(o.Number)
}
