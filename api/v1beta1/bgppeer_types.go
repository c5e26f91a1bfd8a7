package v1beta1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta2"
)

// BGPPeerSpec defines the desired state of a BGPPeer: as in v1beta2.
// +kubebuilder:validation:XValidation:rule="(has(self.peerASN) && self.peerASN != 0) != has(self.dynamicASN)",message="set either peerASN or dynamicASN"
// +kubebuilder:validation:XValidation:rule="(has(self.peerAddress) && size(self.peerAddress) > 0) != (has(self.interface) && size(self.interface) > 0)",message="set either peerAddress or interface"
// +kubebuilder:validation:XValidation:rule="!has(self.password) || size(self.password) == 0 || !has(self.passwordSecret) || !has(self.passwordSecret.name) || size(self.passwordSecret.name) == 0",message="set either password or passwordSecret"
// +kubebuilder:validation:XValidation:rule="!has(self.ebgpMultiHop) || !self.ebgpMultiHop || !has(self.peerASN) || self.peerASN != self.myASN",message="remove ebgpMultiHop: internal sessions, with peerASN equal to myASN, may cross hops anyway"
// +kubebuilder:validation:XValidation:rule="(!has(oldSelf.dynamicASN) || has(self.dynamicASN)) && (!has(oldSelf.localASN) || oldSelf.localASN == 0 || has(self.localASN)) && (!has(oldSelf.interface) || size(oldSelf.interface) == 0 || has(self.interface)) && (!has(oldSelf.connectTime) || has(self.connectTime)) && (!has(oldSelf.vrf) || size(oldSelf.vrf) == 0 || has(self.vrf)) && (!has(oldSelf.enableGracefulRestart) || !oldSelf.enableGracefulRestart || has(self.enableGracefulRestart)) && (!has(oldSelf.dualStackAddressFamily) || !oldSelf.dualStackAddressFamily || has(self.dualStackAddressFamily)) && (!has(oldSelf.passwordSecret) || !has(oldSelf.passwordSecret.name) || has(self.passwordSecret))",message="this update through v1beta1 would remove what only v1beta2 has (dynamicASN, localASN, interface, connectTime, vrf, passwordSecret, enableGracefulRestart, dualStackAddressFamily): use metallb.io/v1beta2"
type BGPPeerSpec struct {
	// AS number to use for the local end of the session.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4294967295
	// +kubebuilder:validation:Format=int64
	// +kubebuilder:validation:XValidation:rule="self != 0",message="set myASN to the AS number of the nodes"
	MyASN uint32 `json:"myASN"`

	// AS number to expect from the remote end of the session. Set either this
	// or dynamicASN.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4294967295
	// +kubebuilder:validation:Format=int64
	// +optional
	ASN uint32 `json:"peerASN,omitempty"`

	// Takes the AS number of the remote end from the session itself. Internal:
	// accept only our own AS number. External: accept any other. Set either
	// this or peerASN.
	// +optional
	DynamicASN v1beta2.DynamicASNMode `json:"dynamicASN,omitempty"`

	// AS number to present to this peer instead of myASN. Routes then carry
	// this number alone, not myASN (FRR: local-as no-prepend replace-as).
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=4294967295
	// +kubebuilder:validation:Format=int64
	// +optional
	LocalASN uint32 `json:"localASN,omitempty"`

	// Address to dial when establishing the session. Set either this or interface.
	// +kubebuilder:validation:XValidation:rule="self == '' || isIP(self) || self.matches('^::[fF]{4}:')",message="peerAddress must be an IPv4 or IPv6 address"
	// +optional
	Address string `json:"peerAddress,omitempty"`

	// Host interface over which to set up an unnumbered session, by IPv6 link
	// local address. Set either this or peerAddress.
	// +optional
	Interface string `json:"interface,omitempty"`

	// Source address to use when establishing the session.
	// +kubebuilder:validation:XValidation:rule="self == '' || isIP(self) || self.matches('^::[fF]{4}:')",message="sourceAddress must be an IPv4 or IPv6 address"
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

	// Time to wait between attempts to connect to the peer: whole seconds.
	// +kubebuilder:validation:XValidation:rule="duration(self).getSeconds() >= 1 && duration(self).getSeconds() <= 65535",message="connectTime must be between 1s and 65535s"
	// +kubebuilder:validation:XValidation:rule="duration(self).getMilliseconds() % 1000 == 0",message="connectTime must be a whole number of seconds"
	// +optional
	ConnectTime *metav1.Duration `json:"connectTime,omitempty"`

	// BGP router ID to advertise to the peer. It must be equal in all peers of a node.
	// +optional
	RouterID string `json:"routerID,omitempty"`

	// Makes this session only on nodes that match one of these selectors. When
	// empty, on all nodes.
	// +optional
	NodeSelectors []metav1.LabelSelector `json:"nodeSelectors,omitempty"`

	// Password of the session (TCP MD5, RFC 2385). Set either this or passwordSecret.
	// +optional
	Password string `json:"password,omitempty"`

	// Secret that holds the password of the session: of type
	// "kubernetes.io/basic-auth", in the namespace of this object, with the
	// password under key "password".
	// +optional
	PasswordSecret corev1.SecretReference `json:"passwordSecret,omitzero"`

	// Name of the BFDProfile to use on this session. When empty, the session
	// runs without BFD.
	// +optional
	BFDProfile string `json:"bfdProfile,omitempty"`

	// Lets BGP graceful restart keep forwarding when the peer restarts or this
	// speaker does (RFC 4724). It cannot be changed once set.
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="enableGracefulRestart cannot be changed after creation: delete the BGPPeer and create it again"
	// +optional
	EnableGracefulRestart bool `json:"enableGracefulRestart,omitempty"`

	// Set when the peer is more than one hop away. Only for external sessions.
	// +optional
	EBGPMultiHop bool `json:"ebgpMultiHop,omitempty"`

	// Linux VRF over which to make the session. It must exist on the node.
	// +optional
	VRFName string `json:"vrf,omitempty"`

	// Deprecated: has no effect. Use dualStackAddressFamily.
	// +optional
	DisableMP bool `json:"disableMP,omitempty"`

	// Exchanges both IPv4 and IPv6 routes over this session, whatever the family
	// of its address.
	// +optional
	DualStackAddressFamily bool `json:"dualStackAddressFamily,omitempty"`
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
// Deprecated: use v1beta2.
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
