package v1beta1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// CommunityAlias names a BGP community.
type CommunityAlias struct {
	// Name by which BGPAdvertisements refer to the community.
	// +optional
	Name string `json:"name,omitempty"`

	// Value of the community: "a:b" with two 16-bit numbers (RFC 1997), or
	// "large:a:b:c" with three 32-bit numbers (RFC 8092).
	// +optional
	Value string `json:"value,omitempty"`
}

// CommunitySpec defines the desired state of a Community.
type CommunitySpec struct {
	// Names and the communities they stand for. A name may be defined only once
	// in all Community objects.
	// +optional
	Communities []CommunityAlias `json:"communities,omitempty"`
}

// CommunityStatus defines the observed state of a Community.
type CommunityStatus struct{}

// +kubebuilder:object:root=true
// +kubebuilder:storageversion
// +kubebuilder:subresource:status

// Community is a collection of names for BGP communities.
type Community struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   CommunitySpec   `json:"spec,omitempty"`
	Status CommunityStatus `json:"status,omitempty"`
}

// +kubebuilder:object:root=true

// CommunityList is a list of Community objects.
type CommunityList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Community `json:"items"`
}
