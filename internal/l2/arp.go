package l2

import (
	"bytes"
	"net/netip"

	"github.com/mdlayher/arp"
)

// arpIPv4 is how an ARP packet begins that speaks of IPv4 over Ethernet (RFC 826):
// hardware type 1, protocol type 0x0800, lengths 6 and 4.
var arpIPv4 = []byte{0, 1, 8, 0, 6, 4}

// arpPacket is an ARP packet with the frame around it.
type arpPacket struct {
	destination MAC // of the frame
	operation   arp.Operation
	senderMAC   MAC
	sender      netip.Addr
	target      netip.Addr
}

func parseARP(frame []byte) (arpPacket, bool) {
	destination, _, payload, ok := parseEthernet(frame, etherTypeARP)
	if !ok || !bytes.HasPrefix(payload, arpIPv4) {
		return arpPacket{}, false
	}
	var p arp.Packet
	if p.UnmarshalBinary(payload) != nil {
		return arpPacket{}, false
	}
	return arpPacket{
		destination: destination,
		operation:   p.Operation,
		senderMAC:   MAC(p.SenderHardwareAddr),
		sender:      p.SenderIP,
		target:      p.TargetIP,
	}, true
}

// answerARP says what a frame that came in on a link leads to.
func answerARP(frame []byte, link int, t *Table) Answer {
	p, ok := parseARP(frame)
	if !ok {
		return drop(DropMalformed)
	}
	a := replyARP(p, link, t)
	a.Claim = claimInARP(p, link, t)
	return a
}

func replyARP(p arpPacket, link int, t *Table) Answer {
	l, listening := t.links[link]
	standing, why := t.stanceOf(p.target, link)
	switch {
	case !listening:
		return drop(DropClosed)
	case p.operation == arp.OperationReply:
		return drop(DropARPReply)
	case p.operation != arp.OperationRequest:
		return drop(DropMessageType)
	case p.destination != broadcast && p.destination != l.MAC:
		return drop(DropEthernetDestination)
	case why != DropNone:
		return drop(why)
	case standing == stanceHolding:
		return drop(DropNotClaimed)
	case p.sender == p.target:
		return drop(DropAnnouncement)
	case !p.senderMAC.unicast():
		return drop(DropSourceAddress)
	case t.own[p.senderMAC]:
		return drop(DropOwn)
	case standing == stanceLeaving && p.sender.IsUnspecified():
		return drop(DropHandover)
	}
	return Answer{
		Addr:  p.target,
		Frame: arpFrame(arp.OperationReply, p.senderMAC, l.MAC, p.target, p.senderMAC, p.sender),
	}
}

// claimInARP finds the claim in a packet: any packet of another host that has one
// of our addresses as its sender's (RFC 5227, section 2.4), and a probe for one
// that is not claimed yet (section 2.1.1).
func claimInARP(p arpPacket, link int, t *Table) Claim {
	if !t.foreign(p.senderMAC) {
		return Claim{}
	}
	if at, _ := t.stanceOf(p.sender, link); at != stanceNone {
		return Claim{Addr: p.sender, MAC: p.senderMAC}
	}
	at, _ := t.stanceOf(p.target, link)
	if at == stanceHolding && p.sender.IsUnspecified() && p.operation == arp.OperationRequest {
		return Claim{Addr: p.target, MAC: p.senderMAC, Probe: true}
	}
	return Claim{}
}

// arpProbe asks whether any other host has an address (RFC 5227, section 2.1.1).
// It changes nobody's cache.
func arpProbe(l Link, addr netip.Addr) []byte {
	return arpFrame(arp.OperationRequest, broadcast, l.MAC, netip.IPv4Unspecified(), MAC{}, addr)
}

// arpAnnouncement tells everybody where an address is, by a request (RFC 5227,
// section 2.3).
func arpAnnouncement(l Link, addr netip.Addr) []byte {
	return arpFrame(arp.OperationRequest, broadcast, l.MAC, addr, MAC{}, addr)
}

// arpReplyToAll tells the same by a reply (RFC 5944, section 4.6): some hosts
// heed only one of the two.
func arpReplyToAll(l Link, addr netip.Addr) []byte {
	return arpFrame(arp.OperationReply, broadcast, l.MAC, addr, l.MAC, addr)
}

func arpFrame(op arp.Operation, destination, senderMAC MAC, sender netip.Addr, targetMAC MAC, target netip.Addr) []byte {
	p := arp.Packet{
		HardwareType: 1, ProtocolType: 0x0800, HardwareAddrLength: 6, IPLength: 4,
		Operation:          op,
		SenderHardwareAddr: senderMAC[:], SenderIP: sender,
		TargetHardwareAddr: targetMAC[:], TargetIP: target,
	}
	payload, err := p.MarshalBinary()
	if err != nil {
		return nil // it returns none
	}
	return ethernetFrame(destination, senderMAC, etherTypeARP, payload)
}
