package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"frr-speaker/internal/bgp"
)

// BIRDRouter is a router that runs BIRD 2, the machine's own.
type BIRDRouter struct {
	*Host
	options RouterOptions
	bird    *Process
	program string // bird's path
}

// birdStartTimeout bounds the time until BIRD answers; 0.1 s is usual.
const birdStartTimeout = 10 * time.Second

// StartBIRDRouter makes a host that runs BIRD as a router.
func (l *Lab) StartBIRDRouter(ctx context.Context, o RouterOptions) (*BIRDRouter, error) {
	program, err := findBIRD()
	if err != nil {
		return nil, err
	}
	host, err := l.NewHost(ctx, o.HostOptions)
	if err != nil {
		return nil, err
	}
	if o, err = o.complete(host); err != nil {
		return nil, err
	}
	b := &BIRDRouter{Host: host, options: o, program: program}
	return b, b.StartBIRD(ctx)
}

func findBIRD() (string, error) {
	for _, path := range []string{"/usr/sbin/bird", "/usr/local/sbin/bird"} {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", errors.New("find BIRD: there is no /usr/sbin/bird: apt-get install bird2")
}

// StartBIRD starts the daemon, if it does not run, and waits until it answers.
func (b *BIRDRouter) StartBIRD(ctx context.Context) error {
	if b.bird != nil && b.bird.Running() {
		return nil
	}
	if err := b.writeConfig(); err != nil {
		return err
	}
	p, err := b.StartProcess(ProcessOptions{Name: "bird", Args: []string{
		b.program, "-f", "-c", b.configFile(), "-s", b.socket(),
	}})
	if err != nil {
		return err
	}
	b.bird = p
	return Eventually(ctx, birdStartTimeout, func() error {
		if !p.Running() {
			return Permanent(fmt.Errorf("bird on %s ended: %s", b.name, p.Tail(5)))
		}
		_, err := b.BIRDC(ctx, "show status")
		return err
	})
}

// Daemon is the last bird process started.
func (b *BIRDRouter) Daemon() *Process { return b.bird }

// SetNeighbors replaces the router's neighbors while it runs. Sessions of
// neighbors that do not change stay up.
func (b *BIRDRouter) SetNeighbors(ctx context.Context, neighbors []Neighbor) error {
	changed := b.options
	changed.Neighbors = neighbors
	changed, err := changed.complete(b.Host)
	if err != nil {
		return err
	}
	b.options = changed
	if err := b.writeConfig(); err != nil {
		return err
	}
	out, err := b.BIRDC(ctx, "configure")
	if err != nil {
		return err
	}
	if !strings.Contains(out, "Reconfigur") {
		return fmt.Errorf("configure bird on %s: %s", b.name, lastLines([]byte(out), 3))
	}
	return nil
}

// BIRDC runs one command in birdc and returns what it printed.
func (b *BIRDRouter) BIRDC(ctx context.Context, command string) (string, error) {
	args := append([]string{b.program + "c", "-s", b.socket()}, strings.Fields(command)...)
	out, err := b.Exec(ctx, args...)
	return string(out), err
}

// Routes reads BIRD's tables.
func (b *BIRDRouter) Routes(ctx context.Context) (Routes, error) {
	out, err := b.BIRDC(ctx, "show route all")
	if err != nil {
		return nil, err
	}
	routes, err := parseBIRDRoutes(out, b.neighborsByProtocol())
	if err != nil {
		return nil, fmt.Errorf("read routes of %s: %w", b.name, err)
	}
	external := map[netip.Addr]bool{}
	for _, n := range b.options.Neighbors {
		external[n.Addr] = n.ASN != b.localASN(n)
	}
	for _, paths := range routes {
		for i := range paths {
			if external[paths[i].From] {
				paths[i].LocalPref = 0 // BIRD shows its own default
			}
		}
	}
	return routes, nil
}

// Sessions reads BIRD's protocols.
func (b *BIRDRouter) Sessions(ctx context.Context) ([]Session, error) {
	out, err := b.BIRDC(ctx, "show protocols all")
	if err != nil {
		return nil, err
	}
	sessions, err := parseBIRDSessions(out, b.neighborsByProtocol(), time.Now())
	if err != nil {
		return nil, fmt.Errorf("read sessions of %s: %w", b.name, err)
	}
	log, err := os.ReadFile(b.LogFile("bird"))
	if err != nil {
		return nil, fmt.Errorf("read sessions of %s: %w", b.name, err)
	}
	bfd := ""
	if b.options.usesBFD() {
		if bfd, err = b.BIRDC(ctx, "show bfd sessions"); err != nil {
			return nil, err
		}
	}
	for i := range sessions {
		s := &sessions[i]
		s.Drops = countBIRDDrops(string(log), b.protocol(s.Neighbor))
		if n := b.neighbor(s.Neighbor); n.BFD {
			s.BFD = birdBFDState(bfd, s.Neighbor)
		}
	}
	return sessions, nil
}

func (b *BIRDRouter) neighbor(addr netip.Addr) Neighbor {
	for _, n := range b.options.Neighbors {
		if n.Addr == addr {
			return n
		}
	}
	return Neighbor{}
}

func (b *BIRDRouter) localASN(n Neighbor) bgp.ASN {
	if n.LocalASN != 0 {
		return n.LocalASN
	}
	return b.options.ASN
}

// protocol names the BIRD protocol of a neighbor: a word that survives other neighbors' coming and going.
func (b *BIRDRouter) protocol(addr netip.Addr) string {
	return "n_" + strings.NewReplacer(".", "_", ":", "_").Replace(addr.String())
}

func (b *BIRDRouter) neighborsByProtocol() map[string]Neighbor {
	byName := map[string]Neighbor{}
	for _, n := range b.options.Neighbors {
		byName[b.protocol(n.Addr)] = n
	}
	return byName
}

func (b *BIRDRouter) socket() string     { return "/run/bird.ctl" }
func (b *BIRDRouter) configFile() string { return filepath.Join(b.dir, "bird.conf") }

func (b *BIRDRouter) writeConfig() error {
	if err := os.WriteFile(b.configFile(), []byte(b.config()), 0o644); err != nil {
		return fmt.Errorf("configure bird on %s: %w", b.name, err)
	}
	return nil
}
