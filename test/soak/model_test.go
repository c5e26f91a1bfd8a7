package soak

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
)

// model is what the cluster holds, as far as it changes, and what that means. It knows
// MetalLB's rules and nothing of the code under test.
type model struct {
	nodes    []string
	services map[string]*service
	excluded map[string]bool                  // nodes with the label that takes load balancers away
	hidden   map[string]map[netip.Prefix]bool // by excluded node: what it would have announced at any time since
	guest    bool                             // the BGPPeer that comes and goes is there
	made     int                              // services so far: each gets an address of its own
}

type service struct {
	name    string
	address netip.Addr
	local   bool            // externalTrafficPolicy
	ready   map[string]bool // endpoint by node, and whether it is ready
}

func newModel(nodes []string) *model {
	return &model{
		nodes: nodes, services: map[string]*service{}, excluded: map[string]bool{}, hidden: map[string]map[netip.Prefix]bool{},
	}
}

// add makes a service with endpoints here and there.
func (m *model) add(r *rand.Rand) *service {
	address := netip.AddrFrom4([4]byte{198, 18 + byte(m.made>>16&1), byte(m.made >> 8), byte(m.made)})
	s := &service{name: fmt.Sprintf("s%d", m.made), address: address, local: r.IntN(3) == 0, ready: map[string]bool{}}
	m.made++
	m.scatter(r, s)
	m.services[s.name] = s
	return s
}

// scatter gives a service other endpoints: on most nodes one, most of them ready.
func (m *model) scatter(r *rand.Rand, s *service) {
	clear(s.ready)
	for _, node := range m.nodes {
		if r.IntN(4) > 0 {
			s.ready[node] = r.IntN(4) > 0
		}
	}
}

// any picks a service.
func (m *model) any(r *rand.Rand) *service {
	names := make([]string, 0, len(m.services))
	for name := range m.services {
		names = append(names, name)
	}
	slices.Sort(names) // for the seed to mean something
	return m.services[names[r.IntN(len(names))]]
}

// routes is what a node announces, to every router alike.
func (m *model) routes(node string) map[netip.Prefix]bool {
	if m.excluded[node] {
		return map[netip.Prefix]bool{}
	}
	return m.served(node)
}

// served is what a node announces unless it is excluded.
func (m *model) served(node string) map[netip.Prefix]bool {
	routes := map[netip.Prefix]bool{}
	for _, s := range m.services {
		if s.serves(node) {
			routes[netip.PrefixFrom(s.address, s.address.BitLen())] = true
		}
	}
	return routes
}

// hide notes what excluded nodes would announce. Routers do not show what such a node has seen of it.
func (m *model) hide() {
	for node, excluded := range m.excluded {
		if !excluded {
			delete(m.hidden, node)
			continue
		}
		if m.hidden[node] == nil {
			m.hidden[node] = map[netip.Prefix]bool{}
		}
		maps.Copy(m.hidden[node], m.served(node))
	}
}

// serves tells whether a node may announce a service: policy Local wants a ready endpoint
// on the node, Cluster one anywhere.
func (s *service) serves(node string) bool {
	if s.local {
		return s.ready[node]
	}
	for _, ready := range s.ready {
		if ready {
			return true
		}
	}
	return false
}
