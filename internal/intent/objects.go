package intent

import (
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
)

// Objects is one consistent set of API objects. The objects are shared and must
// not be changed. Order does not matter: Parse sorts.
type Objects struct {
	Peers             []*v1beta2.BGPPeer // v1beta1 objects converted by the source
	BGPAdvertisements []*v1beta1.BGPAdvertisement
	L2Advertisements  []*v1beta1.L2Advertisement
	Pools             []*v1beta1.IPAddressPool
	BFDProfiles       []*v1beta1.BFDProfile
	Communities       []*v1beta1.Community

	Services       []*corev1.Service
	EndpointSlices []*discoveryv1.EndpointSlice
	Nodes          []*corev1.Node
	Namespaces     []*corev1.Namespace
	Secrets        []*corev1.Secret    // of the own namespace
	ConfigMaps     []*corev1.ConfigMap // of the own namespace

	// Members names the nodes whose speakers are alive; nil means that nobody
	// watches them, and every node counts.
	Members []string
}
