package reload

import (
	"context"
	"fmt"
	"maps"

	"frr-speaker/test/lab"
	"frr-speaker/test/lab/collector"
)

// audit looks at all that the peers heard since the last look, while the node
// went through states in turn. It returns the first thing that should not have been heard:
//   - a session went down that was not to be reset, or twice, or one that was to be did not;
//   - a route was withdrawn that all states want;
//   - a route was announced that no state wants, or otherwise than any of them does.
func (r *rig) audit(l *ledger) error {
	for _, p := range peersThatAnswer {
		peer := r.peers[p.name]
		for _, e := range peer.Events(r.marks[p.name]) {
			r.marks[p.name] = e.Seq + 1
			if err := l.enter(channel{p.name, e.Neighbor}, e); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	return l.close()
}

// awaitResets waits until the peers have heard that the sessions went down that are to be reset:
// FRR runs the new state before they do, and until then they hold what the old one meant. It is
// for audit to say which one did not.
func (r *rig) awaitResets(ctx context.Context, l *ledger) {
	if len(l.states) != 2 {
		return
	}
	ctx, cancel := lab.WithTimeout(ctx, atPeers)
	defer cancel()
	for c := range l.may {
		_, err := r.peers[c.peer].WaitEvent(ctx, r.marks[c.peer], func(e collector.Event) bool {
			return e.Kind == collector.Down && e.Neighbor == c.source
		})
		if err != nil {
			return
		}
	}
}

// ledger is what may be heard while the node goes through states.
type ledger struct {
	states []moment
	may    map[channel]string // sessions that are reset, and why
	downs  map[channel]int
	most   int // times that a session may go down
}

func newLedger(v lab.FRRVersion, states []moment) *ledger {
	l := &ledger{states: states, may: map[channel]string{}, downs: map[channel]int{}, most: len(states) - 1}
	for n, s := range states {
		if n > 0 {
			maps.Copy(l.may, resets(v, states[n-1].state, s.state))
		}
	}
	return l
}

func (l *ledger) enter(c channel, e collector.Event) error {
	switch e.Kind {
	case collector.Down:
		l.downs[c]++
		if l.may[c] == "" {
			return fmt.Errorf("a session that nothing is to reset went down: %v", e)
		}
		if l.downs[c] > l.most {
			return fmt.Errorf("a session went down %d times (%s): %v", l.downs[c], l.may[c], e)
		}
	case collector.Withdraw:
		for _, s := range l.states {
			if _, wanted := s.means[c][e.Prefix]; !wanted {
				return nil
			}
		}
		return fmt.Errorf("a wanted route was withdrawn: %v", e)
	case collector.Announce:
		got := heard(e.Attributes)
		var wanted []want
		for _, s := range l.states {
			how, found := s.means[c][e.Prefix]
			if found && how == got {
				return nil
			}
			if found {
				wanted = append(wanted, how)
			}
		}
		if len(wanted) == 0 {
			return fmt.Errorf("a route was announced that nobody wants: %v", e)
		}
		return fmt.Errorf("%v was announced as\n%s, not as one of\n%s", e.Prefix, got, wanted)
	case collector.Up, collector.EndOfRIB:
	}
	return nil
}

// close looks at what should have been heard and was not. Between several states
// FRR may have been spared some.
func (l *ledger) close() error {
	if len(l.states) != 2 {
		return nil
	}
	for c, why := range l.may {
		if l.downs[c] == 0 {
			return fmt.Errorf("%v: %s, and the session was not reset", c, why)
		}
	}
	return nil
}
