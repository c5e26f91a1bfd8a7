package reloader

import (
	"context"
	"errors"
	"slices"
	"time"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/handoff"
)

// attempt brings FRR to the desired text, or as much of it as FRR takes, or back.
func (l *loop) attempt(ctx context.Context) {
	t := l.desired
	if t == nil {
		l.recover(ctx)
		return
	}
	l.attempted, l.settled, l.retryAt = t.version, false, time.Time{}
	if l.doubt {
		l.forget()
	}
	l.see()
	tx := newTransaction(l)
	config, failures, err := tx.settle(ctx, t.config)
	switch {
	case ctx.Err() != nil:
		// stopped in the middle; the next process finds out what runs
	case err != nil:
		l.failed(tx, err)
	case config != nil:
		l.commit(tx, t.part(config), failures)
	default:
		l.refuse(ctx, tx, failures)
	}
}

// transaction is one attempt.
type transaction struct {
	*loop
	durations map[handoff.Phase]handoff.Milliseconds
	touched   bool                          // something that runs may have been changed
	before    map[*instance]*frrdiff.Config // what ran when this began
}

func newTransaction(l *loop) *transaction {
	return &transaction{loop: l, durations: map[handoff.Phase]handoff.Milliseconds{}, before: map[*instance]*frrdiff.Config{}}
}

// see notes which daemons this is about: those that come later are reborn.
func (l *loop) see() {
	for _, i := range l.instances {
		i.refresh()
		i.seen = i.epoch
	}
}

// forget makes sure that what runs is read before anything is done.
func (l *loop) forget() {
	for _, i := range l.instances {
		i.forget()
	}
}

// settle tries the whole, and then what is left when objects whose lines fail have what they had before, or nothing.
// It gives the configuration that was verified, or nil when a failure belongs to no object.
func (tx *transaction) settle(ctx context.Context, config *frrdiff.Config) (*frrdiff.Config, []handoff.Failure, error) {
	var s substitutes
	if tx.base != nil {
		s.old = tx.base.config
	}
	for {
		failures, err := tx.try(ctx, config)
		failures = s.blame(config, failures)
		s.note(failures)
		if err != nil || len(failures) == 0 || failures[0].Phase == handoff.PhaseVerify {
			return config, s.report(), err
		}
		config = s.instead(config, failures)
		if config == nil {
			return nil, s.refused(), nil
		}
	}
}

// try makes FRR run config. Failures are what FRR does not take; an error is anything else.
func (tx *transaction) try(ctx context.Context, config *frrdiff.Config) ([]handoff.Failure, error) {
	if tx.routine(config) {
		return tx.run(ctx, tx.partOf(config))
	}
	var failures []handoff.Failure
	err := tx.timed(handoff.PhaseCheck, func() error {
		failures = tx.checker.check(ctx, config, tx.layout())
		return ctx.Err()
	})
	if err != nil || len(failures) > 0 {
		return failures, err
	}
	if err := tx.learn(ctx, config); err != nil {
		return failuresOf(handoff.PhaseApply, err)
	}
	return tx.run(ctx, tx.partOf(config))
}

// routine tells whether what is to be done needs no check: it is known what runs, and the way from there is
// only prefixes of known kinds.
func (tx *transaction) routine(config *frrdiff.Config) bool {
	if len(config.Unknown(tx.layout())) > 0 {
		return false
	}
	for _, i := range tx.instances {
		if !tx.expected(i.name) {
			continue
		}
		if !i.refresh() || i.known == nil {
			return false
		}
		if !tx.checker.routine(i.name, frrdiff.Diff(i.known, config.For(i.name, tx.layout()))) {
			return false
		}
	}
	return true
}

// partOf gives each daemon its part of one configuration.
func (l *loop) partOf(c *frrdiff.Config) func(*instance) *frrdiff.Config {
	return func(i *instance) *frrdiff.Config { return c.For(i.name, l.layout()) }
}

// run diffs, applies and verifies.
func (tx *transaction) run(ctx context.Context, wanted func(*instance) *frrdiff.Config) ([]handoff.Failure, error) {
	var plans []plan
	err := tx.timed(handoff.PhaseDiff, func() (err error) {
		plans, err = tx.plan(ctx, wanted)
		return err
	})
	if err != nil {
		return failuresOf(handoff.PhaseApply, err)
	}
	tx.warn(plans)
	if err := tx.timed(handoff.PhaseApply, func() error { return tx.apply(ctx, plans) }); err != nil {
		return failuresOf(handoff.PhaseApply, err)
	}
	if err := tx.timed(handoff.PhaseVerify, func() error { return tx.verify(ctx, plans) }); err != nil {
		return failuresOf(handoff.PhaseVerify, err)
	}
	return tx.unsettled()
}

// failuresOf tells what FRR refuses from what went wrong otherwise.
func failuresOf(phase handoff.Phase, err error) ([]handoff.Failure, error) {
	var r *refusal
	if errors.As(err, &r) {
		return []handoff.Failure{failureOf(phase, r)}, nil
	}
	return nil, err
}

// timed runs one phase, says so, and adds up how long it took.
func (tx *transaction) timed(phase handoff.Phase, f func() error) error {
	tx.board.update(func(r *handoff.Result) { r.Phase = phase })
	begin := time.Now()
	err := f()
	tx.durations[phase] += handoff.Milliseconds(time.Since(begin))
	return err
}

// plan finds for each daemon that is up how to get from what it runs to what is wanted.
func (tx *transaction) plan(ctx context.Context, wanted func(*instance) *frrdiff.Config) ([]plan, error) {
	var plans []plan
	for _, i := range tx.instances {
		if !i.refresh() {
			continue
		}
		if err := i.session(ctx); err != nil {
			return nil, err
		}
		from := i.known
		if from == nil {
			var err error
			if from, i.raw, err = i.running(ctx, tx.layout()); err != nil {
				return nil, err
			}
		}
		if tx.before[i] == nil {
			tx.before[i] = from
		}
		want := wanted(i)
		p := plan{to: i, want: want, script: frrdiff.Diff(from, want), odd: i.odd()}
		if len(p.odd) > 0 && speaksOf(p.script, snippet) {
			// In words that FRR does not print, its lines might be taken back in vain.
			p.script, p.odd = frrdiff.Diff(i.shown, want), nil
		}
		if p.script.Len() == 0 {
			i.known = want
			continue
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// speaksOf tells whether a script writes or takes back lines of an object.
func speaksOf(script frrdiff.Script, object string) bool {
	return slices.ContainsFunc(script, func(step frrdiff.Step) bool {
		return slices.ContainsFunc(step.Commands, func(c frrdiff.Command) bool { return c.Source.Object == object })
	})
}

// warn names the sessions that are about to be reset, and why, before they are.
func (tx *transaction) warn(plans []plan) {
	for _, p := range plans {
		for _, session := range p.script.Resets() {
			tx.log.Warn("this change resets a session", "session", frrdiff.Redact(session))
		}
	}
}

// apply tells the daemons. From the first command on until it is verified, what they run is unknown.
func (tx *transaction) apply(ctx context.Context, plans []plan) error {
	for _, p := range plans {
		p.to.known = nil
		tx.touched = true
	}
	return carryOut(ctx, plans)
}

// verify reads back what runs, and repairs once what is not as wanted: somebody else may have changed it
// meanwhile. What still differs although FRR took every line is for unsettled to judge.
func (tx *transaction) verify(ctx context.Context, plans []plan) error {
	for _, p := range plans {
		have, raw, err := p.to.running(ctx, tx.layout())
		if err != nil {
			return err
		}
		differences := frrdiff.Compare(p.want, have)
		if found := p.to.unexplained(differences, p.odd); len(found) > 0 && !p.to.reworded(found) {
			if have, raw, err = tx.correct(ctx, p, have); err != nil {
				return err
			}
			differences = frrdiff.Compare(p.want, have)
		}
		p.to.known, p.to.raw, p.to.shown = p.want, raw, nil
		if len(differences) > 0 {
			p.to.shown = have
		}
	}
	return nil
}

// correct brings a daemon from what it was seen to run to what is wanted, and reads again.
func (tx *transaction) correct(ctx context.Context, p plan, have *frrdiff.Config) (*frrdiff.Config, string, error) {
	p.script = frrdiff.Diff(have, p.want)
	if err := tx.apply(ctx, []plan{p}); err != nil {
		return nil, "", err
	}
	return p.to.running(ctx, tx.layout())
}
