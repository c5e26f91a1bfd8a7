package controller

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/kube"
	"frr-speaker/internal/status"
)

// Source is where objects come from.
type Source interface {
	// Changed pokes, without payload, when a new Snapshot is worth taking.
	Changed() <-chan struct{}
	// Snapshot returns one consistent set of objects, false until there is one.
	Snapshot() (intent.Objects, []intent.Problem, bool)
	// CatchUp returns once snapshots are no older than the moment of the call.
	CatchUp(ctx context.Context) error
}

// Writer writes to the cluster.
type Writer interface {
	// Assign writes to one edition of a service, and returns the edition that came of it.
	Assign(ctx context.Context, a kube.Assignment) (version string, err error)
	// Count writes the status of a pool.
	Count(ctx context.Context, pool string, s v1beta1.IPAddressPoolStatus) error
}

// Controller gives addresses to services for as long as it leads.
type Controller struct {
	Options intent.Options
	Source  Source
	Writer  Writer
	// Record writes Events; Report keeps the ConfigurationState. Neither blocks.
	Record  func(events []status.Event)
	Report  func(problems []intent.Problem)
	Log     *slog.Logger
	Metrics *Metrics
}

// workers is how many services are written to at a time.
const workers = 32

// Lead assigns addresses until ctx ends, and returns when no write is under way any
// more. It begins with what all others have written.
func (c *Controller) Lead(ctx context.Context) error {
	if c.Source.CatchUp(ctx) != nil {
		return nil // ctx ended
	}
	defer c.Metrics.follow()
	t := newTerm(c)
	group, ctx := errgroup.WithContext(ctx)
	writing, cut := context.WithCancel(context.WithoutCancel(ctx)) // what was sent cannot be called back
	for range workers {
		group.Go(func() error { t.work(writing); return nil })
	}
	group.Go(func() error { t.counts.run(ctx); return nil })
	group.Go(func() error {
		defer cut()
		t.loop(ctx)
		t.windUp()
		return nil
	})
	return group.Wait()
}

// The bounds of the gap between passes: a pass that takes long under a storm of
// changes takes no more than a third of the time.
const (
	minGap = 10 * time.Millisecond
	maxGap = 500 * time.Millisecond
)

// loop makes passes, and hands out what they want written.
func (t *term) loop(ctx context.Context) {
	timer := time.NewTimer(0) // the first pass waits for no change
	defer timer.Stop()
	for {
		var (
			jobs chan<- job
			next job
		)
		if len(t.queue) > 0 {
			jobs, next = t.jobs, t.queue[0]
		}
		select {
		case <-ctx.Done():
			return
		case <-t.Source.Changed():
			t.due(timer, 0)
		case r := <-t.results:
			t.finish(r)
			t.due(timer, 0)
		case jobs <- next:
			t.queue = t.queue[1:]
			t.ledger.begin(next)
		case <-timer.C:
			t.dueAt = time.Time{}
			now := time.Now()
			t.pass(now)
			if wait, waits := t.ledger.next(now); waits {
				t.due(timer, wait)
			}
		}
	}
}

// patience is how long who stops to lead waits for writes. When a Lease was lost,
// nobody else begins for two seconds more.
const patience = 3 * time.Second

// windUp waits for the writes that are under way, and for those that had no answer: the
// next one to lead reads services when it returns, and must find what came of them.
func (t *term) windUp() {
	enough := time.NewTimer(patience)
	defer enough.Stop()
	for t.ledger.open(time.Now()) {
		select {
		case r := <-t.results:
			t.finish(r)
		case <-enough.C:
			return
		}
	}
}

// due makes the next pass come after a time, or sooner if it is due sooner, but not
// right after the last one.
func (t *term) due(timer *time.Timer, wait time.Duration) {
	at := time.Now().Add(wait)
	if at.Before(t.notBefore) {
		at = t.notBefore
	}
	if !t.dueAt.IsZero() && !at.Before(t.dueAt) {
		return
	}
	t.dueAt = at
	timer.Reset(time.Until(at))
}

// work writes to one service after the other.
func (t *term) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-t.jobs:
			version, err := t.Writer.Assign(ctx, j.assignment)
			select {
			case <-ctx.Done():
				return
			case t.results <- result{job: j, version: version, err: err}:
			}
		}
	}
}
