// Package v1beta1 holds the API types of group metallb.io, version v1beta1: what
// users write (pools, advertisements, BFD profiles, communities, peers of the
// old version) and what the speakers report. The schema is that of MetalLB, so
// existing objects stay valid.
//
// It must not import anything of this module but api/v1beta2, to which it
// converts.
//
// +kubebuilder:object:generate=true
// +groupName=metallb.io
package v1beta1
