package reload

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
)

// witness reads status.json all the time and compares what it claims with what bgpd runs and
// with what the peers see.
type witness struct {
	rig  *rig
	done chan struct{}

	mu    sync.Mutex        // guards the rest
	texts map[string]moment // that were published, by digest
	lag   time.Duration     // how long a claim may be behind the truth
	fresh bool              // the file is to be rewritten as promised
	since map[string]lab.Stopwatch
	lies  []string
}

// How often the witness looks, and how far behind status.json may be when nothing is special: the
// reloader reads sessions every second.
const (
	witnessPoll = 10 * time.Millisecond
	usualLag    = 2 * time.Second
	sessionLag  = 3 * time.Second
)

func newWitness(ctx context.Context, r *rig) *witness {
	w := &witness{
		rig: r, done: make(chan struct{}), texts: map[string]moment{}, lag: usualLag, fresh: true, since: map[string]lab.Stopwatch{},
	}
	go func() {
		defer close(w.done)
		for ctx.Err() == nil {
			began := time.Now()
			w.look(ctx)
			pause(ctx, max(witnessPoll, time.Since(began))) // leaves bgpd time for its work
		}
	}()
	return w
}

// pause waits, or less when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

func (w *witness) published(v handoff.Version, m moment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts[v.Digest] = m
}

// allow sets for how long claims may be untrue, and whether they have to be renewed.
func (w *witness) allow(lag time.Duration, fresh bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lag, w.fresh = lag, fresh
	clear(w.since)
}

// heardLies returns, and forgets, what was untrue.
func (w *witness) heardLies() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	lies := w.lies
	w.lies = nil
	return lies
}

// claim is what a reader takes a result for: FRR runs what frr.conf says.
func (w *witness) claim(r handoff.Result) bool {
	up := !slices.ContainsFunc(r.Daemons, func(d handoff.Daemon) bool { return d.State != "up" })
	return r.Outcome == handoff.OutcomeApplied && r.Running == r.Desired && up && !r.Stale(time.Now())
}

func (w *witness) look(ctx context.Context) {
	before, err := w.rig.dir().ReadResult()
	if err != nil {
		w.suspect("unreadable", !handoff.Absent(err), 0, fmt.Sprintf("status.json cannot be read: %v", err))
		return
	}
	w.mu.Lock()
	m, known := w.texts[before.Running.Digest]
	lag, fresh := w.lag, w.fresh
	w.mu.Unlock()
	age := time.Since(before.Updated)
	w.suspect("old", fresh && age > handoff.RefreshInterval, usualLag, fmt.Sprintf("status.json is %s old", age))
	desired, err := w.rig.dir().ReadDesired()
	if err != nil || !known || !w.claim(before) || before.Desired != desired.Version {
		w.suspect("applied", false, 0, "")
		w.suspect("sessions", false, 0, "")
		return
	}
	ask, cancel := context.WithTimeout(ctx, 2*time.Second)
	untrue := runs(ask, w.rig.node, m.state)
	cancel()
	sessions := w.sessions(before, m)
	after, err := w.rig.dir().ReadResult()
	same := err == nil && w.claim(after) && after.Running == before.Running
	w.suspect("applied", same && untrue != nil && ctx.Err() == nil, lag, fmt.Sprintf("it says that generation %d is applied and runs, but %v", before.Running.Generation, untrue))
	w.suspect("sessions", same && sessions != "", lag+sessionLag, sessions)
}

// sessions compares the states of sessions with what the peers see.
func (w *witness) sessions(r handoff.Result, m moment) string {
	for _, session := range live(m.state) {
		p, _ := answering(session)
		up := w.rig.peers[p.name].Established(sourceOf(session))
		said := slices.ContainsFunc(r.Sessions, func(s handoff.Session) bool {
			addr, err := netip.ParseAddr(s.Neighbor)
			return err == nil && addr == session.Addr && s.State == "Established"
		})
		if up != said {
			return fmt.Sprintf("it says that the session with %v is established: %t, and the peer: %t", session.Addr, said, up)
		}
	}
	return ""
}

// suspect notes that something is untrue, which is a lie once it has been for longer than lag,
// on a machine that has time.
func (w *witness) suspect(what string, untrue bool, lag time.Duration, words string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !untrue {
		delete(w.since, what)
		return
	}
	if _, begun := w.since[what]; !begun {
		w.since[what] = lab.StartStopwatch()
	}
	if age := w.since[what].Elapsed(); age >= lag {
		w.lies = append(w.lies, fmt.Sprintf("for %s: %s", age.Round(time.Millisecond), words))
		delete(w.since, what)
	}
}
