package reloader

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/handoff"
)

// commit makes what was verified the base to come back to, and says so.
func (l *loop) commit(tx *transaction, t *target, failures []handoff.Failure) {
	l.base = t
	l.keeper.keep(t)
	l.conclude(tx, handoff.OutcomeApplied, failures)
	l.board.count(func(c *handoff.Counters) { c.Applied++ })
	l.log.Info("configuration "+string(l.board.snapshot().Outcome), "generation", l.desired.version.Generation,
		"digest", l.desired.version.Digest, "duration", total(tx.durations))
	l.logFailures(failures)
}

// refuse goes back to what ran before, if anything was touched, and reports what FRR did not take.
func (l *loop) refuse(ctx context.Context, tx *transaction, failures []handoff.Failure) {
	l.logFailures(failures)
	outcome := handoff.OutcomeRefused
	if tx.touched || l.base != nil && l.unknown() {
		if err := tx.rollBack(ctx); err != nil {
			if ctx.Err() == nil {
				l.failed(tx, err, failures...)
			}
			return
		}
	}
	if tx.touched {
		outcome = handoff.OutcomeRolledBack
	}
	l.conclude(tx, outcome, failures)
	l.board.count(func(c *handoff.Counters) {
		if tx.touched {
			c.RolledBack++
		} else {
			c.Refused++
		}
	})
	l.log.Error("configuration "+string(outcome), "generation", l.desired.version.Generation, "digest", l.desired.version.Digest)
}

// conclude ends an attempt of which it is known what runs now.
func (l *loop) conclude(tx *transaction, outcome handoff.Outcome, failures []handoff.Failure) {
	if outcome == handoff.OutcomeApplied && len(failures) > 0 {
		outcome = handoff.OutcomePartial
	}
	l.settled, l.doubt = true, false
	l.verdict = verdict{outcome, failures}
	l.driftAt, l.drifted = time.Now().Add(driftInterval), ""
	if outcome == handoff.OutcomeApplied {
		l.retry.reset()
	} else {
		l.retryAt = time.Now().Add(l.retry.step())
	}
	l.board.update(func(r *handoff.Result) {
		r.Phase, r.Durations, r.Drift = handoff.PhaseIdle, tx.durations, nil
		if l.base != nil {
			r.Running = l.base.version
		}
		l.judge(r)
	})
}

// judge sets what is true now: the verdict, unless a daemon is down that has something to run.
func (l *loop) judge(r *handoff.Result) {
	r.Outcome, r.Failures = l.verdict.outcome, l.verdict.failures
	if down := l.missing(); len(down) > 0 {
		r.Outcome, r.Failures = handoff.OutcomeFailed, append(down, r.Failures...)
	}
}

// say keeps the report true while daemons come and go.
func (l *loop) say() {
	if !l.settled {
		return
	}
	now, was := handoff.Result{}, l.board.snapshot()
	l.judge(&now)
	if now.Outcome != was.Outcome || !slices.Equal(now.Failures, was.Failures) {
		l.board.update(l.judge)
	}
}

// missing are the daemons that are down although there is something for them.
func (l *loop) missing() []handoff.Failure {
	if l.base == nil {
		return nil
	}
	var down []handoff.Failure
	for _, i := range l.instances {
		if i.name == frrdiff.Mgmtd && !l.managed() {
			continue
		}
		epoch, up := i.link.state() // not i.epoch: a daemon may have come up since it was looked at
		lost := !up || epoch != i.seen
		if lost && l.base.config.For(i.name, l.layout()).String() != "" {
			down = append(down, lostDaemon(string(i.name)))
		}
	}
	return down
}

// rollBack makes FRR run the base again, or, where nothing was ever verified, what it was found running.
func (tx *transaction) rollBack(ctx context.Context) error {
	tx.forget() // what runs now is read, not remembered
	begin := time.Now()
	back := newTransaction(tx.loop)
	wanted := func(i *instance) *frrdiff.Config { return tx.before[i] }
	if tx.base != nil {
		wanted = tx.partOf(tx.base.config)
	}
	failures, err := back.run(ctx, wanted)
	tx.durations[handoff.PhaseRollback] += handoff.Milliseconds(time.Since(begin))
	if err == nil && len(failures) > 0 && failures[0].Phase != handoff.PhaseVerify {
		err = fmt.Errorf("FRR refuses what it ran before: %s: %s", failures[0].Line, failures[0].Message)
	}
	return err
}

// recover gives daemons that came up, or came back, what was last verified. When nothing was yet, what runs is
// left alone.
func (l *loop) recover(ctx context.Context) {
	if l.base == nil {
		l.adopt(ctx)
		return
	}
	l.see()
	tx := newTransaction(l)
	failures, err := tx.run(ctx, tx.partOf(l.base.config))
	if ctx.Err() != nil {
		return
	}
	if err == nil && len(failures) > 0 && failures[0].Phase != handoff.PhaseVerify {
		err = fmt.Errorf("FRR refuses what it ran before: %s: %s", failures[0].Line, failures[0].Message)
	}
	if err != nil {
		l.settled = false
		l.failed(tx, err)
		return
	}
	l.driftAt = time.Now().Add(driftInterval)
	l.log.Info("the last good configuration runs", "digest", l.base.version.Digest, "duration", total(tx.durations))
	l.board.update(func(r *handoff.Result) {
		r.Phase, r.Running = handoff.PhaseIdle, l.base.version
		if l.settled {
			l.judge(r)
		}
	})
}

// adopt takes note of what runs as long as there is nothing to put in its place.
func (l *loop) adopt(ctx context.Context) {
	for _, i := range l.instances {
		if !i.refresh() || i.epoch == i.seen {
			continue
		}
		known, raw, err := i.running(ctx, l.layout())
		if err != nil {
			l.log.Warn("cannot read what a daemon runs", "daemon", i.name, "error", frrdiff.Redact(err.Error()))
			return
		}
		i.known, i.raw, i.seen = known, raw, i.epoch
	}
	l.driftAt = time.Now().Add(driftInterval)
	l.board.update(func(r *handoff.Result) { r.Phase = handoff.PhaseIdle })
}

// failed says that it is not known, or known to be wrong, what FRR runs; it is tried again.
func (l *loop) failed(tx *transaction, err error, also ...handoff.Failure) {
	message := frrdiff.Redact(err.Error())
	wait := l.retry.step()
	l.retryAt = time.Now().Add(wait)
	var m *mismatch
	l.doubt = errors.As(err, &m)
	if !l.doubt {
		for _, i := range l.instances {
			i.drop()
			i.forget()
		}
	}
	l.log.Error("FRR does not run what it should", "error", message, "retry", wait)
	l.board.update(func(r *handoff.Result) {
		r.Phase, r.Outcome, r.Durations = handoff.PhaseIdle, handoff.OutcomeFailed, tx.durations
		r.Failures = append([]handoff.Failure{{Phase: handoff.PhaseApply, Message: message}}, also...)
		if m != nil {
			r.Drift = driftLines("", m.differences)
		}
	})
}

func (l *loop) logFailures(failures []handoff.Failure) {
	for _, f := range failures {
		l.log.Error("FRR does not take a line", "phase", f.Phase, "daemon", f.Daemon, "object", f.Object, "number", f.Number, "line", f.Line, "message", f.Message)
	}
}

func driftLines(daemon frrdiff.Daemon, differences []frrdiff.Difference) []handoff.DriftLine {
	lines := make([]handoff.DriftLine, 0, len(differences))
	for _, d := range differences {
		lines = append(lines, handoff.DriftLine{
			Daemon: string(daemon), Block: frrdiff.Redact(strings.Join(d.Context, " / ")), Line: frrdiff.Redact(d.Text), Extra: d.Extra,
		})
	}
	return lines
}

func total(durations map[handoff.Phase]handoff.Milliseconds) time.Duration {
	var sum time.Duration
	for _, d := range durations {
		sum += time.Duration(d)
	}
	return sum
}
