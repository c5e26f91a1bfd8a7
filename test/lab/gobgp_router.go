package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"frr-speaker/internal/bgp"
)

// GoBGPRouter is a router that runs gobgpd, the machine's own. It keeps its
// routes to itself: gobgpd writes none into a kernel.
type GoBGPRouter struct {
	*Host
	options RouterOptions
	daemon  *Process
}

// The programs of Debian's package gobgpd.
const (
	gobgpd = "/usr/bin/gobgpd"
	gobgp  = "/usr/bin/gobgp"
)

// gobgpStartTimeout bounds the time until gobgpd answers; 0.3 s is usual.
const gobgpStartTimeout = 10 * time.Second

// StartGoBGPRouter makes a host that runs gobgpd as a router. It does not know
// BFD, and takes Extra in TOML.
func (l *Lab) StartGoBGPRouter(ctx context.Context, o RouterOptions) (*GoBGPRouter, error) {
	if _, err := os.Stat(gobgpd); err != nil {
		return nil, errors.New("find GoBGP: there is no " + gobgpd + ": apt-get install gobgpd")
	}
	if o.usesBFD() {
		return nil, fmt.Errorf("router %s: GoBGP has no BFD", o.Name)
	}
	host, err := l.NewHost(ctx, o.HostOptions)
	if err != nil {
		return nil, err
	}
	if o, err = o.complete(host); err != nil {
		return nil, err
	}
	g := &GoBGPRouter{Host: host, options: o}
	return g, g.start(ctx)
}

func (g *GoBGPRouter) start(ctx context.Context) error {
	file := filepath.Join(g.Dir(), "gobgpd.toml")
	if err := os.WriteFile(file, []byte(g.config()), 0o600); err != nil {
		return fmt.Errorf("configure gobgpd on %s: %w", g.name, err)
	}
	p, err := g.StartProcess(ProcessOptions{Name: "gobgpd", Args: []string{gobgpd, "-t", "toml", "-f", file}})
	if err != nil {
		return err
	}
	g.daemon = p
	return Eventually(ctx, gobgpStartTimeout, func() error {
		if !p.Running() {
			return Permanent(fmt.Errorf("gobgpd on %s ended: %s", g.name, p.Tail(5)))
		}
		_, err := g.GoBGP(ctx, "global")
		return err
	})
}

// Daemon is the gobgpd process.
func (g *GoBGPRouter) Daemon() *Process { return g.daemon }

// GoBGP runs one command of gobgp and returns what it printed, as JSON where it has a choice.
func (g *GoBGPRouter) GoBGP(ctx context.Context, command string) ([]byte, error) {
	return g.Exec(ctx, append([]string{gobgp, "-j"}, strings.Fields(command)...)...)
}

// config is the router's whole gobgpd.toml.
func (g *GoBGPRouter) config() string {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	port := g.options.Port
	if port == 0 {
		port = 179
	}
	line("[global.config]\nas = %v\nrouter-id = %q\nport = %d", g.options.ASN, g.options.RouterID, port)
	for _, n := range g.options.Neighbors {
		line("[[neighbors]]\n[neighbors.config]\nneighbor-address = %q\npeer-as = %v", n.Addr, n.ASN)
		if n.LocalASN != 0 {
			line("local-as = %v", n.LocalASN)
		}
		if n.Password != "" {
			line("auth-password = %q", n.Password)
		}
		line("[neighbors.transport.config]\npassive-mode = %v", n.Passive)
		if n.Multihop != 0 {
			line("[neighbors.ebgp-multihop.config]\nenabled = true\nmultihop-ttl = %d", n.Multihop)
		}
		if n.Hold != 0 {
			line("[neighbors.timers.config]\nhold-time = %d\nkeepalive-interval = %d", n.Hold, n.keepalive())
		}
		for _, f := range []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast} {
			if n.carries(f) {
				line("[[neighbors.afi-safis]]\n[neighbors.afi-safis.config]\nafi-safi-name = %q", strings.ReplaceAll(f.String(), " ", "-"))
			}
		}
	}
	return out.String() + g.options.Extra
}

// Routes reads gobgpd's table.
func (g *GoBGPRouter) Routes(ctx context.Context) (Routes, error) {
	routes := Routes{}
	for _, family := range []string{"ipv4", "ipv6"} {
		out, err := g.GoBGP(ctx, "global rib -a "+family)
		if err != nil {
			return nil, err
		}
		if err := parseGoBGPRoutes(out, routes); err != nil {
			return nil, fmt.Errorf("read routes of %s: %w", g.name, err)
		}
	}
	routes.sortPaths()
	return routes, nil
}

// Sessions reads gobgpd's neighbors.
func (g *GoBGPRouter) Sessions(ctx context.Context) ([]Session, error) {
	out, err := g.GoBGP(ctx, "neighbor")
	if err != nil {
		return nil, err
	}
	sessions, err := parseGoBGPSessions(out, time.Now())
	if err != nil {
		return nil, fmt.Errorf("read sessions of %s: %w", g.name, err)
	}
	return sessions, nil
}

var _ Router = (*GoBGPRouter)(nil)
