package reload

import (
	"fmt"
	"net/netip"
	"slices"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/lab/collector"
)

// channel is one session as a peer sees it: who it is, and which of the node's
// addresses it talks to.
type channel struct {
	peer   string
	source netip.Addr
}

func (c channel) String() string { return fmt.Sprintf("%s with %v", c.peer, c.source) }

// rib is what a peer is to hold of the node.
type rib map[netip.Prefix]want

// want is what a route is to look like at a peer, printed so that it compares.
type want string

// moment is a state that the node was to be in, with what it means.
type moment struct {
	state
	means map[channel]rib
}

func at(s state) moment { return moment{s, meaning(s)} }

// meaning is a state at the peers: the Adj-RIB-Out of each session that comes up.
// A session without routes is in it too.
func meaning(s state) map[channel]rib {
	out := map[channel]rib{}
	instance, _ := s.instance()
	at := map[string]channel{}
	sessions := map[string]bgp.Session{}
	for _, session := range instance.Sessions {
		p, up := answering(session)
		if !up {
			continue
		}
		c := channel{p.name, sourceOf(session)}
		at[session.ID()], sessions[session.ID()] = c, session
		out[c] = rib{}
	}
	for _, route := range instance.Routes {
		for _, e := range route.Policy.Exports {
			c, up := at[e.Session]
			if !up {
				continue
			}
			out[c][route.Prefix] = wanted(instance, sessions[e.Session], e.Attributes)
		}
	}
	return out
}

// defaultLocalPref is what an internal peer hears when nothing else is said (FRR: bgp default local-preference).
const defaultLocalPref = 100

// wanted is what a route with these attributes looks like over a session.
func wanted(i bgp.Instance, s bgp.Session, a bgp.Attributes) want {
	p, _ := answering(s)
	internal := p.asn == i.ASN
	var path []bgp.ASN
	pref := uint32(0) // no external session carries one (RFC 4271, section 5.1.5)
	switch {
	case internal && a.LocalPref != 0:
		pref = a.LocalPref
	case internal:
		pref = defaultLocalPref
	case s.LocalAS != 0:
		path = []bgp.ASN{s.LocalAS}
	default:
		path = []bgp.ASN{i.ASN}
	}
	return show(path, pref, a.Communities, a.LargeCommunities)
}

// heard is what a peer heard, in the same words.
func heard(a *collector.Attributes) want {
	return show(a.ASPath, a.LocalPref, slices.Sorted(slices.Values(a.Communities)),
		slices.SortedFunc(slices.Values(a.LargeCommunities), bgp.LargeCommunity.Compare))
}

func show(path []bgp.ASN, pref uint32, communities []bgp.Community, large []bgp.LargeCommunity) want {
	return want(fmt.Sprintf("path %v local-pref %d communities %v large %v", path, pref, communities, large))
}
