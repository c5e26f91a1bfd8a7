package announce

// Reason is why a service is or is not announced. Logs, events, status, metrics
// and the command line all print its String.
type Reason uint8

// The reasons. Names that MetalLB logs as well are its own.
const (
	Announced Reason = iota + 1
	NoIPAllocated
	InvalidIP
	IPNotAllowed // in no pool, or in more than one
	NotOwner     // no advertisement of the pool includes this node, or another node was elected
	NoMatchingAdvertisement
	ConflictingAdvertisements
	TooManyCommunities // more than one route and one line of configuration hold
	NodeUnknown
	NodeNetworkUnavailable
	NodeLabeledExcludeBalancers
	NoLocalEndpoints
	NoEndpoints
	NoPeers        // no peer on this node
	NoMatchingPeer // peers here, but none that the advertisements name and that carries the family
	NotMember      // the node's speaker is none of those that are known to be alive
	NoCommonNode   // shares an address with a service that none of its nodes may announce
	SharedIPWithServiceSelector
)

var reasonNames = map[Reason]string{
	Announced:                   "announced",
	NoIPAllocated:               "noIPAllocated",
	InvalidIP:                   "invalidIP",
	IPNotAllowed:                "ipNotAllowed",
	NotOwner:                    "notOwner",
	NoMatchingAdvertisement:     "noMatchingAdvertisement",
	ConflictingAdvertisements:   "conflictingAdvertisements",
	TooManyCommunities:          "tooManyCommunities",
	NodeUnknown:                 "nodeUnknown",
	NodeNetworkUnavailable:      "nodeNetworkUnavailable",
	NodeLabeledExcludeBalancers: "nodeLabeledExcludeBalancers",
	NoLocalEndpoints:            "noLocalEndpoints",
	NoEndpoints:                 "noEndpoints",
	NoPeers:                     "noPeers",
	NoMatchingPeer:              "noMatchingPeer",
	NotMember:                   "notMember",
	NoCommonNode:                "noCommonNode",
	SharedIPWithServiceSelector: "sharedIPWithServiceSelector",
}

// String prints the reason as users meet it everywhere.
func (r Reason) String() string { return reasonNames[r] }
