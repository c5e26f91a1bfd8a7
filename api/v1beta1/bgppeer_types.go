package v1beta1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// MatchExpression is one requirement of a NodeSelector.
type MatchExpression struct {
	// Label key that the requirement is about.
	Key string `json:"key"`

	// Relation of the label to the values: In, NotIn, Exists or DoesNotExist.
	Operator string `json:"operator"`

	// Values that the relation compares with.
	// +kubebuilder:validation:MinItems:=1
	Values []string `json:"values"`
}

// NodeSelector selects nodes by their labels.
type NodeSelector struct {
	// Labels that a node must carry.
	// +optional
	MatchLabels map[string]string `json:"matchLabels,omitempty"`

	// Further requirements, all of which must hold.
	// +optional
	MatchExpressions []MatchExpression `json:"matchExpressions,omitempty"`
}

// BGPPeerSpec defines the desired state of a BGPPeer.
type BGPPeerSpec struct {
	// AS number to use for the local end of the session.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4294967295
	// +kubebuilder:validation:Format=int64
	MyASN uint32 `json:"myASN"`

	// AS number to expect from the remote end of the session.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4294967295
	// +kubebuilder:validation:Format=int64
	ASN uint32 `json:"peerASN"`

	// Address to dial when establishing the session.
	Address string `json:"peerAddress"`

	// Source address to use when establishing the session.
	// +optional
	SrcAddress string `json:"sourceAddress,omitempty"`

	// TCP port to dial when establishing the session. 0 or omitted means 179.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=16384
	// +optional
	Port uint16 `json:"peerPort,omitempty"`

	// Hold time to propose, per RFC 4271: 0s, or 3s and more. When omitted, FRR's
	// own default applies.
	// +optional
	HoldTime *metav1.Duration `json:"holdTime,omitempty"`

	// Keepalive interval to use, no longer than the hold time. When omitted,
	// FRR's own default applies.
	// +optional
	KeepaliveTime *metav1.Duration `json:"keepaliveTime,omitempty"`

	// BGP router ID to advertise to the peer.
	// +optional
	RouterID string `json:"routerID,omitempty"`

	// Makes this session only on nodes that match one of these selectors. When
	// empty, on all nodes.
	// +optional
	NodeSelectors []NodeSelector `json:"nodeSelectors,omitempty"`

	// Password of the session (TCP MD5, RFC 2385).
	// +optional
	Password string `json:"password,omitempty"`

	// Name of the BFDProfile to use on this session.
	// +optional
	BFDProfile string `json:"bfdProfile,omitempty"`

	// Set when the peer is more than one hop away.
	// +optional
	EBGPMultiHop bool `json:"ebgpMultiHop,omitempty"`
}

// BGPPeerStatus defines the observed state of a BGPPeer.
type BGPPeerStatus struct{}

// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:deprecatedversion:warning="v1beta1 is deprecated, please use v1beta2"
// +kubebuilder:printcolumn:name="Address",type=string,JSONPath=`.spec.peerAddress`
// +kubebuilder:printcolumn:name="ASN",type=string,JSONPath=`.spec.peerASN`
// +kubebuilder:printcolumn:name="BFD Profile",type=string,JSONPath=`.spec.bfdProfile`
// +kubebuilder:printcolumn:name="Multi Hops",type=string,JSONPath=`.spec.ebgpMultiHop`

// BGPPeer is a BGP session that the speakers make to a router.
//
// Deprecated: use v1beta2, to which ToV1beta2 converts.
type BGPPeer struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   BGPPeerSpec   `json:"spec,omitempty"`
	Status BGPPeerStatus `json:"status,omitempty"`
}

// +kubebuilder:object:root=true

// BGPPeerList is a list of BGPPeer objects.
type BGPPeerList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []BGPPeer `json:"items"`
}
