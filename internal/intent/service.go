package intent

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Service is a service of type LoadBalancer that is ours to announce, with or without addresses.
type Service struct {
	Ref           Ref
	Labels        labels.Set
	Addresses     []netip.Addr // of status.loadBalancer.ingress, in their order; the zero Addr is an entry that is no address
	TrafficPolicy TrafficPolicy
	Endpoints     Endpoints
	SharingKey    string // value of the allow-shared-ip annotation
}

// TrafficPolicy is a service's externalTrafficPolicy.
type TrafficPolicy uint8

// The traffic policies: Cluster lets every node take traffic, Local only nodes with endpoints.
const (
	TrafficPolicyCluster TrafficPolicy = iota
	TrafficPolicyLocal
)

// isOurs tells the services to announce from those that something else serves, or nothing.
func isOurs(o *corev1.Service, opts Options) bool {
	if o.Spec.Type != corev1.ServiceTypeLoadBalancer {
		return false
	}
	if opts.LoadBalancerClass == "" {
		return o.Spec.LoadBalancerClass == nil
	}
	return o.Spec.LoadBalancerClass != nil && *o.Spec.LoadBalancerClass == opts.LoadBalancerClass
}

// parseService reads a service, but for its endpoints.
func parseService(o *corev1.Service, f *findings) Service {
	svc := Service{Ref: f.ref, Labels: o.Labels, SharingKey: annotation(o, annotationSharing)}
	if o.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
		svc.TrafficPolicy = TrafficPolicyLocal
	}
	for i, ingress := range o.Status.LoadBalancer.Ingress {
		if ingress.IP == "" {
			continue // a host name is for DNS to follow
		}
		addr, c := parseAddr(ingress.IP)
		if c != nil {
			f.warn(element("status.loadBalancer.ingress", i)+".ip", "the service is not announced",
				"correct what assigns the address, or delete the service's status", "%s", c.message)
		}
		if !slices.Contains(svc.Addresses, addr) {
			svc.Addresses = append(svc.Addresses, addr)
		}
	}
	return svc
}
