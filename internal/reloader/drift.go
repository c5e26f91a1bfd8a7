package reloader

import (
	"context"
	"time"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/handoff"
)

// lookForDrift compares what runs with what was verified, and repairs or reports what somebody else changed. The
// texts are compared first, so that looking at ten thousand prefixes costs FRR's printing and no parsing.
func (l *loop) lookForDrift(ctx context.Context) {
	l.driftAt = time.Now().Add(driftInterval)
	var lines []handoff.DriftLine
	var plans []plan
	for _, i := range l.instances {
		if i.known == nil {
			continue
		}
		p, found, err := l.drift(ctx, i)
		if err != nil {
			if ctx.Err() == nil {
				l.log.Warn("cannot read what a daemon runs", "daemon", i.name, "error", frrdiff.Redact(err.Error()))
			}
			i.drop() // the link tells whether the daemon is gone
			continue
		}
		if len(found) > 0 {
			lines = append(lines, driftLines(i.name, found)...)
			plans = append(plans, p)
		}
	}
	l.report(lines)
	if len(plans) == 0 || !l.repair {
		return
	}
	l.repairDrift(ctx, plans)
}

// drift is what one daemon runs otherwise than it was left, and how to put that right.
func (l *loop) drift(ctx context.Context, i *instance) (plan, []frrdiff.Difference, error) {
	raw, err := i.read(ctx)
	if err != nil || raw == i.raw {
		return plan{}, nil, err
	}
	have, err := parseRunning(i.name, raw, l.layout())
	if err != nil {
		return plan{}, nil, err
	}
	found := i.unexplained(frrdiff.Compare(i.known, have), i.odd())
	if len(found) == 0 {
		i.raw = raw
		if i.shown != nil {
			i.shown = have
		}
	}
	return plan{to: i, want: i.known, script: frrdiff.Diff(have, i.known)}, found, nil
}

// report counts and logs a drift once, however often it is seen.
func (l *loop) report(lines []handoff.DriftLine) {
	key := ""
	for _, d := range lines {
		key += d.Daemon + "\n" + d.Block + "\n" + d.Line + "\n"
	}
	if key == l.drifted {
		return
	}
	l.drifted = key
	for _, d := range lines {
		l.log.Warn("FRR was changed by somebody else", "daemon", d.Daemon, "block", d.Block, "line", d.Line, "extra", d.Extra, "repair", l.repair)
	}
	l.board.update(func(r *handoff.Result) {
		r.Drift = lines
		if len(lines) > 0 {
			r.Counters.Drifts++
		}
	})
}

func (l *loop) repairDrift(ctx context.Context, plans []plan) {
	tx := newTransaction(l)
	tx.warn(plans)
	err := tx.apply(ctx, plans)
	if err == nil {
		if err = tx.verify(ctx, plans); err == nil {
			_, err = tx.unsettled()
		}
	}
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		l.settled = false
		l.failed(tx, err)
		return
	}
	l.drifted = ""
	l.log.Info("drift repaired")
	l.board.update(func(r *handoff.Result) { r.Drift = nil })
}
