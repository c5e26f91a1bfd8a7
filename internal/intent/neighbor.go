package intent

import (
	"net/netip"

	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/bgp"
)

// parseNeighbor reads where the neighbor is, and from where to dial it.
func parseNeighbor(f *findings, spec *v1beta2.BGPPeerSpec, s *bgp.Session) {
	switch {
	case spec.Address != "" && spec.Interface != "":
		f.refuse("spec.peerAddress", "remove one of the two", "is set together with spec.interface")
	case spec.Address != "":
		s.Addr = parsePeerAddress(f, spec.Address)
	case spec.Interface != "":
		f.object("spec.interface", checkLinkName(spec.Interface))
		s.Interface = spec.Interface
	default:
		f.refuse("spec.peerAddress", "set the address of the neighbor here, or spec.interface", "is missing")
	}
	if spec.SrcAddress != "" && spec.Interface != "" {
		f.refuse("spec.sourceAddress", "remove it: the link has the address that the session uses",
			"is set together with spec.interface, and FRR drops it there") // without a word
		return
	}
	if spec.SrcAddress != "" {
		s.SourceAddr = parseSourceAddress(f, spec.SrcAddress, s.Addr)
	}
}

func parsePeerAddress(f *findings, text string) netip.Addr {
	const field = "spec.peerAddress"
	addr, c := parseAddr(text)
	if c != nil {
		if zoned, err := netip.ParseAddr(text); err == nil && zoned.IsLinkLocalUnicast() {
			c.remedy = "set spec.interface to " + quote(zoned.Zone()) + " in place of spec.peerAddress"
		}
		f.object(field, c)
		return netip.Addr{}
	}
	if addr.IsUnspecified() || addr.IsMulticast() || addr == broadcast {
		f.refuse(field, "write the unicast address of the neighbor", "%s is not the address of a router", addr)
	}
	if addr.Is6() && addr.IsLinkLocalUnicast() {
		f.warn(field, "the session will not come up", "set spec.interface in place of spec.peerAddress", "%s is link-local, and without its link FRR cannot dial it", addr)
	}
	return addr
}

// broadcast is the limited broadcast address (RFC 919, section 7).
var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

func parseSourceAddress(f *findings, text string, neighbor netip.Addr) netip.Addr {
	const field = "spec.sourceAddress"
	addr, c := parseAddr(text)
	if c != nil {
		f.object(field, c)
		return netip.Addr{}
	}
	if addr.IsUnspecified() || addr.IsMulticast() || addr == broadcast {
		f.refuse(field, "write an address that the node has", "%s is not the address of a node", addr)
	}
	if neighbor.IsValid() && addr.Is4() != neighbor.Is4() {
		f.refuse(field, "use an address of the neighbor's family", "%s and the neighbor's address %s are of different families", addr, neighbor)
	}
	return addr
}
