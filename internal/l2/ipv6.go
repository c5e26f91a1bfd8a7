package l2

import (
	"encoding/binary"
	"net/netip"
)

// IPv6 (RFC 8200) as far as Neighbor Discovery needs it.
const (
	ipv6Header     = 40  // octets
	protocolICMPv6 = 58  // next header
	ndHopLimit     = 255 // RFC 4861, section 3.1: nothing that a router has passed on
)

// ipv6Packet is an IPv6 packet that carries ICMPv6 without extension headers,
// which Neighbor Discovery does not need (RFC 6980 forbids fragments).
type ipv6Packet struct {
	hopLimit            byte
	source, destination netip.Addr
	icmp                []byte
}

func parseIPv6(b []byte) (ipv6Packet, bool) {
	if len(b) < ipv6Header || b[0]>>4 != 6 || b[6] != protocolICMPv6 {
		return ipv6Packet{}, false
	}
	length := int(binary.BigEndian.Uint16(b[4:6]))
	if len(b) < ipv6Header+length {
		return ipv6Packet{}, false
	}
	return ipv6Packet{
		hopLimit:    b[7],
		source:      netip.AddrFrom16([16]byte(b[8:24])),
		destination: netip.AddrFrom16([16]byte(b[24:40])),
		icmp:        b[ipv6Header : ipv6Header+length], // what follows pads the frame
	}, true
}

func (p ipv6Packet) marshal() []byte {
	b := make([]byte, ipv6Header, ipv6Header+len(p.icmp))
	b[0] = 6 << 4
	binary.BigEndian.PutUint16(b[4:6], uint16(len(p.icmp)))
	b[6] = protocolICMPv6
	b[7] = p.hopLimit
	copy(b[8:24], p.source.AsSlice())
	copy(b[24:40], p.destination.AsSlice())
	return append(b, p.icmp...)
}

// checksumOK verifies the ICMPv6 checksum (RFC 4443, section 2.3): with the
// pseudo-header of RFC 8200, section 8.1, all adds up to ones.
func (p ipv6Packet) checksumOK() bool {
	source, destination := p.source.As16(), p.destination.As16()
	sum := uint32(len(p.icmp)) + protocolICMPv6
	for _, part := range [][]byte{source[:], destination[:], p.icmp} {
		sum = addWords(sum, part)
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return sum == 0xffff
}

// addWords adds up octets as 16-bit words; a last odd one is the first of two.
// A packet of 64 KiB does not overflow the sum.
func addWords(sum uint32, b []byte) uint32 {
	for len(b) > 1 {
		sum += uint32(binary.BigEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	return sum
}
