package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"frr-speaker/internal/bgp"
)

// FRRRouter is a router that runs FRR.
type FRRRouter struct {
	*FRR
	options RouterOptions
}

// StartFRRRouter makes a host that runs FRR as a router.
func (l *Lab) StartFRRRouter(ctx context.Context, v FRRVersion, o RouterOptions) (*FRRRouter, error) {
	installation, err := FindFRR(v)
	if err != nil {
		return nil, err
	}
	host, err := l.newHost(ctx, o.HostOptions, installation.Root)
	if err != nil {
		return nil, err
	}
	if o, err = o.complete(host); err != nil {
		return nil, err
	}
	daemons := []string{"zebra", "bgpd"}
	if v >= FRR10 {
		daemons = []string{"mgmtd", "zebra", "bgpd"} // zebra keeps looking for mgmtd
	}
	if o.usesBFD() {
		daemons = append(daemons, "bfdd")
	}
	args := map[string][]string{}
	if !o.Install {
		args["bgpd"] = []string{"-n"} // no_kernel: routes stay in bgpd
	}
	f := &FRR{
		Host:     host,
		frrShell: frrShell{host: host, FRRInstallation: installation},
		daemons:  map[string]*Process{},
		options: FRROptions{
			Version: v,
			Daemons: daemons,
			Port:    o.Port,
			Args:    args,
			Config:  map[string]string{"bgpd": frrRouterConfig(o)},
		},
	}
	return &FRRRouter{FRR: f, options: o}, f.StartDaemons(ctx)
}

// SetNeighbors replaces the router's neighbors while it runs. A neighbor that
// does not change keeps its session.
func (r *FRRRouter) SetNeighbors(ctx context.Context, neighbors []Neighbor) error {
	changed := r.options
	changed.Neighbors = neighbors
	changed, err := changed.complete(r.Host)
	if err != nil {
		return err
	}
	if changed.usesBFD() && !r.options.usesBFD() {
		r.FRR.options.Daemons = append(r.FRR.options.Daemons, "bfdd")
		if err := r.StartDaemons(ctx); err != nil {
			return err
		}
	}
	lines := []string{fmt.Sprintf("router bgp %v", changed.ASN)}
	for _, old := range r.options.Neighbors {
		if !slices.ContainsFunc(neighbors, sameFRR(old)) {
			lines = append(lines, fmt.Sprintf("no neighbor %v", old.Addr))
		}
	}
	for _, n := range neighbors {
		if !slices.ContainsFunc(r.options.Neighbors, sameFRR(n)) {
			lines = append(lines, strings.Split(strings.TrimSpace(frrNeighborConfig(n)), "\n")...)
			lines = append(lines, frrActivate(n)...)
		}
	}
	if err := r.Configure(ctx, "bgpd", lines...); err != nil {
		return err
	}
	r.options = changed
	r.FRR.options.Config["bgpd"] = frrRouterConfig(changed) // for the next start
	return nil
}

// sameFRR compares neighbors by what FRR is told of them.
func sameFRR(n Neighbor) func(Neighbor) bool {
	told := func(n Neighbor) []string { return append(frrActivate(n), frrNeighborConfig(n)) }
	return func(other Neighbor) bool { return slices.Equal(told(n), told(other)) }
}

// frrActivate turns on a neighbor's families.
func frrActivate(n Neighbor) []string {
	var lines []string
	for _, f := range []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast} {
		if n.carries(f) {
			lines = append(lines, fmt.Sprintf("address-family %v", f),
				fmt.Sprintf("neighbor %v activate", n.Addr), "exit-address-family")
		}
	}
	return lines
}

// frrRouterConfig is a router's bgpd configuration.
func frrRouterConfig(o RouterOptions) string {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	line("router bgp %v", o.ASN)
	line(" bgp router-id %v", o.RouterID)
	line(" no bgp default ipv4-unicast")
	line(" no bgp ebgp-requires-policy")
	line(" no bgp network import-check")
	line(" coalesce-time 0")
	if o.GracefulRestart != 0 {
		line(" bgp graceful-restart restart-time %d", o.GracefulRestart)
	}
	for _, n := range o.Neighbors {
		out.WriteString(frrNeighborConfig(n))
	}
	for _, f := range []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast} {
		line(" address-family %v", f)
		for _, p := range o.withFamily(f) {
			line("  network %v", p)
		}
		for _, n := range o.Neighbors {
			if n.carries(f) {
				line("  neighbor %v activate", n.Addr)
			}
		}
		line(" exit-address-family")
	}
	line("exit")
	return out.String() + o.Extra
}

// frrNeighborConfig is what a neighbor needs outside the address families.
func frrNeighborConfig(n Neighbor) string {
	var out strings.Builder
	line := func(format string, args ...any) {
		fmt.Fprintf(&out, " neighbor %v "+format+"\n", append([]any{n.Addr}, args...)...)
	}
	line("remote-as %v", n.ASN)
	line("timers connect 1")
	if n.Port != 0 {
		line("port %d", n.Port)
	}
	if n.LocalASN != 0 {
		line("local-as %v", n.LocalASN)
	}
	if n.Password != "" {
		line("password %s", n.Password)
	}
	if n.Multihop != 0 {
		line("ebgp-multihop %d", n.Multihop)
	}
	if n.Passive {
		line("passive")
	}
	if n.Hold != 0 {
		line("timers %d %d", n.keepalive(), n.Hold)
	}
	if n.BFD {
		line("bfd")
	}
	return out.String()
}
