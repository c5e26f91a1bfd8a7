package l2

import "net/netip"

// Link is a network interface of the node, as the kernel describes it.
type Link struct {
	Index int
	Name  string
	// MAC is zero where frames have no Ethernet header.
	MAC MAC
	// LinkLocal is an IPv6 link-local address of the link that duplicate address
	// detection has let pass; invalid if there is none.
	LinkLocal netip.Addr
	Ethernet  bool // frames have an Ethernet header
	Loopback  bool
	Up        bool // an administrator has set it up
	Running   bool // it can carry frames (RFC 2863 operational state)
	NoARP     bool // IFF_NOARP
	Broadcast bool // IFF_BROADCAST
	Master    int  // index of the bridge, bond or VRF that the link is a port of; 0: none
}

// Unfit is why a link cannot answer for addresses.
type Unfit uint8

// The reasons, 0 for none.
const (
	UnfitAbsent      Unfit = iota + 1 // no link has the name
	UnfitExcluded                     // its name is among the excluded ones
	UnfitDown                         // not up, or without carrier
	UnfitEnslaved                     // a port of a bridge, bond or VRF: frames belong to its master
	UnfitNoARP                        // it resolves no addresses
	UnfitNotEthernet                  // loopback, or a tunnel without hardware addresses
	UnfitNoBroadcast                  // ARP needs broadcast
	UnfitNoLinkLocal                  // ND needs an IPv6 link-local address that is not tentative
	UnfitError                        // its socket cannot be opened
)

var unfitTexts = map[Unfit]string{
	UnfitAbsent:      "does not exist",
	UnfitExcluded:    "is excluded by the list of interfaces to exclude",
	UnfitDown:        "is down or has no carrier",
	UnfitEnslaved:    "is a port of a bridge, bond or VRF",
	UnfitNoARP:       "does not use ARP",
	UnfitNotEthernet: "is no Ethernet interface",
	UnfitNoBroadcast: "cannot broadcast",
	UnfitNoLinkLocal: "has no usable IPv6 link-local address",
	UnfitError:       "cannot be listened on",
}

// String is the end of a sentence that begins with the name of the link.
func (u Unfit) String() string { return unfitTexts[u] }

// Protocol is how the hardware address of an address is found.
type Protocol uint8

// The protocols.
const (
	ARP Protocol = iota + 1 // RFC 826, for IPv4
	NDP                     // RFC 4861, for IPv6
)

// String prints the protocol as metrics and logs have it.
func (p Protocol) String() string {
	if p == NDP {
		return "ndp"
	}
	return "arp"
}

// protocolOf is the protocol by which an address is found.
func protocolOf(addr netip.Addr) Protocol {
	if addr.Is4() {
		return ARP
	}
	return NDP
}

// unfit says why a link cannot answer by a protocol, 0 if it can. An IPv4 address
// is not needed: the address that is answered for is none of the node's either.
func (l Link) unfit(p Protocol, excluded Exclusions) Unfit {
	switch {
	case excluded.Match(l.Name):
		return UnfitExcluded
	case !l.Ethernet || l.Loopback || !l.MAC.unicast():
		return UnfitNotEthernet
	case l.Master != 0:
		return UnfitEnslaved
	case l.NoARP:
		return UnfitNoARP
	case !l.Up || !l.Running:
		return UnfitDown
	case p == ARP && !l.Broadcast:
		return UnfitNoBroadcast
	case p == NDP && !l.LinkLocal.IsLinkLocalUnicast():
		return UnfitNoLinkLocal
	}
	return 0
}
