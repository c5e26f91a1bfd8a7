package announce

import (
	"net/netip"

	"k8s.io/apimachinery/pkg/labels"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// The builders below write intents as short as the tests' rows are. Each takes
// changes to what it builds by default.

func node(name string, changes ...func(*intent.Node)) intent.Node {
	n := intent.Node{Name: name, Labels: labels.Set{"kubernetes.io/hostname": name}}
	for _, change := range changes {
		change(&n)
	}
	return n
}

// peer is an eBGP peer of AS 65001 that carries the family of its address.
func peer(name, addr string, changes ...func(*intent.Peer)) intent.Peer {
	a := netip.MustParseAddr(addr)
	p := intent.Peer{
		Ref:   intent.Ref{Kind: "BGPPeer", Namespace: "metallb-system", Name: name},
		MyASN: 64512,
		Session: bgp.Session{
			Peer: name, Addr: a, Families: []bgp.Family{bgp.FamilyOf(a)},
			RemoteAS: bgp.RemoteAS{Number: 65001},
		},
	}
	for _, change := range changes {
		change(&p)
	}
	return p
}

func inVRFRed(p *intent.Peer)  { p.Session.VRF = "red" }
func dualStack(p *intent.Peer) { p.Session.Families = []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast} }

func pool(name string, cidrs ...string) intent.Pool {
	p := intent.Pool{Name: name}
	for _, c := range cidrs {
		p.Ranges = append(p.Ranges, []netip.Prefix{netip.MustParsePrefix(c)})
	}
	return p
}

// advertisement32 announces whole addresses of the pools to every peer.
func advertisement32(name string, pools []string, changes ...func(*intent.BGPAdvertisement)) intent.BGPAdvertisement {
	a := intent.BGPAdvertisement{
		Ref:   intent.Ref{Kind: "BGPAdvertisement", Namespace: "metallb-system", Name: name},
		Pools: pools, AggregationV4: 32, AggregationV6: 128,
	}
	for _, change := range changes {
		change(&a)
	}
	return a
}

// service has one serving endpoint on node-a.
func service(name string, addresses ...string) intent.Service {
	s := intent.Service{
		Ref:       intent.Ref{Kind: "Service", Namespace: "default", Name: name},
		Labels:    labels.Set{"tier": "front"},
		Endpoints: intent.Endpoints{Serving: 1, Nodes: []string{"node-a"}},
	}
	for _, a := range addresses {
		s.Addresses = append(s.Addresses, netip.MustParseAddr(a))
	}
	return s
}

func selector(text string) intent.Selector {
	s, err := labels.Parse(text)
	if err != nil {
		panic(err)
	}
	return intent.Selector{s}
}
