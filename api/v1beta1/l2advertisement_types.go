package v1beta1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// PreferredNodeSelector gives the nodes it selects a weight in the election of
// the node that answers for a service.
type PreferredNodeSelector struct {
	// Weight that a matching node gains.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	Weight int32 `json:"weight"`

	// Selects nodes by their labels. An empty selector matches every node.
	Preference metav1.LabelSelector `json:"preference"`
}

// L2AdvertisementSpec defines the desired state of an L2Advertisement.
type L2AdvertisementSpec struct {
	// Names of the IPAddressPools to announce. When this and
	// ipAddressPoolSelectors are empty: all pools.
	// +optional
	IPAddressPools []string `json:"ipAddressPools,omitempty"`

	// Selects further IPAddressPools to announce, by their labels.
	// +optional
	IPAddressPoolSelectors []metav1.LabelSelector `json:"ipAddressPoolSelectors,omitempty"`

	// Announces only from nodes that match one of these selectors. When empty,
	// from all nodes.
	// +optional
	NodeSelectors []metav1.LabelSelector `json:"nodeSelectors,omitempty"`

	// Interfaces on which to answer. When empty, on all interfaces that can.
	// +optional
	Interfaces []string `json:"interfaces,omitempty"`

	// Announces only services that match one of these selectors. When empty, all
	// services.
	// +optional
	ServiceSelectors []metav1.LabelSelector `json:"serviceSelectors,omitempty"`

	// Makes some of the nodes win the election of the node that answers. Among
	// nodes of equal weight the election is as without preferences.
	// +optional
	PreferredNodeSelectors []PreferredNodeSelector `json:"preferredNodeSelectors,omitempty"`
}

// L2AdvertisementStatus defines the observed state of an L2Advertisement.
type L2AdvertisementStatus struct{}

// +kubebuilder:object:root=true
// +kubebuilder:storageversion
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="IPAddressPools",type=string,JSONPath=`.spec.ipAddressPools`
// +kubebuilder:printcolumn:name="IPAddressPool Selectors",type=string,JSONPath=`.spec.ipAddressPoolSelectors`
// +kubebuilder:printcolumn:name="Interfaces",type=string,JSONPath=`.spec.interfaces`
// +kubebuilder:printcolumn:name="Node Selectors",type=string,JSONPath=`.spec.nodeSelectors`,priority=10

// L2Advertisement announces addresses of pools on the local networks, by ARP and NDP.
type L2Advertisement struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   L2AdvertisementSpec   `json:"spec,omitempty"`
	Status L2AdvertisementStatus `json:"status,omitempty"`
}

// +kubebuilder:object:root=true

// L2AdvertisementList is a list of L2Advertisement objects.
type L2AdvertisementList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []L2Advertisement `json:"items"`
}
