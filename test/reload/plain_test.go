package reload

import (
	"fmt"
	"net/netip"
	"time"

	"frr-speaker/internal/bgp"
)

// plain is the state of a usual node, in its n-th version: every version has the same sessions
// and core routes, and other routes and classes beside them. A static route and a BFD profile give
// every daemon something to run.
func plain(n int) state {
	w := plainWorld(n)
	return w.state()
}

// coreRoutes is how many routes all versions of plain share.
const coreRoutes = 20

func plainWorld(n int) *world {
	w := &world{
		asn:      nodeASN,
		profiles: []bgp.BFDProfile{{Name: "fast", ReceiveInterval: 300 * time.Millisecond, TransmitInterval: 300 * time.Millisecond}},
		routes:   map[netip.Prefix]int{},
		extras:   make([]bool, len(rawSnippets)),
		sessions: plainSessions(),
	}
	w.extras[staticRoute] = true
	w.policies = []policy{
		{name: "core", all: true, same: bgp.Attributes{LocalPref: 150, Communities: []bgp.Community{bgp.NewCommunity(64512, 1)}}},
		{name: "churn", all: true, same: bgp.Attributes{Communities: []bgp.Community{bgp.NewCommunity(64512, uint16(n%5))}}},
		{name: "some", some: map[string]bool{"192.0.2.1": n%2 == 0, "192.0.2.3": true}},
	}
	for k := range coreRoutes {
		w.routes[host4(1, k)] = 0
		w.routes[netip.PrefixFrom(netip.MustParseAddr(fmt.Sprintf("2001:db8:100::%x", k+1)), 128)] = 0
	}
	for k := range 10 {
		w.routes[host4(2, k)] = 1 // stays, and moves to another class
		w.routes[host4(3, (n*7+k)%100)] = 1 + k%2
	}
	return w
}

func host4(c, d int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, byte(c), byte(d)}), 32)
}

// password is the one that these tests look for where it must not be.
const password = "Pa55word-that-nobody-prints"

func plainSessions() []bgp.Session {
	one, two, three := peersThatAnswer[0], peersThatAnswer[1], peersThatAnswer[2]
	v4, v6 := []bgp.Family{bgp.IPv4Unicast}, []bgp.Family{bgp.IPv6Unicast}
	return []bgp.Session{
		{Peer: "one", Addr: one.addr4, Families: v4, ConnectTime: time.Second},
		{Peer: "one-v6", Addr: one.addr6, Families: v6, ConnectTime: time.Second},
		{Peer: "two", Addr: two.addr4, Families: v4, ConnectTime: time.Second, Password: bgp.NewSecret(password)},
		{Peer: "three", Addr: three.addr4, Families: []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast}, Port: three.port, ConnectTime: time.Second},
		{Peer: "absent", Addr: absent[0], Families: v4, RemoteAS: bgp.RemoteAS{Number: 65009}, EBGPMultiHop: true, BFD: true, BFDProfile: "fast"},
	}
}
