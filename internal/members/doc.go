// Package members knows on which nodes a speaker is alive. It speaks the protocol
// of hashicorp/memberlist as MetalLB's speakers do, so that both kinds are members
// of one cluster.
//
// It knows addresses and node names, not Kubernetes: how to find other speakers
// is a function that it is given.
package members
