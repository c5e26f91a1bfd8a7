package bench

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"frr-speaker/bench/report"
	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/vty"
	"frr-speaker/test/lab"
)

// gateRounds is how often each way announces and withdraws.
const gateRounds = 30

// BenchmarkGate compares two ways to announce a route (docs/design/gate.md): its network
// line is written when it is wanted, as speaker does it, or stands all the time behind an
// outbound prefix list that lets it out. "wire" is until the last peer has heard of it,
// "held" how long bgpd does nothing else.
func BenchmarkGate(b *testing.B) {
	for _, v := range lab.FRRVersions() {
		for _, services := range []int{100, 1000, 10_000} {
			b.Run(fmt.Sprintf("frr=%d/services=%d", v, services), func(b *testing.B) {
				g, err := newGate(b, cell{version: v, services: services, peers: headlinePeers, theirs: true})
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					for _, w := range []way{g.network(), g.gate()} {
						if err := g.measure(b, w); err != nil {
							b.Fatal(err)
						}
					}
				}
			})
		}
	}
}

// gate is an FRR with the text that speaker writes, and a prefix list in front of it.
type gate struct {
	stage *stage
	bgpd  *vty.Conn
	class string // network line's end: the class of all routes
}

// way is how a route is announced and withdrawn.
type way struct {
	name                       string
	prepare, announce, retract []string
}

const gateList = "standby"

func newGate(b *testing.B, c cell) (*gate, error) {
	b.Helper()
	ctx := b.Context()
	g := &gate{stage: newStage(ctx, b, c)}
	want := g.stage.work.speaker()
	text, err := frrconfig.Render(want, frrconfig.Options{})
	if err != nil {
		return nil, err
	}
	if g.class = regexp.MustCompile(`origin-\d+`).FindString(string(text)); g.class == "" {
		return nil, errors.New("speaker wrote no class")
	}
	frr := g.stage.theirs.frr
	from := g.stage.mark()
	if err := frr.Load(ctx, string(text)); err != nil {
		return nil, err
	}
	if _, err := g.stage.complete(ctx, from, frr.Addr4()); err != nil {
		return nil, err
	}
	if g.bgpd, err = vty.Dial(ctx, filepath.Join(frr.RunDir(), "bgpd.vty")); err != nil {
		return nil, err
	}
	b.Cleanup(func() {
		if err := g.bgpd.Close(); err != nil {
			b.Error(err)
		}
	})
	lines := []string{"enable", "configure terminal"}
	// An entry of a prefix that is not announced: a list without any would match nothing, or all.
	lines = append(lines, "ip prefix-list "+gateList+" seq 1 permit 192.0.2.255/32")
	for _, s := range want.Instances[0].Sessions {
		lines = append(lines, "route-map "+s.ID()+"-out deny 1", "match ip address prefix-list "+gateList, "exit")
	}
	return g, g.do(ctx, append(lines, flush()...)...)
}

// flush makes bgpd do now what it does five seconds after a change of a filter
// (docs/design/frr.md).
func flush() []string {
	return []string{"bgp route-map delay-timer 0", "bgp route-map delay-timer 5"}
}

// network announces by the network line alone.
func (g *gate) network() way {
	w := way{name: "network"}
	w.announce = g.inFamily("network " + g.stage.work.last.String() + " route-map " + g.class)
	w.retract = g.inFamily("no network " + g.stage.work.last.String())
	return w
}

// gate announces by taking the prefix out of the list of those that stay.
func (g *gate) gate() way {
	entry := "ip prefix-list " + gateList + " seq 2 permit " + g.stage.work.last.String()
	w := way{name: "gate"}
	w.prepare = append(append([]string{entry}, flush()...), g.network().announce...)
	w.announce = append([]string{"no " + entry}, flush()...)
	w.retract = append([]string{entry}, flush()...)
	return w
}

func (g *gate) inFamily(line string) []string {
	return []string{fmt.Sprintf("router bgp %v", nodesASN), "address-family ipv4 unicast", line, "exit-address-family", "exit"}
}

// measure announces and withdraws the same prefix in turns.
func (g *gate) measure(b *testing.B, w way) error {
	ctx := b.Context()
	if err := g.do(ctx, w.prepare...); err != nil {
		return err
	}
	var wire, withdrawn, held report.Samples
	for range gateRounds {
		for _, half := range []struct {
			lines []string
			c     change
			wire  *report.Samples
		}{
			{w.announce, change{prefix: g.stage.work.last}, &wire},
			{w.retract, change{prefix: g.stage.work.last, withdraw: true}, &withdrawn},
		} {
			from, began := g.stage.mark(), time.Now()
			if err := g.do(ctx, half.lines...); err != nil {
				return err
			}
			if _, err := g.bgpd.Do(ctx, "do show version"); err != nil { // is answered when bgpd has time again
				return err
			}
			held.Add(time.Since(began))
			last, err := g.stage.heard(ctx, from, g.frr(), half.c.match)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			half.wire.Add(last.Sub(began))
		}
	}
	b.Logf("%s: announced after %v, withdrawn after %v, bgpd held for %v", w.name, &wire, &withdrawn, &held)
	for unit, s := range map[string]*report.Samples{"-wire-ms": &wire, "-withdrawn-ms": &withdrawn, "-held-ms": &held} {
		b.ReportMetric(float64(s.Median())/1e6, w.name+unit)
	}
	return nil
}

func (g *gate) frr() netip.Addr { return g.stage.theirs.frr.Addr4() }

func (g *gate) do(ctx context.Context, lines ...string) error {
	var errs []error
	for _, line := range lines {
		reply, err := g.bgpd.Do(ctx, line)
		if err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
		if err := reply.Err(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", line, err))
		}
	}
	return errors.Join(errs...)
}
