package bgp

import "net/netip"

// Speaker is everything that one node's BGP speaker is to be.
type Speaker struct {
	Instances   []Instance   // sorted by VRF, the default one first
	BFDProfiles []BFDProfile // sorted by name
}

// Instance is one BGP process: an AS in a VRF, its sessions and what it originates.
type Instance struct {
	VRF      string // "" is the default VRF
	ASN      ASN
	RouterID netip.Addr // invalid: FRR's choice
	Sessions []Session  // sorted by ID
	Routes   []Route    // sorted by prefix, one per prefix
}

// Route is a prefix that the instance originates, and its place in each Adj-RIB-Out.
type Route struct {
	Prefix netip.Prefix
	Policy *Policy // shared by every route that is treated alike; never nil
}

// Policy says which neighbors receive a route and with which attributes. It is
// immutable once built; equal policies may be different pointers.
type Policy struct {
	Exports []Export // sorted by Session, never empty
	// Sources are the objects that led here, for people: "pool gold",
	// "advertisement with-communities". Sorted. Not part of the policy's identity.
	Sources []string
}

// Export is one entry of a route in one Adj-RIB-Out (RFC 4271, section 3.2).
type Export struct {
	Session    string // Session.ID
	Attributes Attributes
}

// Attributes are the path attributes that policy sets on a route. Slices are
// sorted and free of duplicates.
type Attributes struct {
	LocalPref        uint32 // 0: not set (RFC 4271, section 5.1.5)
	Communities      []Community
	LargeCommunities []LargeCommunity
}
