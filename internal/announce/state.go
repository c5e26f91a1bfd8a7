package announce

import (
	"net/netip"
	"slices"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/l2"
)

// State is what one node announces, and why.
type State struct {
	Node string
	// NodeUnknown means that the cluster has no such node. Nothing says then which
	// sessions it has: what it announces now must stay as it is.
	NodeUnknown bool
	// NodeGone means that the cluster had such a node until it was deleted.
	NodeGone bool
	BGP      bgp.Speaker
	L2       []l2.Announcement // addresses that this node owns, sorted
	Verdicts []Verdict         // sorted by service, then protocol
	Problems []intent.Problem  // what only shows on this node, such as two peers that exclude each other
}

// given is the state for somebody who may sort its Problems.
func (s State) given() State {
	s.Problems = slices.Clone(s.Problems)
	return s
}

// Protocol is a way to announce an address.
type Protocol uint8

// The protocols.
const (
	ProtocolBGP Protocol = iota + 1
	ProtocolL2
)

// String prints the protocol as MetalLB's labels and events have it.
func (p Protocol) String() string {
	if p == ProtocolL2 {
		return "layer2"
	}
	return "bgp"
}

// Verdict is the answer to "does this node announce this service, and why (not)".
type Verdict struct {
	Service   intent.Ref
	Addresses []netip.Addr // the service's, announced or not; if it is announced by L2, those that this node answers for
	Protocol  Protocol
	Reason    Reason
	// Detail names what the reason speaks of: the address, the advertisements. One line, no secrets.
	Detail string
	Peers  []string // names of the BGPPeers that get at least one route of it, sorted
}

// Announced reports whether the node announces the service.
func (v Verdict) Announced() bool { return v.Reason == Announced }
