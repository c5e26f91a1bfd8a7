package kube

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// LeaseOptions say which Lease decides who leads.
type LeaseOptions struct {
	Namespace string
	Name      string
	Identity  string // of this life of this process, unlike all others
	Log       *slog.Logger
	Times     LeaseTimes // zero: those that the controllers of Kubernetes have
}

// LeaseTimes are the times of an election. A leader that cannot renew stops after
// Renew, and nobody else begins before Duration: in between, what it has under way
// comes to an end.
type LeaseTimes struct {
	Duration time.Duration // whole seconds; for how long a renewal counts
	Renew    time.Duration
	Retry    time.Duration // between two renewals, or two looks
}

// Lease elects one leader. The algorithm is the one of client-go, whose package would
// bring the clients of all API groups into every binary. It needs create, get and update
// of leases in the namespace.
type Lease struct {
	opts   LeaseOptions
	client rest.Interface
	lead   func(context.Context) error

	seen     coordinationv1.LeaseSpec // the record as it was last
	seenAt   time.Time                // since when it has been so, by this process's clock
	renewed  time.Time                // when the request was sent that renewed it last
	versions string                   // resource version of what was seen
}

// NewLease returns an election; lead runs while this process leads.
func NewLease(client *Client, opts LeaseOptions, lead func(context.Context) error) (*Lease, error) {
	coordination, err := client.unpaced(coordinationv1.SchemeGroupVersion)
	if err != nil {
		return nil, err
	}
	if opts.Times == (LeaseTimes{}) {
		opts.Times = LeaseTimes{Duration: 15 * time.Second, Renew: 10 * time.Second, Retry: 2 * time.Second}
	}
	return &Lease{opts: opts, client: coordination, lead: lead}, nil
}

// String names the task.
func (l *Lease) String() string { return "leader election" }

// Run stands for election until ctx ends, again and again. It gives the Lease back
// when it leaves, after lead has returned.
func (l *Lease) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := l.try(ctx); err != nil {
			l.opts.Log.Debug("this replica does not lead", "error", err)
			waitFor(ctx, l.opts.Times.Retry)
			continue
		}
		if err := l.serve(ctx); err != nil {
			return err
		}
	}
	return nil
}

// serve leads until ctx ends or the Lease is lost.
func (l *Lease) serve(ctx context.Context) error {
	l.opts.Log.Info("this replica leads", "identity", l.opts.Identity)
	office, lose := context.WithCancel(ctx)
	renewing, enough := context.WithCancel(context.WithoutCancel(ctx))
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		l.keep(renewing)
		lose()
	}()
	err := l.lead(office) // the Lease is renewed while it winds up
	lost := office.Err() != nil && ctx.Err() == nil
	enough()
	<-kept
	lose()
	if lost {
		l.opts.Log.Warn("this replica leads no more: the Lease could not be renewed", "identity", l.opts.Identity)
		return nil
	}
	l.release(context.WithoutCancel(ctx))
	if ctx.Err() != nil {
		return nil //nolint:nilerr // that it ends is what was asked for
	}
	return err
}

// keep renews the Lease until ctx ends, or for as long as it can.
func (l *Lease) keep(ctx context.Context) {
	for {
		end := l.renewed.Add(l.opts.Times.Renew)
		waitFor(ctx, min(l.opts.Times.Retry, time.Until(end)))
		until, cancel := context.WithDeadline(ctx, end)
		err := l.try(until)
		cancel()
		if ctx.Err() != nil || err != nil && !time.Now().Before(end) {
			return
		}
	}
}

// try takes the Lease or renews it.
func (l *Lease) try(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.opts.Times.Renew/2)
	defer cancel()
	var lease coordinationv1.Lease
	sent := time.Now()
	err := l.client.Get().Namespace(l.opts.Namespace).Resource("leases").Name(l.opts.Name).Do(ctx).Into(&lease)
	if apierrors.IsNotFound(err) {
		lease = coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: l.opts.Namespace, Name: l.opts.Name}}
		lease.Spec = l.mine(coordinationv1.LeaseSpec{}, sent)
		err = l.client.Post().Namespace(l.opts.Namespace).Resource("leases").Body(&lease).Do(ctx).Into(&lease)
		return l.took(&lease, sent, err)
	}
	if err != nil {
		return fmt.Errorf("read Lease %s: %w", l.opts.Name, err)
	}
	if holder := l.look(&lease, sent); holder != "" {
		return fmt.Errorf("%s leads", holder)
	}
	sent = time.Now()
	lease.Spec = l.mine(lease.Spec, sent)
	err = l.client.Put().Namespace(l.opts.Namespace).Resource("leases").Name(l.opts.Name).Body(&lease).Do(ctx).Into(&lease)
	return l.took(&lease, sent, err)
}

// took notes that the Lease is ours.
func (l *Lease) took(lease *coordinationv1.Lease, sent time.Time, err error) error {
	if err != nil {
		return fmt.Errorf("take Lease %s: %w", l.opts.Name, err)
	}
	l.seen, l.versions, l.seenAt, l.renewed = lease.Spec, lease.ResourceVersion, sent, sent
	return nil
}

// look returns who else holds the Lease, "" if nobody does any more. Clocks of
// others do not matter: a record counts for as long as it has been seen without a change.
func (l *Lease) look(lease *coordinationv1.Lease, now time.Time) string {
	if lease.ResourceVersion != l.versions {
		l.seen, l.versions, l.seenAt = lease.Spec, lease.ResourceVersion, now
	}
	holder := deref(lease.Spec.HolderIdentity)
	counts := time.Duration(deref(lease.Spec.LeaseDurationSeconds)) * time.Second
	if holder == l.opts.Identity || !now.Before(l.seenAt.Add(counts)) {
		return ""
	}
	return holder
}

// mine is the record of this process.
func (l *Lease) mine(was coordinationv1.LeaseSpec, now time.Time) coordinationv1.LeaseSpec {
	at := metav1.NewMicroTime(now)
	seconds := int32(l.opts.Times.Duration / time.Second)
	next := was
	next.HolderIdentity, next.LeaseDurationSeconds, next.RenewTime = &l.opts.Identity, &seconds, &at
	if deref(was.HolderIdentity) != l.opts.Identity {
		changes := deref(was.LeaseTransitions) + 1
		next.AcquireTime, next.LeaseTransitions = &at, &changes
	}
	return next
}

// release lets others lead at once.
func (l *Lease) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, l.opts.Times.Retry)
	defer cancel()
	lease := coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Namespace: l.opts.Namespace, Name: l.opts.Name, ResourceVersion: l.versions},
		Spec:       l.seen,
	}
	nobody, second := "", int32(1)
	lease.Spec.HolderIdentity, lease.Spec.LeaseDurationSeconds = &nobody, &second
	err := l.client.Put().Namespace(l.opts.Namespace).Resource("leases").Name(l.opts.Name).Body(&lease).Do(ctx).Error()
	if err != nil {
		l.opts.Log.Warn("the Lease is not given back, others wait until it runs out", "error", err)
	}
}

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// waitFor waits, or less if ctx ends.
func waitFor(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
