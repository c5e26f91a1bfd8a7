package reloader

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"frr-speaker/internal/handoff"
)

// board holds the Result as it is now, for all tasks to write on, and copies it to status.json whenever it
// changes. A disk that is slow or full holds up nobody but itself.
type board struct {
	write func(handoff.Result) error
	log   *slog.Logger
	poke  chan struct{} // one slot: something changed

	mu     sync.Mutex // guards result; slices in it are replaced, never changed in place
	result handoff.Result
}

// Times of the board.
const (
	refresh = handoff.RefreshInterval / 2
	settle  = 5 * time.Millisecond // between two writes, so that a burst of changes is one
)

func newBoard(write func(handoff.Result) error, log *slog.Logger) *board {
	return &board{
		write: write, log: log, poke: make(chan struct{}, 1),
		result: handoff.Result{Phase: handoff.PhaseStarting, Since: time.Now()},
	}
}

func (b *board) String() string { return "status writer" }

// update changes the result. f must replace slices and maps, not write into them.
func (b *board) update(f func(*handoff.Result)) {
	b.mu.Lock()
	phase, outcome := b.result.Phase, b.result.Outcome
	f(&b.result)
	if b.result.Phase != phase || b.result.Outcome != outcome {
		b.result.Since = time.Now()
	}
	b.mu.Unlock()
	select {
	case b.poke <- struct{}{}:
	default:
	}
}

func (b *board) count(f func(*handoff.Counters)) {
	b.update(func(r *handoff.Result) { f(&r.Counters) })
}

// daemon changes what is said of one daemon, which is added if it is new.
func (b *board) daemon(name string, f func(*handoff.Daemon)) {
	b.update(func(r *handoff.Result) { changeDaemon(r, name, f) })
}

func changeDaemon(r *handoff.Result, name string, f func(*handoff.Daemon)) {
	r.Daemons = slices.Clone(r.Daemons)
	i := slices.IndexFunc(r.Daemons, func(d handoff.Daemon) bool { return d.Name == name })
	if i < 0 {
		i = len(r.Daemons)
		r.Daemons = append(r.Daemons, handoff.Daemon{Name: name, State: stateStarting, Since: time.Now()})
	}
	d := &r.Daemons[i]
	state := d.State
	f(d)
	if d.State != state {
		d.Since = time.Now()
	}
}

// lost notes that a daemon is gone, and with it that all of the configuration runs. Whether the daemon had any part
// in it is for the loop to say, a moment later.
func (b *board) lost(name string) { b.update(func(r *handoff.Result) { loseDaemon(r, name) }) }

func loseDaemon(r *handoff.Result, name string) {
	changeDaemon(r, name, func(d *handoff.Daemon) { d.State, d.PID = stateDown, 0 })
	if r.Outcome == handoff.OutcomeApplied || r.Outcome == handoff.OutcomePartial {
		r.Outcome, r.Failures = handoff.OutcomeFailed, append([]handoff.Failure{lostDaemon(name)}, r.Failures...)
	}
}

// died notes the death of a daemon that is to be started again. The link to it may not have
// noticed yet; what it has noticed, the loop may have judged already.
func (b *board) died(name, why string) {
	b.update(func(r *handoff.Result) {
		if i := slices.IndexFunc(r.Daemons, func(d handoff.Daemon) bool { return d.Name == name }); i >= 0 && r.Daemons[i].State == stateUp {
			loseDaemon(r, name)
		}
		changeDaemon(r, name, func(d *handoff.Daemon) {
			d.PID, d.LastError = 0, why
			d.Restarts++
		})
	})
}

func lostDaemon(name string) handoff.Failure {
	return handoff.Failure{Phase: handoff.PhaseApply, Daemon: name, Message: "the daemon does not run, or not with its configuration yet"}
}

// snapshot is the result as it is now.
func (b *board) snapshot() handoff.Result {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.result
}

// Run writes until ctx ends, and once more then.
func (b *board) Run(ctx context.Context) error {
	tick := time.NewTicker(refresh)
	defer tick.Stop()
	failing := false
	for {
		r := b.snapshot()
		r.Updated = time.Now()
		err := b.write(r)
		if err != nil && !failing {
			b.log.Error("status cannot be written; FRR is served all the same", "error", err)
		}
		if err == nil && failing {
			b.log.Info("status is written again")
		}
		failing = err != nil
		if ctx.Err() != nil {
			return nil
		}
		pause(ctx, settle)
		select {
		case <-ctx.Done():
		case <-b.poke:
		case <-tick.C:
		}
	}
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
