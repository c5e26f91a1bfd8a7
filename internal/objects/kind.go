package objects

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/intent"
)

// scope says in which namespaces objects of a kind count.
type scope uint8

const (
	scopeCluster scope = iota // they have none
	scopeAny                  // in any
	scopeOwn                  // only in the configured one
)

// kind is how objects of one version of one kind are decoded.
type kind struct {
	scope  scope
	strict bool // unknown fields are reported
	// fresh returns an object to decode into, with the API's defaults in place.
	fresh func() metav1.Object
	// finish completes a decoded object as the API server would; nil leaves it.
	finish func(metav1.Object) metav1.Object
}

// kindOf finds how to decode a kind, or reports that speakers do not read it.
func kindOf(apiVersion, name string) (kind, bool) {
	switch apiVersion + " " + name {
	case "v1 Service":
		return kind{scope: scopeAny, fresh: func() metav1.Object { return new(corev1.Service) }, finish: finishService}, true
	case "v1 Node":
		return kind{scope: scopeCluster, fresh: func() metav1.Object { return new(corev1.Node) }}, true
	case "v1 Namespace":
		return kind{scope: scopeCluster, fresh: func() metav1.Object { return new(corev1.Namespace) }, finish: finishNamespace}, true
	case "v1 Secret":
		return kind{scope: scopeOwn, fresh: func() metav1.Object { return new(corev1.Secret) }, finish: finishSecret}, true
	case "v1 ConfigMap":
		return kind{scope: scopeOwn, fresh: func() metav1.Object { return new(corev1.ConfigMap) }}, true
	case "discovery.k8s.io/v1 EndpointSlice":
		return kind{scope: scopeAny, fresh: func() metav1.Object { return new(discoveryv1.EndpointSlice) }}, true
	case "metallb.io/v1beta2 BGPPeer":
		return own(freshPeer, nil), true
	case "metallb.io/v1beta1 BGPPeer":
		return own(func() metav1.Object { return new(v1beta1.BGPPeer) }, convertPeer), true
	case "metallb.io/v1beta1 IPAddressPool":
		return own(func() metav1.Object { return new(v1beta1.IPAddressPool) }, finishPool), true
	case "metallb.io/v1beta1 BGPAdvertisement":
		return own(func() metav1.Object { return new(v1beta1.BGPAdvertisement) }, finishBGPAdvertisement), true
	case "metallb.io/v1beta1 L2Advertisement":
		return own(func() metav1.Object { return new(v1beta1.L2Advertisement) }, nil), true
	case "metallb.io/v1beta1 BFDProfile":
		return own(func() metav1.Object { return new(v1beta1.BFDProfile) }, nil), true
	case "metallb.io/v1beta1 Community":
		return own(func() metav1.Object { return new(v1beta1.Community) }, nil), true
	}
	return kind{}, false
}

// own is a kind of group metallb.io.
func own(fresh func() metav1.Object, finish func(metav1.Object) metav1.Object) kind {
	return kind{scope: scopeOwn, strict: true, fresh: fresh, finish: finish}
}

// isReport reports whether the kind is one that speakers write: it is no input, and
// no reason for a warning when a dump of a cluster holds it.
func isReport(apiVersion, name string) bool {
	switch apiVersion + " " + name {
	case "metallb.io/v1beta1 ServiceL2Status", "metallb.io/v1beta1 ServiceBGPStatus", "metallb.io/v1beta1 ConfigurationState":
		return true
	}
	return false
}

// replacement says what to write instead of a kind that speakers do not read, or "".
func replacement(apiVersion, name string) string {
	switch apiVersion + " " + name {
	case "v1 Endpoints":
		return "give the EndpointSlices of the service"
	case "metallb.io/v1alpha1 AddressPool", "metallb.io/v1beta1 AddressPool":
		return "write an IPAddressPool and an advertisement"
	}
	return ""
}

func freshPeer() metav1.Object {
	const port = 179
	return &v1beta2.BGPPeer{Spec: v1beta2.BGPPeerSpec{Port: port}}
}

func convertPeer(o metav1.Object) metav1.Object {
	return o.(*v1beta1.BGPPeer).ToV1beta2()
}

// finishPool sets what the schema defaults. An explicit null counts as omitted.
func finishPool(o metav1.Object) metav1.Object {
	p := o.(*v1beta1.IPAddressPool)
	if p.Spec.AutoAssign == nil {
		p.Spec.AutoAssign = new(true)
	}
	return p
}

func finishBGPAdvertisement(o metav1.Object) metav1.Object {
	a := o.(*v1beta1.BGPAdvertisement)
	if a.Spec.AggregationLength == nil {
		a.Spec.AggregationLength = new(int32(32))
	}
	if a.Spec.AggregationLengthV6 == nil {
		a.Spec.AggregationLengthV6 = new(int32(128))
	}
	return a
}

func finishService(o metav1.Object) metav1.Object {
	s := o.(*corev1.Service)
	if s.Spec.Type == "" {
		s.Spec.Type = corev1.ServiceTypeClusterIP
	}
	external := s.Spec.Type == corev1.ServiceTypeLoadBalancer || s.Spec.Type == corev1.ServiceTypeNodePort
	if external && s.Spec.ExternalTrafficPolicy == "" {
		s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyCluster
	}
	for i := range s.Spec.Ports {
		if s.Spec.Ports[i].Protocol == "" {
			s.Spec.Ports[i].Protocol = corev1.ProtocolTCP
		}
	}
	return s
}

// finishNamespace sets the label that the API server keeps on every namespace.
func finishNamespace(o metav1.Object) metav1.Object {
	n := o.(*corev1.Namespace)
	if n.Labels == nil {
		n.Labels = map[string]string{}
	}
	n.Labels[corev1.LabelMetadataName] = n.Name
	return n
}

// finishSecret moves stringData, which can only be written, to where it is read.
func finishSecret(o metav1.Object) metav1.Object {
	s := o.(*corev1.Secret)
	if s.Type == "" {
		s.Type = corev1.SecretTypeOpaque
	}
	if len(s.StringData) == 0 {
		return s
	}
	data := maps.Clone(s.Data)
	if data == nil {
		data = make(map[string][]byte, len(s.StringData))
	}
	for k, v := range s.StringData {
		data[k] = []byte(v)
	}
	s.Data, s.StringData = data, nil
	return s
}

// add puts an object where it belongs.
func add(to *intent.Objects, o metav1.Object) {
	switch o := o.(type) {
	case *v1beta2.BGPPeer:
		to.Peers = append(to.Peers, o)
	case *v1beta1.BGPAdvertisement:
		to.BGPAdvertisements = append(to.BGPAdvertisements, o)
	case *v1beta1.L2Advertisement:
		to.L2Advertisements = append(to.L2Advertisements, o)
	case *v1beta1.IPAddressPool:
		to.Pools = append(to.Pools, o)
	case *v1beta1.BFDProfile:
		to.BFDProfiles = append(to.BFDProfiles, o)
	case *v1beta1.Community:
		to.Communities = append(to.Communities, o)
	case *corev1.Service:
		to.Services = append(to.Services, o)
	case *discoveryv1.EndpointSlice:
		to.EndpointSlices = append(to.EndpointSlices, o)
	case *corev1.Node:
		to.Nodes = append(to.Nodes, o)
	case *corev1.Namespace:
		to.Namespaces = append(to.Namespaces, o)
	case *corev1.Secret:
		to.Secrets = append(to.Secrets, o)
	case *corev1.ConfigMap:
		to.ConfigMaps = append(to.ConfigMaps, o)
	}
}
