package reloader

import (
	"context"
	"log/slog"
	"time"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/handoff"
)

// Times of the loop.
const (
	driftInterval = 2 * time.Second        // between looks at what runs; a change is found within this and one read
	gatherTimeout = 3 * time.Second        // how long the first daemons wait for the last at start
	gatherPoll    = 100 * time.Millisecond // until links speak up by themselves
	retryMin      = 2 * time.Second        // before a failed or partial attempt is repeated
	retryMax      = 5 * time.Minute
)

// loop brings FRR to the desired text and keeps it there. It is driven by levels, not by events: each pass
// compares what is wanted with what is known to run. One goroutine, Run, owns all of it.
type loop struct {
	dir       handoff.Dir
	instances []*instance // mgmtd, zebra, staticd, bfdd, bgpd
	managed   func() bool // whether this FRR has mgmtd
	expected  func(name frrdiff.Daemon) bool
	checker   *checker
	board     *board
	keeper    *keeper
	repair    bool // drift is repaired, not only reported
	log       *slog.Logger
	wake      chan struct{} // one slot: something may have changed
	file      chan struct{} // one slot: frr.conf may have changed

	desired   *target         // nil until there was one that could be read
	base      *target         // what was last verified, here or before this process; nil: nothing ever
	attempted handoff.Version // the desired text that was last attempted
	verdict   verdict         // of that attempt
	settled   bool            // it came to a verdict: what runs was verified
	doubt     bool            // FRR took everything and shows something else: what is known is not to be relied on

	owners   map[string][]frrdiff.Daemon // of lines that frrdiff does not know
	retryAt  time.Time                   // zero: nothing to retry
	retry    backoff
	driftAt  time.Time
	redialAt time.Time // zero: no neighbor is expected to come up
	restedAt time.Time // before, bgpd is not asked again about such neighbors
	drifted  string    // the drift last reported, so that it is counted once
	started  time.Time
}

// verdict is how an attempt ended.
type verdict struct {
	outcome  handoff.Outcome
	failures []handoff.Failure
}

func (l *loop) String() string { return "reload loop" }

// poke asks for a pass. It never blocks.
func (l *loop) poke() { signalOnce(l.wake) }

// pokeFile asks for a pass that reads frr.conf.
func (l *loop) pokeFile() {
	signalOnce(l.file)
	signalOnce(l.wake)
}

func signalOnce(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run passes until ctx ends.
func (l *loop) Run(ctx context.Context) error {
	l.started = time.Now()
	l.retry = backoff{min: retryMin, max: retryMax}
	l.owners = map[string][]frrdiff.Daemon{}
	l.readLastGood()
	signalOnce(l.file)
	defer func() {
		for _, i := range l.instances {
			i.drop()
		}
	}()
	for {
		timer := time.NewTimer(l.pass(ctx))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-l.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// pass does what there is to do and returns when to look again without being asked.
func (l *loop) pass(ctx context.Context) time.Duration {
	select {
	case <-l.file:
		l.readDesired()
	default:
	}
	if !l.gathered() {
		l.precheck(ctx)
		return gatherPoll
	}
	l.say()
	switch reborn := l.reborn(); {
	case l.desired != nil && l.desired.version != l.attempted, due(l.retryAt), reborn && !l.settled:
		l.attempt(ctx)
	case reborn:
		l.recover(ctx)
	case !time.Now().Before(l.driftAt):
		l.lookForDrift(ctx)
	}
	l.expectDials()
	if due(l.redialAt) {
		l.redial(ctx)
	}
	next := l.driftAt
	for _, at := range []time.Time{l.retryAt, l.redialAt} {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return max(time.Until(next), 10*time.Millisecond)
}

// due tells whether something is to be done by now; the zero time is never.
func due(at time.Time) bool { return !at.IsZero() && !time.Now().Before(at) }

// gathered tells whether the daemons are there, or will not be waited for any longer. bgpd could be configured
// before bfdd, but its sessions would then start without BFD and change their ways a moment later.
func (l *loop) gathered() bool {
	up := 0
	for _, i := range l.instances {
		if i.refresh() {
			up++
		} else if l.expected(i.name) && time.Since(l.started) < gatherTimeout {
			return false
		}
	}
	return up > 0
}

// reborn tells whether a daemon is up that was not there when what runs was last dealt with.
func (l *loop) reborn() bool {
	for _, i := range l.instances {
		if _, up := i.link.state(); up && i.epoch != i.seen {
			return true
		}
	}
	return false
}

// unknown tells whether a daemon is up of which it is not known what it runs.
func (l *loop) unknown() bool {
	for _, i := range l.instances {
		if _, up := i.link.state(); up && i.known == nil {
			return true
		}
	}
	return false
}

// precheck uses the time until the daemons are up.
func (l *loop) precheck(ctx context.Context) {
	if l.desired == nil || l.desired.version == l.attempted {
		return
	}
	_ = l.checker.check(ctx, l.desired.config, l.layout()) // what passes is remembered, the rest is found again
}

func (l *loop) layout() frrdiff.Layout {
	return frrdiff.Layout{Mgmtd: l.managed(), Owners: l.owners}
}

func (l *loop) readLastGood() {
	t, err := l.dir.ReadLastGood()
	if handoff.Absent(err) {
		return
	}
	if err == nil {
		l.base, err = newTarget(t)
	}
	if err != nil {
		l.log.Warn("the last good configuration is of no use", "error", err)
		return
	}
	l.keeper.have(l.base)
	l.log.Info("read the last good configuration", "generation", t.Generation, "digest", t.Digest)
}

// readDesired takes a new frr.conf. One that cannot be trusted changes nothing but the report.
func (l *loop) readDesired() {
	text, err := l.dir.ReadDesired()
	if handoff.Absent(err) {
		return
	}
	if err == nil && l.desired != nil && text.Version == l.desired.version {
		return
	}
	var t *target
	if err == nil {
		t, err = newTarget(text)
	}
	if err != nil {
		l.unreadable(text.Version, err)
		return
	}
	l.desired = t
	l.retry.reset()
	// What was said is about another text.
	l.settled, l.verdict = false, verdict{}
	l.board.update(func(r *handoff.Result) { r.Desired, r.Outcome, r.Failures = t.version, handoff.OutcomeNone, nil })
}

// unreadable reports a frr.conf that is no configuration. What runs goes on.
func (l *loop) unreadable(v handoff.Version, err error) {
	f := unreadable(err)
	old := l.board.snapshot()
	if old.Outcome == handoff.OutcomeRefused && len(old.Failures) == 1 && old.Failures[0] == f {
		return
	}
	l.log.Error("frr.conf is refused, FRR goes on with what it runs", "line", f.Number, "reason", f.Message)
	l.board.update(func(r *handoff.Result) {
		r.Desired, r.Outcome, r.Failures = v, handoff.OutcomeRefused, []handoff.Failure{f}
		r.Counters.Refused++
		if l.base != nil || r.Phase != handoff.PhaseStarting {
			r.Phase = handoff.PhaseIdle
		}
	})
	l.verdict, l.desired, l.attempted = verdict{handoff.OutcomeRefused, []handoff.Failure{f}}, nil, handoff.Version{}
}
