package explain

import (
	"net/netip"

	"frr-speaker/internal/announce"
)

// spread is by which protocols a service is announced anywhere, and which of its addresses.
type spread struct {
	addresses []netip.Addr
	protocols map[string]bool
	told      map[string]bool // addresses that some node announces
}

func newSpread(addresses []netip.Addr) *spread {
	return &spread{addresses: addresses, protocols: map[string]bool{}, told: map[string]bool{}}
}

// add takes what a node has decided.
func (s *spread) add(v announce.Verdict, row Node) {
	if !v.Announced() {
		return
	}
	s.protocols[row.Protocol] = true
	if v.Protocol == announce.ProtocolL2 {
		for _, a := range v.Addresses {
			s.told[a.String()] = true
		}
		return
	}
	for _, peer := range row.Peers {
		for _, route := range peer.Routes {
			s.cover(route.Prefix)
		}
	}
}

// cover takes a prefix that some router gets.
func (s *spread) cover(text string) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return // it was printed from a prefix
	}
	for _, a := range s.addresses {
		if prefix.Contains(a.Unmap()) {
			s.told[a.String()] = true
		}
	}
}

func (s *spread) empty() bool { return len(s.protocols) == 0 }

// missing lists the addresses that nobody announces.
func (s *spread) missing() []string {
	var out []string
	for _, a := range s.addresses {
		if !s.told[a.String()] {
			out = append(out, addressText(a))
		}
	}
	return out
}

// wanting tells whether a node that does not announce the service should: always when
// nobody does by this protocol. Else a node may be left out because objects say so, and
// by layer 2 one node answers for all.
func (s *spread) wanting(row Node) bool {
	if row.Reason == announce.Announced.String() {
		return false
	}
	if !s.protocols[row.Protocol] {
		return true
	}
	if row.Protocol == announce.ProtocolL2.String() {
		return false
	}
	switch row.Reason {
	case announce.NotOwner.String(), announce.NoMatchingAdvertisement.String(), announce.NoLocalEndpoints.String(),
		announce.NodeLabeledExcludeBalancers.String():
		return false
	case announce.NoPeers.String(), announce.NoMatchingPeer.String():
		return len(row.Causes) > 0 // a peer is left out, and not only for other nodes
	}
	return true
}
