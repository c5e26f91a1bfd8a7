package reload

import (
	"net/netip"

	"frr-speaker/internal/bgp"
)

// The network of these tests: one node and its peers on one segment.
var (
	prefix4 = netip.MustParsePrefix("192.0.2.0/24")
	prefix6 = netip.MustParsePrefix("2001:db8:0:1::/64")
	// The node has a second address per family, for sessions that name their source.
	node4, node6   = netip.MustParseAddr("192.0.2.11"), netip.MustParseAddr("2001:db8:0:1::11")
	other4, other6 = netip.MustParseAddr("192.0.2.12"), netip.MustParseAddr("2001:db8:0:1::12")
)

// nodeASN is the AS that nodes have most of the time.
const nodeASN bgp.ASN = 64512

// peerAt is a peer that answers.
type peerAt struct {
	name         string
	asn          bgp.ASN
	addr4, addr6 netip.Addr
	port         uint16 // 0: 179
}

// peersThatAnswer are the collectors. The last one is internal to nodeASN and
// listens on a port of its own.
var peersThatAnswer = []peerAt{
	{"peer-1", 65001, netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8:0:1::1"), 0},
	{"peer-2", 4200000002, netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8:0:1::2"), 0},
	{"peer-3", nodeASN, netip.MustParseAddr("192.0.2.3"), netip.MustParseAddr("2001:db8:0:1::3"), 1790},
}

// absent are neighbors that never answer: no route leads there.
var absent = []netip.Addr{netip.MustParseAddr("203.0.113.5"), netip.MustParseAddr("2001:db8:dead::5")}

// link is the node's only one; nobody on it answers an unnumbered session.
const link = "eth0"

// answering finds the peer at a session's address.
func answering(s bgp.Session) (peerAt, bool) {
	for _, p := range peersThatAnswer {
		if s.Addr.IsValid() && (s.Addr == p.addr4 || s.Addr == p.addr6) {
			return p, true
		}
	}
	return peerAt{}, false
}

// sourceOf is the node's address in a session.
func sourceOf(s bgp.Session) netip.Addr {
	switch {
	case s.SourceAddr.IsValid():
		return s.SourceAddr
	case s.Addr.Is4():
		return node4
	default:
		return node6
	}
}
