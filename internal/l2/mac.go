package l2

import "net"

// MAC is the hardware address of a link with Ethernet framing (EUI-48).
type MAC [6]byte

// String prints the address as the kernel does: 02:00:5e:10:00:01.
func (m MAC) String() string { return net.HardwareAddr(m[:]).String() }

// unicast reports whether one interface can have the address: it is neither a
// group (the lowest bit of the first octet is set) nor zero.
func (m MAC) unicast() bool { return m[0]&1 == 0 && m != MAC{} }
