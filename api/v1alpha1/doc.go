// Package v1alpha1 holds the API types of our own group frr-speaker.io: what a
// node's speaker and FRR report beyond the status objects of MetalLB.
//
// It must not import anything of this module.
//
// +kubebuilder:object:generate=true
// +groupName=frr-speaker.io
package v1alpha1
