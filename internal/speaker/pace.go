package speaker

import (
	"context"
	"time"
)

// pacer bounds how often passes happen: the first one after a quiet time happens
// at once, and while pokes keep coming the gap between passes doubles, until passes
// take no more than a tenth of the time.
type pacer struct {
	min, max time.Duration
	gap      time.Duration // before the next pass, 0 when idle
	last     time.Time     // end of the last pass
}

// rests is how many times as long as a pass the gap after it may be.
const rests = 9

// wait blocks until the next pass may start. It returns ctx's error when that comes first.
func (p *pacer) wait(ctx context.Context) error {
	quiet := time.Since(p.last)
	if quiet >= p.gap {
		p.gap = 0
		return ctx.Err()
	}
	timer := time.NewTimer(p.gap - quiet)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// done notes the end of a pass that took so long; the next one keeps a distance that grows
// while they follow each other closely. A cheap pass is never kept waiting for long: a
// trickle of changes is no storm.
func (p *pacer) done(took time.Duration) {
	p.last = time.Now()
	longest := min(max(rests*took, p.min), p.max)
	p.gap = min(max(2*p.gap, p.min), longest)
}
