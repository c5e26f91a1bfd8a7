package controller

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/ipam"
	"frr-speaker/internal/kube"
)

// ledger remembers what was written to services and cannot be seen in snapshots yet.
// Without it a pass would give away again what the pass before has given.
type ledger map[types.NamespacedName]*entry

// entry is what is written to one service.
type entry struct {
	base string // resource version of the edition that is written to
	want want
	// maybe are all addresses that the service may have at base or after it: of the write
	// that made base, and of those of which nobody knows whether they were carried out.
	maybe    []netip.Addr
	busy     bool      // a worker has it
	written  string    // resource version that came of it; "" while that is not known
	doubt    time.Time // until then an earlier write may still be carried out, although written is known
	void     bool      // it was not carried out: a newer edition is there, or will be
	failures int       // in a row
	retryAt  time.Time // after a failure
}

// longestRequest is how long the API server works on a request at most, unless
// --request-timeout says otherwise.
const longestRequest = time.Minute

// want is what a service is to have.
type want struct {
	addresses []netip.Addr
	pool      string
}

// job is one write.
type job struct {
	service    types.NamespacedName
	ref        intent.Ref
	uid        types.UID
	assignment kube.Assignment
	notes      []ipam.Note
}

// result is what came of it.
type result struct {
	job
	version string
	err     error
}

// settle forgets what snapshots show by now, or what is of a service that is gone. One
// that has its name now has a later edition.
func (l ledger) settle(services map[types.NamespacedName]*corev1.Service, now time.Time) {
	for key, e := range l {
		s := services[key]
		if !e.busy && (s == nil || e.seen(s.ResourceVersion, now)) {
			delete(l, key)
		}
	}
}

// seen reports whether an edition shows what came of the writes: after base, none of
// them can be carried out any more.
func (e *entry) seen(version string, now time.Time) bool {
	return kube.Older(e.base, version) || version == e.written && !now.Before(e.doubt)
}

// overlay is a request as it will be once the write is seen.
func (e *entry) overlay(r *intent.Request) *intent.Request {
	o := *r
	o.Holds, o.HeldPool, o.Leftover = e.want.addresses, e.want.pool, false
	return &o
}

// mayHave lists the addresses that the cluster may show for a service at this moment.
func (e *entry) mayHave(seen []netip.Addr) []netip.Addr {
	switch {
	case e == nil:
		return seen
	case e.written != "":
		return slices.Concat(e.want.addresses, e.maybe)
	default:
		return slices.Concat(seen, e.maybe)
	}
}

// version is the edition to write to next: the newest that is known. A snapshot may
// be behind the edition that the last write went to.
func (e *entry) version(seen string) string {
	switch {
	case e == nil:
		return seen
	case e.written != "":
		return e.written
	case kube.Older(seen, e.base):
		return e.base
	default:
		return seen
	}
}

// ready reports whether a write may begin.
func (e *entry) ready(now time.Time) bool {
	return e == nil || !e.busy && !e.void && !now.Before(e.retryAt)
}

// unsure reports whether the write is to be repeated.
func (e *entry) unsure() bool { return e != nil && !e.busy && !e.void && e.written == "" }

// begin notes that a worker takes a write.
func (l ledger) begin(j job) {
	e := l[j.service]
	if e == nil {
		e = &entry{}
		l[j.service] = e
	}
	if e.written != "" { // no snapshot shows it yet, or the entry were gone
		e.suspect(e.want.addresses)
	}
	e.base, e.busy, e.written, e.void, e.doubt = j.assignment.Version, true, "", false, time.Time{}
	e.want = want{j.assignment.Addresses, j.assignment.Pool}
	e.suspect(e.want.addresses)
}

// suspect notes addresses that the service may have.
func (e *entry) suspect(addresses []netip.Addr) {
	for _, a := range addresses {
		if !slices.Contains(e.maybe, a) {
			e.maybe = append(e.maybe, a)
		}
	}
}

// end notes what came of a write.
func (l ledger) end(r result, now time.Time) {
	e := l[r.service]
	e.busy = false
	switch {
	case r.err == nil && r.version == e.base:
		// Nothing was different: no edition came of it that would shut out an earlier write.
		e.written, e.failures, e.doubt = r.version, 0, now.Add(longestRequest)
	case r.err == nil:
		e.written, e.failures, e.maybe = r.version, 0, nil
	case kube.Overtaken(r.err):
		e.void = true
	default:
		e.failures++
		e.retryAt = now.Add(backoff(e.failures))
	}
}

// open reports whether a write may still be carried out.
func (l ledger) open(now time.Time) bool {
	for _, e := range l {
		if e.busy || e.unsure() || now.Before(e.doubt) {
			return true
		}
	}
	return false
}

// next is how long it takes until a write that failed is due again, or a doubt ends.
// What is due already waits for something else, whose end is seen.
func (l ledger) next(now time.Time) (wait time.Duration, waits bool) {
	for _, e := range l {
		at := e.doubt
		if e.unsure() {
			at = e.retryAt
		}
		if left := at.Sub(now); left > 0 && (!waits || left < wait) {
			wait, waits = left, true
		}
	}
	return wait, waits
}

// Bounds of the time between a failure and the next try.
const (
	minBackoff = 100 * time.Millisecond
	maxBackoff = 30 * time.Second
)

// backoff doubles with each failure in a row, and spreads those that fail together.
func backoff(failures int) time.Duration {
	wait := minBackoff
	for range min(failures-1, 10) {
		wait = min(2*wait, maxBackoff)
	}
	return wait/2 + rand.N(wait/2) //nolint:gosec // not a secret
}
