package reloader

import (
	"cmp"
	"fmt"
	"strings"
)

// text is a configuration in the shape that speaker writes.
type text struct {
	peer     string
	prefixes []string
	raw      string   // between the marks of bgpextras
	peers    []string // more stanzas, "name address line"
	class    int      // tag of the route class, 7 if 0
	med      int      // that the class sets, if not 0
}

func (c text) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("log stdout informational")
	line("ip nht resolve-via-default")
	line("!")
	line("bfd")
	line(" ! BFDProfile fast")
	line(" profile fast")
	line("  receive-interval 200")
	line("  transmit-interval 200")
	line(" exit")
	line("exit")
	line("!")
	tag := cmp.Or(c.class, 7)
	line("route-map origin-%d permit 10", tag)
	line(" description pool gold; advertisement all")
	line(" set tag %d", tag)
	line("exit")
	line("!")
	for _, id := range c.ids() {
		line("! BGPPeer %s", id.name)
		line("route-map %s-in deny 20", id.addr)
		line("exit")
		line("!")
		line("! BGPPeer %s", id.name)
		line("route-map %s-out permit %d", id.addr, tag+1)
		line(" match tag %d", tag)
		if c.med != 0 {
			line(" set metric %d", c.med)
		}
		line("exit")
		line("!")
	}
	line("router bgp 64512")
	line(" no bgp ebgp-requires-policy")
	line(" no bgp network import-check")
	line(" no bgp default ipv4-unicast")
	line(" bgp graceful-restart preserve-fw-state")
	line(" coalesce-time 0")
	for _, id := range c.ids() {
		line(" ! BGPPeer %s", id.name)
		line(" neighbor %s remote-as 65001", id.addr)
		line(" neighbor %s timers connect 1", id.addr)
		if id.line != "" {
			line(" neighbor %s %s", id.addr, id.line)
		}
	}
	line(" !")
	line(" address-family ipv4 unicast")
	for _, p := range c.prefixes {
		line("  network %s route-map origin-%d", p, tag)
	}
	for _, id := range c.ids() {
		line("  ! BGPPeer %s", id.name)
		line("  neighbor %s activate", id.addr)
		line("  neighbor %s route-map %s-in in", id.addr, id.addr)
		line("  neighbor %s route-map %s-out out", id.addr, id.addr)
	}
	line(" exit-address-family")
	line("exit")
	if c.raw != "" {
		line("! bgpextras begin")
		line("%s", c.raw)
		line("! bgpextras end")
	}
	return b.String()
}

type peerID struct{ name, addr, line string }

func (c text) ids() []peerID {
	ids := []peerID{{name: "tor-a", addr: c.peer}}
	for _, p := range c.peers {
		f := strings.SplitN(p+"  ", " ", 3)
		ids = append(ids, peerID{name: f[0], addr: f[1], line: strings.TrimSpace(f[2])})
	}
	return ids
}

// prefixes are n host routes.
func prefixes(n int) []string {
	out := make([]string, 0, n)
	for i := range n {
		out = append(out, fmt.Sprintf("198.18.%d.%d/32", i/256, i%256))
	}
	return out
}
