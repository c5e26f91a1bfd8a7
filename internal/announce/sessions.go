package announce

import (
	"cmp"
	"slices"
	"strings"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// openSessions opens a session for every peer that selects the node, and groups
// them into instances. FRR has one AS and one router ID per VRF and one stanza
// per neighbor; where two peers want it both ways the one that agrees with more of the
// others gets it, or the first by name, and the other is left out.
//
// MetalLB demands one router ID of all peers of a node, whatever their VRF, and
// takes "not set" for a value of its own. The limit is FRR's, and per VRF; a
// peer that sets none is content with the one that another peer sets.
func openSessions(peers []intent.Peer, node intent.Node) ([]bgp.Instance, []intent.Problem) {
	var (
		problems []intent.Problem
		kept     = seats{neighbors: map[string]bgp.Session{}, instances: map[string]*seat{}}
	)
	for _, peer := range bySupport(peers, node) {
		objections := kept.objections(peer, node.Name)
		if len(objections) > 0 {
			problems = append(problems, objections...)
			continue
		}
		kept.take(peer)
	}
	return kept.list(), problems
}

// bySupport lists the peers that select the node, those first whose AS and router ID
// most peers of their VRF share, and then by name: one peer with a slip in it must
// not take the place of all others.
func bySupport(peers []intent.Peer, node intent.Node) []intent.Peer {
	type claim struct{ vrf, field, value string }
	claims := func(p intent.Peer) (asn, routerID claim) {
		vrf := p.Session.VRF
		return claim{vrf, "asn", p.MyASN.String()}, claim{vrf, "router ID", p.RouterID.String()}
	}
	var here []intent.Peer
	support := map[claim]int{}
	for _, peer := range peers {
		if !peer.Nodes.Matches(node.Labels) {
			continue
		}
		here = append(here, peer)
		asn, routerID := claims(peer)
		support[asn]++
		if peer.RouterID.IsValid() {
			support[routerID]++
		}
	}
	slices.SortStableFunc(here, func(a, b intent.Peer) int {
		asnA, idA := claims(a)
		asnB, idB := claims(b)
		return cmp.Or(support[asnB]-support[asnA], support[idB]-support[idA])
	})
	return here
}

// seats are the places in FRR that peers compete for on one node.
type seats struct {
	neighbors map[string]bgp.Session // by ID
	instances map[string]*seat       // by VRF
}

// seat is an instance in the making, and the peers that decided on it.
type seat struct {
	instance              bgp.Instance
	asnPeer, routerIDPeer string
}

// objections says everything that keeps a peer from getting its session beside
// those that are kept.
func (s *seats) objections(peer intent.Peer, node string) []intent.Problem {
	var (
		problems []intent.Problem
		object   = func(field, message, remedy string) {
			problems = append(problems, intent.Problem{
				Object: peer.Ref, Field: field, Message: message,
				Effect: "this peer is left out on node " + node,
				Remedy: remedy,
			})
		}
	)
	if owner, taken := s.neighbors[peer.Session.ID()]; taken {
		object(addressField(peer.Session), sameNeighbor(owner, peer.Session),
			"delete one of the two, or give them node selectors that do not overlap")
	}
	have, exists := s.instances[peer.Session.VRF]
	if !exists {
		return problems
	}
	if have.instance.ASN != peer.MyASN {
		object("spec.myASN", peer.MyASN.String()+" differs from "+have.instance.ASN.String()+" of BGPPeer "+have.asnPeer+inVRF(peer.Session.VRF),
			"use one myASN per VRF and node; localASN shows another AS to one peer")
	}
	if have.routerIDPeer != "" && peer.RouterID.IsValid() && have.instance.RouterID != peer.RouterID {
		object("spec.routerID", peer.RouterID.String()+" differs from "+have.instance.RouterID.String()+" of BGPPeer "+have.routerIDPeer+inVRF(peer.Session.VRF),
			"use one routerID per VRF and node")
	}
	return problems
}

func addressField(s bgp.Session) string {
	if s.Interface != "" {
		return "spec.interface"
	}
	return "spec.peerAddress"
}

// sameNeighbor puts into words why two sessions cannot be told apart. A link of
// the default VRF may be called like one in another VRF and that VRF.
func sameNeighbor(owner, s bgp.Session) string {
	if owner.VRF == s.VRF {
		return "BGPPeer " + owner.Peer + " has the same neighbor " + s.Neighbor() + inVRF(s.VRF)
	}
	return "BGPPeer " + owner.Peer + ", with neighbor " + owner.Neighbor() + inVRF(owner.VRF) + ", leads to the same name " + s.ID() + " in FRR"
}

// inVRF says where, for a message.
func inVRF(vrf string) string {
	if vrf == "" {
		return " in the default VRF"
	}
	return " in VRF " + vrf
}

// take gives a peer its session.
func (s *seats) take(peer intent.Peer) {
	vrf, name := peer.Session.VRF, peer.Ref.Name
	s.neighbors[peer.Session.ID()] = peer.Session
	have, exists := s.instances[vrf]
	if !exists {
		have = &seat{instance: bgp.Instance{VRF: vrf, ASN: peer.MyASN}, asnPeer: name}
		s.instances[vrf] = have
	}
	if have.routerIDPeer == "" && peer.RouterID.IsValid() {
		have.instance.RouterID, have.routerIDPeer = peer.RouterID, name
	}
	have.instance.Sessions = append(have.instance.Sessions, peer.Session)
}

// list returns the instances, the default VRF first, with their sessions by ID.
func (s *seats) list() []bgp.Instance {
	var instances []bgp.Instance
	for _, have := range s.instances {
		slices.SortFunc(have.instance.Sessions, func(a, b bgp.Session) int { return strings.Compare(a.ID(), b.ID()) })
		instances = append(instances, have.instance)
	}
	slices.SortFunc(instances, func(a, b bgp.Instance) int { return strings.Compare(a.VRF, b.VRF) })
	return instances
}
