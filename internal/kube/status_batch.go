package kube

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/flowcontrol"

	"frr-speaker/internal/status"
)

// Bounds of writing. The nodes of a cluster share what all of them may write.
const (
	writesPerSecond    = 500 // of all nodes
	minWritesPerSecond = 0.1 // of one node
	maxWritesPerSecond = 50  // of one node
	batchSize          = 50  // steps at most between two looks at what is wanted
)

// batch is the writer's work: what is wanted, and what may be done now.
type batch struct {
	writer   *StatusWriter
	want     [kindCount]wanted
	services *status.Services // that want was made of
	// takeovers are the ServiceL2Status objects of services that this node has begun to
	// answer for, until they are written.
	takeovers map[string]bool
	waiting   bool // something is to be done later
	// settled are the changes of each shelf after which nothing was left to do; 0: something may be.
	settled [kindCount]int

	nodes   int
	limiter flowcontrol.RateLimiter
	turns   turns
	gaps    gaps
	delays  delays
}

func newBatch(w *StatusWriter) *batch {
	return &batch{
		writer: w, limiter: newLimiter(1), takeovers: map[string]bool{},
		gaps: gaps{last: map[string]pause{}}, delays: newDelays(w.opts.Log),
	}
}

// newLimiter gives one of several nodes its share.
func newLimiter(nodes int) flowcontrol.RateLimiter {
	share := min(max(writesPerSecond/float32(max(nodes, 1)), minWritesPerSecond), maxWritesPerSecond)
	return flowcontrol.NewTokenBucketRateLimiter(share, max(int(2*share), 1))
}

// take makes a state the one to reach.
func (b *batch) take(o status.Objects) {
	if b.writer.opts.Retire {
		return
	}
	if o.Nodes != b.nodes && o.Nodes > 0 {
		b.nodes, b.limiter = o.Nodes, newLimiter(o.Nodes)
	}
	before := b.want
	b.want = wantedOf(o, before, o.Services == b.services)
	b.settled[kindConfiguration], b.settled[kindNode] = 0, 0
	if o.Services != b.services {
		b.services = o.Services
		b.settled = [kindCount]int{}
		b.noteTakeovers(before[kindServiceL2])
	}
}

// noteTakeovers finds the services that are new since the state before.
func (b *batch) noteTakeovers(before wanted) {
	now := b.want[kindServiceL2]
	for name := range b.takeovers {
		if now.objects[name] == nil {
			delete(b.takeovers, name)
		}
	}
	for name := range now.objects {
		if before.objects[name] == nil && b.writer.shelves[kindServiceL2].get(name) == nil {
			b.takeovers[name] = true
		}
	}
}

// work does what is due, one batch of it, and reports whether there is more.
func (b *batch) work(ctx context.Context) bool {
	b.waiting = false
	var (
		left  = batchSize
		taken []statusObject
	)
	for kind := range b.want {
		steps := b.due(kind, time.Now())
		for _, s := range steps[:min(left, len(steps))] {
			if !b.do(ctx, s) {
				b.waiting = true
				break
			}
			left--
			if kind == kindServiceL2 && s.want != nil && b.takeovers[s.name()] {
				delete(b.takeovers, s.name())
				taken = append(taken, s.want)
			}
			if kind == kindServiceBGP && len(b.writer.latest) > 0 {
				left = 0 // there may be minutes between two writes: what is new goes first
				break
			}
		}
	}
	b.removeRivals(ctx, taken)
	return left <= 0
}

// due lists the steps of a kind that may be taken now.
func (b *batch) due(kind int, now time.Time) []step {
	var all, due []step
	shelf := b.writer.shelves[kind]
	changes := shelf.changes()
	if changes > 0 && b.settled[kind] == changes {
		return nil
	}
	synced := shelf.look(func(have map[string]statusObject) { all = plan(kind, b.want[kind], have, now) })
	if !synced || len(all) > 0 && b.delays.blocked(kind, now) {
		b.waiting = true
		return nil
	}
	if len(all) == 0 {
		b.settled[kind] = changes
	}
	if !b.turns.come(kind, len(all), b.nodes, now) {
		b.waiting = true
		return nil
	}
	for _, s := range all {
		if b.gaps.early(s, now) || b.delays.blockedStep(s, now) {
			b.waiting = true
			continue
		}
		due = append(due, s)
	}
	return due
}

// done reports whether the cluster is known to have what is wanted.
func (b *batch) done() bool {
	for kind := range b.want {
		left := 0
		synced := b.writer.shelves[kind].look(func(have map[string]statusObject) { left = len(plan(kind, b.want[kind], have, time.Now())) })
		if !synced || left > 0 {
			return false
		}
	}
	return true
}

// do takes one step. It reports whether the next one may be tried.
func (b *batch) do(ctx context.Context, s step) bool {
	err := b.write(ctx, s)
	if ctx.Err() != nil {
		return false
	}
	if err != nil {
		b.waiting = true
		return b.delays.failed(s, err, time.Now())
	}
	b.delays.succeeded(s)
	b.gaps.done(s, time.Now(), b.nodes)
	return true
}

func (b *batch) write(ctx context.Context, s step) error {
	k, shelf := b.writer.kinds[s.kind], b.writer.shelves[s.kind]
	if s.want == nil {
		if err := b.limiter.Wait(ctx); err != nil {
			return err
		}
		err := k.remove(ctx, s.have)
		if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
			return err
		}
		shelf.drop(s.have)
		return nil
	}
	if s.meta {
		if err := b.limiter.Wait(ctx); err != nil {
			return err
		}
		got, err := k.applyMeta(ctx, s.want)
		if err != nil {
			return err
		}
		shelf.put(got)
	}
	if !s.status {
		return nil
	}
	if err := b.limiter.Wait(ctx); err != nil {
		return err
	}
	got, err := k.applyStatus(ctx, s.want)
	if err != nil {
		return err
	}
	shelf.put(got)
	return nil
}
