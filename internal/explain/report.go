package explain

// Service is the answer about one service.
type Service struct {
	Namespace string   `json:"namespace"`
	Name      string   `json:"name"`
	Addresses []string `json:"addresses,omitempty"`
	Pool      string   `json:"pool,omitempty"` // of the addresses
	Policy    string   `json:"externalTrafficPolicy,omitempty"`
	// Serving is how many endpoints can serve, EndpointNodes on which nodes.
	Serving       int      `json:"servingEndpoints"`
	EndpointNodes []string `json:"endpointNodes,omitempty"`

	// OK means that it is announced everywhere it should be, as far as that is known.
	OK bool `json:"ok"`
	// Reason is "announced" when some node announces it, and else why none does: in the
	// words of the Event notAnnounced.
	Reason string `json:"reason"`
	// Missing are the addresses that no node announces, although some other is announced.
	Missing []string    `json:"missingAddresses,omitempty"`
	Owners  []Ownership `json:"owners,omitempty"` // of addresses that are announced by layer 2
	Nodes   []Node      `json:"nodes,omitempty"`  // by name, then protocol
	Causes  []Cause     `json:"causes,omitempty"` // what concerns it on every node
}

// Ownership is who answers for an address, and who could.
type Ownership struct {
	Address    string   `json:"address"`
	Owner      string   `json:"owner,omitempty"`
	Candidates []string `json:"candidates,omitempty"` // the owner too
}

// Node is the answer of one node, for one protocol.
type Node struct {
	Node     string `json:"node"`
	Protocol string `json:"protocol"`
	Reason   string `json:"reason"` // as announce.Reason prints it
	Detail   string `json:"detail,omitempty"`
	Remedy   string `json:"remedy,omitempty"` // for when the node should announce it
	// Fault means that the node should announce the service and does not, or that
	// routers do not have what it announces.
	Fault bool `json:"fault"`

	Advertisements []Advertisement `json:"advertisements,omitempty"` // of the pool
	Peers          []Peer          `json:"peers,omitempty"`          // who get it
	Interfaces     []string        `json:"interfaces,omitempty"`     // which answer; none: all that can
	Causes         []Cause         `json:"causes,omitempty"`         // what led to the reason, or keeps routers from having it
}

// Advertisement is one that announces the pool, and whether it means the service here.
type Advertisement struct {
	Name    string `json:"name"`
	Matches bool   `json:"matches"`
	Why     string `json:"why,omitempty"` // it does not
}

// Peer is a BGPPeer that gets the service from a node.
type Peer struct {
	Name     string  `json:"name"`
	Neighbor string  `json:"neighbor"`
	VRF      string  `json:"vrf,omitempty"`
	Routes   []Route `json:"routes"`
	// Session is what FRR says; nil while nobody has reported.
	Session *Session `json:"session,omitempty"`
}

// Route is a prefix with the attributes that policy gives it towards one peer.
type Route struct {
	Prefix           string   `json:"prefix"`
	Aggregate        bool     `json:"aggregate,omitempty"` // shorter than the address
	LocalPref        uint32   `json:"localPref,omitempty"`
	Communities      []string `json:"communities,omitempty"`
	LargeCommunities []string `json:"largeCommunities,omitempty"`
}

// Session is the state of a session as its node has reported it.
type Session struct {
	State     string `json:"state"`
	Since     string `json:"since,omitempty"` // RFC 3339
	LastReset string `json:"lastReset,omitempty"`
	Wanted    int32  `json:"prefixesWanted"`
	Sent      int32  `json:"prefixesSent"`
}

// Cause is one link in the chain that leads to a reason. Its reason is a word that
// status objects or Events have too, or empty for a problem with an object.
type Cause struct {
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"`
}
