package l2

import "encoding/binary"

// Ethernet II framing (IEEE 802.3).
const (
	ethernetHeader = 14 // octets
	etherTypeARP   = 0x0806
	etherTypeIPv6  = 0x86dd
)

var broadcast = MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// ethernetFrame puts a payload behind a header.
func ethernetFrame(destination, source MAC, etherType uint16, payload []byte) []byte {
	frame := make([]byte, 0, ethernetHeader+len(payload))
	frame = append(frame, destination[:]...)
	frame = append(frame, source[:]...)
	frame = binary.BigEndian.AppendUint16(frame, etherType)
	return append(frame, payload...)
}

// parseEthernet takes a frame apart; false if it is none of that type.
func parseEthernet(frame []byte, etherType uint16) (destination, source MAC, payload []byte, ok bool) {
	if len(frame) < ethernetHeader || binary.BigEndian.Uint16(frame[12:14]) != etherType {
		return MAC{}, MAC{}, nil, false
	}
	return MAC(frame[0:6]), MAC(frame[6:12]), frame[ethernetHeader:], true
}
