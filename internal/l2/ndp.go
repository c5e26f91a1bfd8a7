package l2

import (
	"net/netip"

	"github.com/mdlayher/ndp"
)

// The messages of Neighbor Discovery that matter here (RFC 4861, sections 4.3 and 4.4).
const (
	icmpNeighborSolicitation  = 135
	icmpNeighborAdvertisement = 136
	ndMessageMin              = 24 // octets, without options
)

// ndPacket is a message of Neighbor Discovery with all that is around it.
type ndPacket struct {
	frameDestination, frameSource MAC
	ip                            ipv6Packet
	message                       ndp.Message // *ndp.NeighborSolicitation or *ndp.NeighborAdvertisement
}

// parseNDP takes a frame apart and validates it (RFC 4861, sections 7.1.1 and
// 7.1.2), as far as that needs no knowledge of our addresses.
func parseNDP(frame []byte) (ndPacket, DropReason) {
	var p ndPacket
	var payload []byte
	var ok bool
	if p.frameDestination, p.frameSource, payload, ok = parseEthernet(frame, etherTypeIPv6); !ok {
		return p, DropMalformed
	}
	if p.ip, ok = parseIPv6(payload); !ok {
		return p, DropMalformed
	}
	icmp := p.ip.icmp
	switch {
	case len(icmp) < ndMessageMin:
		return p, DropMalformed
	case icmp[0] != icmpNeighborSolicitation && icmp[0] != icmpNeighborAdvertisement:
		return p, DropMessageType
	case p.ip.hopLimit != ndHopLimit:
		return p, DropHopLimit
	case !p.ip.checksumOK():
		return p, DropChecksum
	case icmp[1] != 0, p.ip.source.IsMulticast(): // code
		return p, DropMalformed
	}
	var err error
	if p.message, err = ndp.ParseMessage(icmp); err != nil {
		return p, DropMalformed
	}
	return p, DropNone
}

// answerNDP says what a frame that came in on a link leads to.
func answerNDP(frame []byte, link int, t *Table) Answer {
	p, why := parseNDP(frame)
	if why != DropNone {
		return drop(why)
	}
	switch m := p.message.(type) {
	case *ndp.NeighborSolicitation:
		a := replyNDP(p, m, link, t)
		a.Claim = claimInSolicitation(p, m, link, t)
		return a
	case *ndp.NeighborAdvertisement:
		return Answer{Drop: DropMessageType, Claim: claimInAdvertisement(p, m, link, t)}
	default:
		return drop(DropMessageType)
	}
}

func replyNDP(p ndPacket, m *ndp.NeighborSolicitation, link int, t *Table) Answer {
	l, listening := t.links[link]
	standing, why := t.stanceOf(m.TargetAddress, link)
	group := solicitedNode(m.TargetAddress)
	source, hasSource := linkLayerAddress(m.Options, ndp.Source)
	detection := p.ip.source.IsUnspecified() // duplicate address detection
	switch {
	case !listening:
		return drop(DropClosed)
	case detection && (hasSource || p.ip.destination != group):
		return drop(DropMalformed)
	case !p.reaches(l):
		return drop(DropEthernetDestination)
	case why != DropNone:
		return drop(why)
	case p.ip.destination != group && p.ip.destination != m.TargetAddress:
		return drop(DropDestination)
	case standing == stanceHolding:
		return drop(DropNotClaimed)
	case t.own[p.frameSource]:
		return drop(DropOwn)
	case detection && standing == stanceLeaving:
		return drop(DropHandover)
	case detection:
		// RFC 4861, section 7.2.4: nobody in particular can be answered.
		return Answer{Addr: m.TargetAddress, Frame: unsolicitedNA(l, m.TargetAddress)}
	case !hasSource && p.ip.destination == group:
		return drop(DropNoSourceLL)
	case !hasSource:
		// RFC 4861, section 4.3: who sends to one host may leave its address out, as
		// the frame has it.
		source = p.frameSource
	}
	if !source.unicast() {
		return drop(DropSourceAddress)
	}
	return Answer{Addr: m.TargetAddress, Frame: naFrame(l, m.TargetAddress, source, p.ip.source, true)}
}

// reaches reports whether the frame around the packet is for a link: for its
// hardware address, or that of the group which the packet is for.
func (p ndPacket) reaches(l Link) bool {
	return p.frameDestination == l.MAC ||
		p.ip.destination.IsMulticast() && p.frameDestination == groupMAC(p.ip.destination)
}

// claimInSolicitation finds another host that is about to use an address which is
// not claimed yet (RFC 4862, section 5.4.3).
func claimInSolicitation(p ndPacket, m *ndp.NeighborSolicitation, link int, t *Table) Claim {
	at, _ := t.stanceOf(m.TargetAddress, link)
	if at == stanceHolding && p.ip.source.IsUnspecified() && t.foreign(p.frameSource) {
		return Claim{Addr: m.TargetAddress, MAC: p.frameSource, Probe: true}
	}
	return Claim{}
}

// claimInAdvertisement finds another host that says it has one of our addresses
// (RFC 4862, section 5.4.4).
func claimInAdvertisement(p ndPacket, m *ndp.NeighborAdvertisement, link int, t *Table) Claim {
	at, _ := t.stanceOf(m.TargetAddress, link)
	if at == stanceNone || m.Solicited && p.ip.destination.IsMulticast() {
		return Claim{}
	}
	mac, ok := linkLayerAddress(m.Options, ndp.Target)
	if !ok {
		mac = p.frameSource
	}
	if !t.foreign(mac) {
		return Claim{}
	}
	return Claim{Addr: m.TargetAddress, MAC: mac}
}

func linkLayerAddress(options []ndp.Option, direction ndp.Direction) (MAC, bool) {
	for _, o := range options {
		if lla, ok := o.(*ndp.LinkLayerAddress); ok && lla.Direction == direction && len(lla.Addr) == len(MAC{}) {
			return MAC(lla.Addr), true
		}
	}
	return MAC{}, false
}

// ndProbe asks whether any other host has an address that this node does not use
// yet (RFC 4862, section 5.4.2).
func ndProbe(l Link, addr netip.Addr) []byte {
	group := solicitedNode(addr)
	return ndFrame(l, &ndp.NeighborSolicitation{TargetAddress: addr}, groupMAC(group), netip.IPv6Unspecified(), group)
}

// ndQuestion asks the same for an address in use: whoever has it answers this
// node alone, where a probe would make it tell everybody.
func ndQuestion(l Link, addr netip.Addr) []byte {
	group := solicitedNode(addr)
	m := &ndp.NeighborSolicitation{TargetAddress: addr, Options: []ndp.Option{
		&ndp.LinkLayerAddress{Direction: ndp.Source, Addr: l.MAC[:]},
	}}
	return ndFrame(l, m, groupMAC(group), l.LinkLocal, group)
}

// unsolicitedNA tells everybody where an address is (RFC 4861, section 7.2.6).
func unsolicitedNA(l Link, addr netip.Addr) []byte {
	nodes := netip.IPv6LinkLocalAllNodes()
	return naFrame(l, addr, groupMAC(nodes), nodes, false)
}

// naFrame is a neighbor advertisement. It overrides what caches hold, as that of
// any address of which there is one owner does (RFC 4861, section 7.2.4).
func naFrame(l Link, addr netip.Addr, mac MAC, destination netip.Addr, solicited bool) []byte {
	return ndFrame(l, &ndp.NeighborAdvertisement{
		Solicited: solicited, Override: true, TargetAddress: addr,
		Options: []ndp.Option{&ndp.LinkLayerAddress{Direction: ndp.Target, Addr: l.MAC[:]}},
	}, mac, l.LinkLocal, destination)
}

func ndFrame(l Link, m ndp.Message, mac MAC, source, destination netip.Addr) []byte {
	icmp, err := ndp.MarshalMessageChecksum(m, source, destination)
	if err != nil {
		return nil // only of an address that is not IPv6
	}
	ip := ipv6Packet{hopLimit: ndHopLimit, source: source, destination: destination, icmp: icmp}
	return ethernetFrame(mac, l.MAC, etherTypeIPv6, ip.marshal())
}

// solicitedNode is the group in which the owner of an address is asked for it
// (RFC 4291, section 2.7.1); the zero Addr for what is no IPv6 address.
func solicitedNode(addr netip.Addr) netip.Addr {
	group, err := ndp.SolicitedNodeMulticast(addr)
	if err != nil {
		return netip.Addr{}
	}
	return group
}

// groupMAC is the hardware address of an IPv6 group (RFC 2464, section 7).
func groupMAC(group netip.Addr) MAC {
	b := group.As16()
	return MAC{0x33, 0x33, b[12], b[13], b[14], b[15]}
}
