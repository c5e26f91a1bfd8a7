package reloader

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/vty"
)

// launch is what makes one new neighbor speak: what starts its session, and the families it speaks.
//
// FRR connects to a neighbor at once when "timers connect" is set before any family is active, and up to a second
// later when it is set after, or not at all. An OPEN without a family is refused, and then it takes two. So
// both are said in one breath, the timers first, and bgpd has the families before it has a connection. A neighbor
// without the line is given "no ... timers connect", which changes nothing but starts it likewise.
//
// All this comes after the routes, so that End-of-RIB is not said before they are: a peer that keeps routes over
// a restart would drop them (RFC 4724 section 4.2).
type launch struct {
	instance string
	name     string
	timers   *frrdiff.Command
	families []frrdiff.Command
	bfd      []frrdiff.Command // said once it was dialed, see watch.go
}

// splitLaunches takes the launches out of a script.
func splitLaunches(script frrdiff.Script) (rest frrdiff.Script, launches []*launch) {
	created := map[neighborID]*launch{}
	for n := range newNeighbors(script) {
		created[n] = &launch{instance: n.instance, name: n.name}
	}
	if len(created) == 0 {
		return script, nil
	}
	var timers, watched []*launch
	for _, step := range script {
		kept := frrdiff.Step{Phase: step.Phase, Atomic: step.Atomic}
		for _, c := range step.Commands {
			n, what := neighborLine(c)
			l := created[n]
			switch {
			case l == nil || strings.HasPrefix(c.Text, "no "):
				kept.Commands = append(kept.Commands, c)
			case what == "activate":
				if l.families == nil {
					launches = append(launches, l)
				}
				l.families = append(l.families, c)
			case strings.HasPrefix(what, "timers connect "):
				if l.timers == nil {
					timers = append(timers, l)
				}
				l.timers = &c
			case what == "bfd" || strings.HasPrefix(what, "bfd "):
				if l.bfd == nil {
					watched = append(watched, l)
				}
				l.bfd = append(l.bfd, c)
			default:
				kept.Commands = append(kept.Commands, c)
			}
		}
		rest = append(rest, kept)
	}
	return append(rest, withoutFamily(timers, watched)), launches
}

// withoutFamily is what was kept of neighbors that get no family, and so are not launched.
func withoutFamily(timers, watched []*launch) frrdiff.Step {
	step := frrdiff.Step{Phase: frrdiff.Change}
	for _, l := range timers {
		if l.families == nil {
			step.Commands = append(step.Commands, *l.timers)
		}
	}
	for _, l := range watched {
		if l.families == nil {
			step.Commands = append(step.Commands, l.bfd...)
		}
	}
	return step
}

// commands are what to say, in the block of the instance.
func (l *launch) commands() []frrdiff.Command {
	var out []frrdiff.Command
	switch {
	case l.timers != nil:
		out = append(out, *l.timers)
	case l.addressed():
		out = append(out, frrdiff.Command{Text: "no neighbor " + l.name + " timers connect", Source: l.families[0].Source})
	}
	for _, c := range l.families {
		out = append(out,
			frrdiff.Command{Text: c.Context[len(c.Context)-1], Source: c.Source}, c,
			frrdiff.Command{Text: "exit-address-family", Source: c.Source})
	}
	return out
}

// addressed tells a neighbor with an address from one on an interface, which starts by itself when the other end
// is heard of, and not before.
func (l *launch) addressed() bool {
	_, err := netip.ParseAddr(l.name)
	return err == nil
}

// launch starts one neighbor.
func (i *instance) launch(ctx context.Context, l *launch) error {
	commands := l.commands()
	if err := i.enter(ctx, []string{l.instance}); err != nil {
		return i.blame(commands[0], l.instance, err)
	}
	lines := make([]string, len(commands))
	for k, c := range commands {
		lines[k] = c.Text
	}
	var bad error
	err := i.conn.Batch(ctx, lines, vty.Pipelined, func(k int, r vty.Reply) bool {
		if err := r.Err(); err != nil && bad == nil {
			bad = i.blame(commands[k], lines[k], err)
		}
		return true
	})
	if err != nil {
		return fmt.Errorf("%s: %w", i.name, err)
	}
	i.expectUp(l)
	return bad
}

// expectUp notes that a neighbor is to come up. One on an interface is dialed when the other end is heard of, and one
// of a view has the name of another VRF's: what is said of a neighbor by VRF and name would be about that.
func (i *instance) expectUp(l *launch) {
	if !l.addressed() || strings.Contains(l.instance, " view ") {
		return
	}
	if i.dials == nil {
		i.dials = map[neighborID]*dial{}
	}
	i.dials[neighborID{l.instance, l.name}] = &dial{since: time.Now()}
}

// neighborID is a neighbor of one instance.
type neighborID struct{ instance, name string }

// newNeighbors are those that the script creates.
func newNeighbors(script frrdiff.Script) map[neighborID]bool {
	created := map[neighborID]bool{}
	for _, step := range script {
		for _, c := range step.Commands {
			n, what := neighborLine(c)
			if strings.HasPrefix(c.Text, "no ") {
				continue
			}
			if strings.HasPrefix(what, "remote-as ") || strings.HasPrefix(what, "interface ") && strings.Contains(what, " remote-as ") {
				created[n] = true
			}
		}
	}
	return created
}

// neighborLine takes "neighbor NAME WHAT", or "no" that, apart.
func neighborLine(c frrdiff.Command) (n neighborID, what string) {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(c.Text, "no "), "neighbor ")
	if !ok || len(c.Context) == 0 || !strings.HasPrefix(c.Context[0], "router bgp ") {
		return neighborID{}, ""
	}
	name, what, _ := strings.Cut(rest, " ")
	return neighborID{instance: c.Context[0], name: name}, what
}
