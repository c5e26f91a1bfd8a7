package lab

import (
	"fmt"
	"net/netip"

	"frr-speaker/internal/bgp"
)

// RouterOptions describe a router of the lab, whatever software it runs.
type RouterOptions struct {
	HostOptions
	ASN       bgp.ASN
	RouterID  netip.Addr // default: its IPv4 address; needed without one
	Neighbors []Neighbor
	Originate []netip.Prefix // announced to every neighbor
	Port      uint16         // it listens on; default 179
	// GracefulRestart is the restart time in seconds that it offers as a helper;
	// 0: its software's default, which is to help (RFC 4724).
	GracefulRestart uint16
	Extra           string // appended to the configuration, in the router's own language
	// Install puts what it learns into its kernel; most tests only look at the RIB.
	Install bool
}

// Neighbor is one BGP session of a router.
type Neighbor struct {
	Addr     netip.Addr
	ASN      bgp.ASN
	Port     uint16 // default 179; with Passive it is not used
	LocalASN bgp.ASN
	Password string // TCP MD5 (RFC 2385)
	Multihop uint8  // TTL; 0: directly connected
	// BFD with 300 ms intervals and multiplier 3. With Multihop, BIRD sends it with TTL 64
	// and FRR accepts from 256 less its ebgp-multihop: between the two take 255.
	BFD       bool
	Passive   bool         // wait for the neighbor's connection
	Families  []bgp.Family // default: both
	Hold      uint16       // seconds; 0: the software's default
	Keepalive uint16       // seconds; 0: a third of Hold
}

func (n Neighbor) carries(f bgp.Family) bool {
	if len(n.Families) == 0 {
		return true
	}
	for _, have := range n.Families {
		if have == f {
			return true
		}
	}
	return false
}

func (n Neighbor) keepalive() uint16 {
	if n.Keepalive == 0 {
		return n.Hold / 3
	}
	return n.Keepalive
}

// complete fills in what depends on the host and checks what FRR and BIRD would refuse later.
func (o RouterOptions) complete(h *Host) (RouterOptions, error) {
	if o.ASN == 0 {
		return o, fmt.Errorf("router %s: no ASN", h.name)
	}
	if !o.RouterID.IsValid() {
		o.RouterID = h.Addr4()
	}
	if !o.RouterID.Is4() {
		return o, fmt.Errorf("router %s: it has no IPv4 address: give it a router ID", h.name)
	}
	for _, n := range o.Neighbors {
		if !n.Addr.IsValid() || n.ASN == 0 {
			return o, fmt.Errorf("router %s: neighbor %v: address or ASN missing", h.name, n.Addr)
		}
	}
	return o, nil
}

// withFamily are the originated prefixes of one family.
func (o RouterOptions) withFamily(f bgp.Family) []netip.Prefix {
	var prefixes []netip.Prefix
	for _, p := range o.Originate {
		if bgp.FamilyOf(p.Addr()) == f {
			prefixes = append(prefixes, p)
		}
	}
	return prefixes
}

// usesBFD reports whether any session does.
func (o RouterOptions) usesBFD() bool {
	for _, n := range o.Neighbors {
		if n.BFD {
			return true
		}
	}
	return false
}
