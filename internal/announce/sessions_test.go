package announce

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

func TestSessionsOfANode(t *testing.T) {
	var (
		asn      = func(n bgp.ASN) func(*intent.Peer) { return func(p *intent.Peer) { p.MyASN = n } }
		routerID = func(id string) func(*intent.Peer) {
			return func(p *intent.Peer) { p.RouterID = netip.MustParseAddr(id) }
		}
		port = func(n uint16) func(*intent.Peer) { return func(p *intent.Peer) { p.Session.Port = n } }
		link = func(name string) func(*intent.Peer) {
			return func(p *intent.Peer) { p.Session.Addr, p.Session.Interface = netip.Addr{}, name }
		}
		onNodeB = func(p *intent.Peer) { p.Nodes = selector("kubernetes.io/hostname=node-b") }
	)
	tests := []struct {
		name     string
		peers    []intent.Peer
		want     []string // "AS vrf routerID: peers in the order of their sessions"
		problems []string
	}{
		{"no peer makes no instance", nil, nil, nil},
		{
			"sessions are in the order of their IDs and not of their peers",
			[]intent.Peer{peer("a", "192.0.2.9"), peer("b", "192.0.2.10"), peer("c", "2001:db8::1")},
			[]string{"64512 - -: b a c"},
			nil,
		},
		{
			"a peer that selects other nodes has no session",
			[]intent.Peer{peer("a", "192.0.2.1", onNodeB), peer("b", "192.0.2.2")},
			[]string{"64512 - -: b"},
			nil,
		},
		{
			"each VRF has an instance, the default one first",
			[]intent.Peer{peer("a", "192.0.2.1", inVRFRed), peer("b", "192.0.2.1")},
			[]string{"64512 - -: b", "64512 red -: a"},
			nil,
		},
		{
			"VRFs may have different AS numbers and router IDs",
			[]intent.Peer{peer("a", "192.0.2.1", inVRFRed, asn(64513), routerID("10.0.0.2")), peer("b", "192.0.2.1", routerID("10.0.0.1"))},
			[]string{"64512 - 10.0.0.1: b", "64513 red 10.0.0.2: a"},
			nil,
		},
		{
			"of two AS numbers in one VRF the first peer's stays",
			[]intent.Peer{peer("a", "192.0.2.1"), peer("b", "192.0.2.2", asn(64999)), peer("c", "192.0.2.3")},
			[]string{"64512 - -: a c"},
			[]string{"BGPPeer metallb-system/b: spec.myASN: 64999 differs from 64512 of BGPPeer a in the default VRF; this peer is left out on node node-a; use one myASN per VRF and node; localASN shows another AS to one peer"},
		},
		{
			"of two router IDs in one VRF the first peer's stays",
			[]intent.Peer{peer("a", "192.0.2.1", inVRFRed, routerID("10.0.0.1")), peer("b", "192.0.2.2", inVRFRed, routerID("10.0.0.2"))},
			[]string{"64512 red 10.0.0.1: a"},
			[]string{"BGPPeer metallb-system/b: spec.routerID: 10.0.0.2 differs from 10.0.0.1 of BGPPeer a in VRF red; this peer is left out on node node-a; use one routerID per VRF and node"},
		},
		{
			"a peer without router ID takes the one that another sets",
			[]intent.Peer{peer("a", "192.0.2.1"), peer("b", "192.0.2.2", routerID("10.0.0.2"))},
			[]string{"64512 - 10.0.0.2: a b"},
			nil,
		},
		{
			"of two peers at one address the first has it",
			[]intent.Peer{peer("a", "192.0.2.1"), peer("b", "192.0.2.1", port(1179))},
			[]string{"64512 - -: a"},
			[]string{"BGPPeer metallb-system/b: spec.peerAddress: BGPPeer a has the same neighbor 192.0.2.1 in the default VRF; this peer is left out on node node-a; delete one of the two, or give them node selectors that do not overlap"},
		},
		{
			"two peers at one address on different nodes do not meet",
			[]intent.Peer{peer("a", "192.0.2.1", onNodeB), peer("b", "192.0.2.1")},
			[]string{"64512 - -: b"},
			nil,
		},
		{
			"of two peers on one link the first has it",
			[]intent.Peer{peer("a", "192.0.2.1", link("eth0")), peer("b", "192.0.2.1", link("eth0"))},
			[]string{"64512 - -: a"},
			[]string{"BGPPeer metallb-system/b: spec.interface: BGPPeer a has the same neighbor eth0 in the default VRF; this peer is left out on node node-a; delete one of the two, or give them node selectors that do not overlap"},
		},
		{
			"a link that is called like another one in a VRF cannot have route-maps of its own",
			[]intent.Peer{peer("a", "192.0.2.1", link("eth0-red")), peer("b", "192.0.2.1", link("eth0"), inVRFRed)},
			[]string{"64512 - -: a"},
			[]string{"BGPPeer metallb-system/b: spec.interface: BGPPeer a, with neighbor eth0-red in the default VRF, leads to the same name eth0-red in FRR; this peer is left out on node node-a; delete one of the two, or give them node selectors that do not overlap"},
		},
		{
			"a peer that is left out keeps nobody else out",
			[]intent.Peer{peer("a", "192.0.2.1"), peer("b", "192.0.2.2", asn(64999)), peer("c", "192.0.2.2")},
			[]string{"64512 - -: a c"},
			[]string{
				"BGPPeer metallb-system/b: spec.myASN: 64999 differs from 64512 of BGPPeer a in the default VRF; this peer is left out on node node-a; use one myASN per VRF and node; localASN shows another AS to one peer",
				"BGPPeer metallb-system/b: spec.peerAddress: BGPPeer c has the same neighbor 192.0.2.2 in the default VRF; this peer is left out on node node-a; delete one of the two, or give them node selectors that do not overlap",
			},
		},
		{
			"one peer of another AS does not take the place of all others, whatever its name",
			[]intent.Peer{peer("a", "192.0.2.1", asn(64999)), peer("b", "192.0.2.2"), peer("c", "192.0.2.3")},
			[]string{"64512 - -: b c"},
			[]string{"BGPPeer metallb-system/a: spec.myASN: 64999 differs from 64512 of BGPPeer b in the default VRF; this peer is left out on node node-a; use one myASN per VRF and node; localASN shows another AS to one peer"},
		},
		{
			"nor does one peer of another router ID",
			[]intent.Peer{peer("a", "192.0.2.1", routerID("10.0.0.9")), peer("b", "192.0.2.2", routerID("10.0.0.1")), peer("c", "192.0.2.3", routerID("10.0.0.1"))},
			[]string{"64512 - 10.0.0.1: b c"},
			[]string{"BGPPeer metallb-system/a: spec.routerID: 10.0.0.9 differs from 10.0.0.1 of BGPPeer b in the default VRF; this peer is left out on node node-a; use one routerID per VRF and node"},
		},
		{
			"everything wrong with a peer is told at once",
			[]intent.Peer{peer("a", "192.0.2.1", routerID("10.0.0.1")), peer("b", "192.0.2.1", asn(64999), routerID("10.0.0.2"))},
			[]string{"64512 - 10.0.0.1: a"},
			[]string{
				"BGPPeer metallb-system/b: spec.myASN: 64999 differs from 64512 of BGPPeer a in the default VRF; this peer is left out on node node-a; use one myASN per VRF and node; localASN shows another AS to one peer",
				"BGPPeer metallb-system/b: spec.peerAddress: BGPPeer a has the same neighbor 192.0.2.1 in the default VRF; this peer is left out on node node-a; delete one of the two, or give them node selectors that do not overlap",
				"BGPPeer metallb-system/b: spec.routerID: 10.0.0.2 differs from 10.0.0.1 of BGPPeer a in the default VRF; this peer is left out on node node-a; use one routerID per VRF and node",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			state := Decide(&intent.Intent{Peers: tt.peers, Nodes: []intent.Node{node("node-a"), node("node-b")}}, "node-a")
			var got []string
			for _, i := range state.BGP.Instances {
				got = append(got, summary(i))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("instances (-want +got):\n%s", diff)
			}
			var problems []string
			for _, p := range state.Problems {
				problems = append(problems, p.String())
			}
			if diff := cmp.Diff(tt.problems, problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func summary(i bgp.Instance) string {
	vrf, id := "-", "-"
	if i.VRF != "" {
		vrf = i.VRF
	}
	if i.RouterID.IsValid() {
		id = i.RouterID.String()
	}
	text := i.ASN.String() + " " + vrf + " " + id + ":"
	for _, s := range i.Sessions {
		text += " " + s.Peer
	}
	return text
}
