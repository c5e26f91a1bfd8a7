// Package v1beta2 holds the API types of group metallb.io, version v1beta2:
// BGPPeer. The schema is that of MetalLB, so existing objects stay valid.
//
// It must not import anything of this module.
//
// +kubebuilder:object:generate=true
// +groupName=metallb.io
package v1beta2
