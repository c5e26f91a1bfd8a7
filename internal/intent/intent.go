package intent

import (
	"net/netip"

	"k8s.io/apimachinery/pkg/labels"

	"frr-speaker/internal/bgp"
)

// Intent is what users want of the whole cluster, typed and valid. Everything in
// it is sorted by name; nothing in it is to be changed after Parse.
type Intent struct {
	Pools             []Pool
	Peers             []Peer
	BGPAdvertisements []BGPAdvertisement
	BFDProfiles       []bgp.BFDProfile
	Services          []Service
	Nodes             []Node
	// RawConfig is the FRR text of ConfigMap bgpextras, unchecked beyond control characters.
	RawConfig string
}

// Pool is a named set of addresses.
type Pool struct {
	Name   string
	Labels labels.Set
	// Ranges are the pool's entries in listed order, each as the CIDRs that cover it.
	Ranges [][]netip.Prefix
}

// Contains reports whether the pool owns an address.
func (p Pool) Contains(a netip.Addr) bool {
	for _, r := range p.Ranges {
		for _, c := range r {
			if c.Contains(a) {
				return true
			}
		}
	}
	return false
}

// Peer is a BGPPeer: a session to make on each node that it selects.
type Peer struct {
	Ref       Ref
	MyASN     bgp.ASN
	RouterID  netip.Addr // invalid: not set
	Nodes     Selector
	Session   bgp.Session // complete but for what depends on the node: nothing does today
	DualStack bool
}

// BGPAdvertisement says how the addresses of some pools are announced, from which
// nodes and to which peers.
type BGPAdvertisement struct {
	Ref              Ref
	Pools            []string // resolved names, sorted; what selectors matched included
	Nodes            Selector
	Services         Selector
	Peers            []string // BGPPeer names; empty: every peer
	AggregationV4    int      // prefix length, 32 when not set
	AggregationV6    int      // prefix length, 128 when not set
	LocalPref        uint32   // 0: not set
	Communities      []bgp.Community
	LargeCommunities []bgp.LargeCommunity
}

// Attributes are the path attributes that the advertisement asks for.
func (a BGPAdvertisement) Attributes() bgp.Attributes {
	return bgp.Attributes{LocalPref: a.LocalPref, Communities: a.Communities, LargeCommunities: a.LargeCommunities}
}

// Selector is a set of label selectors of which any may match. The zero value matches everything.
type Selector []labels.Selector

// Matches reports whether any selector matches, or there is none.
func (s Selector) Matches(l labels.Labels) bool {
	for _, one := range s {
		if one.Matches(l) {
			return true
		}
	}
	return len(s) == 0
}

// TrafficPolicy is a service's externalTrafficPolicy.
type TrafficPolicy uint8

// The traffic policies: Cluster lets every node take traffic, Local only nodes with endpoints.
const (
	TrafficPolicyCluster TrafficPolicy = iota
	TrafficPolicyLocal
)

// Service is a service of type LoadBalancer that is ours to announce, with or without addresses.
type Service struct {
	Ref           Ref
	Labels        labels.Set
	Addresses     []netip.Addr // of status.loadBalancer.ingress, in their order
	TrafficPolicy TrafficPolicy
	Endpoints     Endpoints
	SharingKey    string // value of the allow-shared-ip annotation
}

// Endpoints sums up the endpoints of a service that can serve (ready, or serving
// while terminating).
type Endpoints struct {
	Serving int      // how many can serve
	Nodes   []string // sorted names of the nodes that hold at least one of them
}

// Node is a cluster node.
type Node struct {
	Name               string
	Labels             labels.Set
	NetworkUnavailable bool // condition NetworkUnavailable is True
	ExcludedFromLB     bool // label node.kubernetes.io/exclude-from-external-load-balancers, unless ignored
}

// Options are what the process was told, as opposed to what the objects say.
type Options struct {
	Namespace         string // where metallb.io objects, Secrets and ConfigMaps are read; "" is metallb-system
	LoadBalancerClass string // announce only services of this class; "" means those without one
	IgnoreExcludeLB   bool   // announce from nodes that carry the exclude label too
}
