package objects

import (
	"reflect"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"

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
	scope scope
	typ   reflect.Type
	// decode decodes JSON and completes it as the API server would. The strict errors
	// are about fields that are unknown or set twice.
	decode func(raw []byte) (o metav1.Object, strict []error, err error)
}

// pointer is a pointer to an API type.
type pointer[T any] interface {
	*T
	metav1.Object
}

// reading is a kind of which type P is decoded. Before sets the defaults of fields
// whose zero value is no value of theirs, after those of all others; nil sets none.
func reading[T any, P pointer[T]](s scope, checks []kjson.StrictOption, before, after func(P)) kind {
	return kind{scope: s, typ: reflect.TypeFor[T](), decode: func(raw []byte) (metav1.Object, []error, error) {
		o := P(new(T))
		if before != nil {
			before(o)
		}
		strict, err := kjson.UnmarshalStrict(raw, o, checks...)
		if err == nil && after != nil {
			after(o)
		}
		return o, strict, err
	}}
}

// native is a kind of Kubernetes itself. Its unknown fields are those of versions to
// come, and no mistake.
func native[T any, P pointer[T]](s scope, after func(P)) kind {
	return reading(s, []kjson.StrictOption{kjson.DisallowDuplicateFields}, nil, after)
}

// own is a kind of group metallb.io.
func own[T any, P pointer[T]](after func(P)) kind {
	return reading(scopeOwn, nil, nil, after)
}

// kindOf finds how to decode a kind, or reports that speakers do not read it.
func kindOf(apiVersion, name string) (kind, bool) {
	switch apiVersion + " " + name {
	case "v1 Service":
		return native(scopeAny, defaultService), true
	case "v1 Node":
		return native[corev1.Node](scopeCluster, nil), true
	case "v1 Namespace":
		return native(scopeCluster, defaultNamespaceLabel), true
	case "v1 Secret":
		return native(scopeOwn, defaultSecret), true
	case "v1 ConfigMap":
		return native[corev1.ConfigMap](scopeOwn, nil), true
	case "discovery.k8s.io/v1 EndpointSlice":
		return native[discoveryv1.EndpointSlice](scopeAny, nil), true
	case "metallb.io/v1beta2 BGPPeer":
		return reading(scopeOwn, nil, defaultPeer, nil), true
	case "metallb.io/v1beta1 BGPPeer":
		return oldPeer(), true
	case "metallb.io/v1beta1 IPAddressPool":
		return own(defaultPool), true
	case "metallb.io/v1beta1 BGPAdvertisement":
		return own(defaultBGPAdvertisement), true
	case "metallb.io/v1beta1 L2Advertisement":
		return own[v1beta1.L2Advertisement](nil), true
	case "metallb.io/v1beta1 BFDProfile":
		return own[v1beta1.BFDProfile](nil), true
	case "metallb.io/v1beta1 Community":
		return own[v1beta1.Community](nil), true
	}
	return kind{}, false
}

// oldPeer is BGPPeer of v1beta1, which becomes one of v1beta2.
func oldPeer() kind {
	k := own[v1beta1.BGPPeer](nil)
	k.decode = func(raw []byte) (metav1.Object, []error, error) {
		o := new(v1beta1.BGPPeer)
		strict, err := kjson.UnmarshalStrict(raw, o)
		return o.ToV1beta2(), strict, err
	}
	return k
}

// isReport reports whether the kind is one that speakers write: it is no input, and
// no reason for a warning when a dump of a cluster holds it.
func isReport(apiVersion, name string) bool {
	switch apiVersion + " " + name {
	case "metallb.io/v1beta1 ServiceL2Status", "metallb.io/v1beta1 ServiceBGPStatus", "metallb.io/v1beta1 ConfigurationState",
		"frr-speaker.io/v1alpha1 NodeState":
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
