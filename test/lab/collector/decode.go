package collector

import (
	"fmt"
	"net"
	"net/netip"

	packet "github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"frr-speaker/internal/bgp"
)

// decode turns an UPDATE into events without time and neighbor: withdrawals
// first, as the message means them (RFC 4271, section 4.3).
func decode(u *packet.BGPUpdate) ([]Event, error) {
	attributes := &Attributes{}
	var reachable, unreachable []packet.AddrPrefixInterface
	for _, p := range u.WithdrawnRoutes {
		unreachable = append(unreachable, p)
	}
	for _, p := range u.NLRI {
		reachable = append(reachable, p)
	}
	for _, a := range u.PathAttributes {
		switch a := a.(type) {
		case *packet.PathAttributeMpReachNLRI:
			reachable = append(reachable, a.Value...)
			attributes.NextHop, attributes.LinkLocal = address(a.Nexthop), address(a.LinkLocalNexthop)
		case *packet.PathAttributeMpUnreachNLRI:
			unreachable = append(unreachable, a.Value...)
		default:
			attributes.set(a)
		}
	}
	events := make([]Event, 0, len(reachable)+len(unreachable))
	for _, p := range unreachable {
		prefix, err := prefixOf(p)
		if err != nil {
			return nil, err
		}
		events = append(events, Event{Kind: Withdraw, Prefix: prefix})
	}
	for _, p := range reachable {
		prefix, err := prefixOf(p)
		if err != nil {
			return nil, err
		}
		events = append(events, Event{Kind: Announce, Prefix: prefix, Attributes: attributes})
	}
	return events, nil
}

// set takes over one attribute that is not about reachability.
func (a *Attributes) set(from packet.PathAttributeInterface) {
	switch from := from.(type) {
	case *packet.PathAttributeNextHop:
		a.NextHop = address(from.Value)
	case *packet.PathAttributeAsPath:
		for _, segment := range from.Value {
			for _, as := range segment.GetAS() {
				a.ASPath = append(a.ASPath, bgp.ASN(as))
			}
		}
	case *packet.PathAttributeLocalPref:
		a.LocalPref = from.Value
	case *packet.PathAttributeMultiExitDisc:
		a.MED = from.Value
	case *packet.PathAttributeCommunities:
		for _, c := range from.Value {
			a.Communities = append(a.Communities, bgp.Community(c))
		}
	case *packet.PathAttributeLargeCommunities:
		for _, c := range from.Values {
			a.LargeCommunities = append(a.LargeCommunities,
				bgp.LargeCommunity{Global: c.ASN, Local1: c.LocalData1, Local2: c.LocalData2})
		}
	}
}

func prefixOf(p packet.AddrPrefixInterface) (netip.Prefix, error) {
	switch p := p.(type) {
	case *packet.IPAddrPrefix:
		return netip.PrefixFrom(address(p.Prefix), int(p.Length)), nil
	case *packet.IPv6AddrPrefix:
		addr, _ := netip.AddrFromSlice(p.Prefix.To16())
		return netip.PrefixFrom(addr, int(p.Length)), nil
	default:
		return netip.Prefix{}, fmt.Errorf("prefix of family %d/%d", p.AFI(), p.SAFI())
	}
}

// address converts; nil becomes the invalid address.
func address(ip net.IP) netip.Addr {
	addr, _ := netip.AddrFromSlice(ip)
	return addr.Unmap()
}

func routeFamily(f bgp.Family) packet.RouteFamily {
	if f == bgp.IPv6Unicast {
		return packet.RF_IPv6_UC
	}
	return packet.RF_IPv4_UC
}

func familyOf(afi uint16, safi uint8) (bgp.Family, bool) {
	switch packet.AfiSafiToRouteFamily(afi, safi) {
	case packet.RF_IPv4_UC:
		return bgp.IPv4Unicast, true
	case packet.RF_IPv6_UC:
		return bgp.IPv6Unicast, true
	default:
		return 0, false
	}
}
