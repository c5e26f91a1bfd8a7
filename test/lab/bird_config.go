package lab

import (
	"fmt"
	"strings"

	"frr-speaker/internal/bgp"
)

// config is the router's whole bird.conf.
func (b *BIRDRouter) config() string {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	line("log stderr all;")
	line("timeformat protocol iso long us;")
	line("router id %v;", b.options.RouterID)
	line("protocol device { scan time 5; }")
	line("protocol direct { ipv4; ipv6; }") // next hops of internal routes resolve through it
	for _, f := range []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast} {
		line("protocol static originate_%s {", birdFamily(f))
		line("  %s;", birdFamily(f))
		for _, p := range b.options.withFamily(f) {
			line("  route %v blackhole;", p)
		}
		line("}")
		if b.options.Install {
			line("protocol kernel { %s { export where source = RTS_BGP; }; }", birdFamily(f))
		}
	}
	if b.options.usesBFD() {
		line("protocol bfd { interface \"*\" { interval 300 ms; multiplier 3; }; multihop { interval 300 ms; multiplier 3; }; }")
	}
	for _, n := range b.options.Neighbors {
		out.WriteString(b.neighborConfig(n))
	}
	return out.String() + b.options.Extra
}

func (b *BIRDRouter) neighborConfig(n Neighbor) string {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	line("protocol bgp %s {", b.protocol(n.Addr))
	line("  debug { states };") // drops are counted in the log
	if b.options.Port != 0 {
		line("  local port %d as %v;", b.options.Port, b.localASN(n))
	} else {
		line("  local as %v;", b.localASN(n))
	}
	if n.Port != 0 {
		line("  neighbor %v port %d as %v;", n.Addr, n.Port, n.ASN)
	} else {
		line("  neighbor %v as %v;", n.Addr, n.ASN)
	}
	line("  connect retry time 1; connect delay time 0; error wait time 1, 4;")
	if n.Multihop != 0 {
		local := b.Addr4()
		if n.Addr.Is6() {
			local = b.Addr6()
		}
		line("  multihop %d; source address %v;", n.Multihop, local) // BFD needs it
	} else {
		line("  direct;")
	}
	if n.Password != "" {
		line("  password %q;", n.Password)
	}
	if n.Passive {
		line("  passive;")
	}
	if n.Hold != 0 {
		line("  hold time %d; keepalive time %d;", n.Hold, n.keepalive())
	}
	if n.BFD {
		line("  bfd;")
	}
	if b.options.GracefulRestart != 0 {
		line("  graceful restart; graceful restart time %d;", b.options.GracefulRestart)
	}
	for _, f := range []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast} {
		if n.carries(f) {
			line("  %s { import all; export where source = RTS_STATIC; };", birdFamily(f))
		}
	}
	line("}")
	return out.String()
}

func birdFamily(f bgp.Family) string {
	if f == bgp.IPv6Unicast {
		return "ipv6"
	}
	return "ipv4"
}
