// Package l2 answers ARP (RFC 826) and Neighbor Discovery (RFC 4861) for the
// addresses that this node owns, and holds the election that says which those are.
//
// It knows addresses and links, not Kubernetes.
package l2
