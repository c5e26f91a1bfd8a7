package bgp

import (
	"net/netip"
	"time"
)

// Family is an address family and its subsequent family (RFC 4760, section 3).
type Family uint8

// The families that services use.
const (
	IPv4Unicast Family = iota + 1
	IPv6Unicast
)

// String prints the family as FRR's "address-family" takes it.
func (f Family) String() string {
	if f == IPv6Unicast {
		return "ipv6 unicast"
	}
	return "ipv4 unicast"
}

// FamilyOf is the unicast family that carries a prefix of this address.
func FamilyOf(a netip.Addr) Family {
	if a.Unmap().Is4() {
		return IPv4Unicast
	}
	return IPv6Unicast
}

// Session is one BGP connection to a neighbor. It is complete: nothing in it
// depends on an object that is not in it.
type Session struct {
	Peer string // name of the BGPPeer it comes from

	Addr      netip.Addr // neighbor address; invalid when Interface is set
	Interface string     // unnumbered: the link over which the neighbor is found
	VRF       string     // "" is the default VRF
	Families  []Family   // sorted, never empty

	RemoteAS RemoteAS
	LocalAS  ASN // AS shown to this neighbor instead of the instance's own; 0: none

	Port       uint16     // 0: FRR's default, 179
	SourceAddr netip.Addr // invalid: the kernel's choice

	Timers      *Timers       // nil: FRR's defaults
	ConnectTime time.Duration // whole seconds; 0: FRR's default

	Password              Secret // TCP MD5 (RFC 2385)
	BFD                   bool
	BFDProfile            string // "" with BFD: FRR's default profile
	GracefulRestart       bool   // RFC 4724
	EBGPMultiHop          bool
	DisableConnectedCheck bool
}

// Timers are hold and keepalive time, whole seconds; both zero: no keepalives (RFC 4271, section 4.2).
type Timers struct {
	Hold, Keepalive time.Duration
}

// ID names the session's neighbor uniquely on a node: its address or link, and
// the VRF when it is not the default one. Route-maps are named after it.
func (s Session) ID() string {
	id := s.Neighbor()
	if s.VRF != "" {
		id += "-" + s.VRF
	}
	return id
}

// Neighbor is the neighbor's name in FRR: its address, or the link of an unnumbered one.
func (s Session) Neighbor() string {
	if s.Interface != "" {
		return s.Interface
	}
	return s.Addr.String()
}

// Carries reports whether the session exchanges routes of a family.
func (s Session) Carries(f Family) bool {
	for _, have := range s.Families {
		if have == f {
			return true
		}
	}
	return false
}

// BFDProfile is a named set of BFD parameters (RFC 5880). Zero values are FRR's defaults.
type BFDProfile struct {
	Name             string
	ReceiveInterval  time.Duration // whole milliseconds
	TransmitInterval time.Duration // whole milliseconds
	DetectMultiplier uint8
	EchoInterval     time.Duration // whole milliseconds, both directions
	EchoMode         bool
	PassiveMode      bool
	MinimumTTL       uint8 // multihop only (RFC 5883)
}
