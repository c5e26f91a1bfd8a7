package kube

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Bounds of the gap between two writes of one object, which doubles while they
// follow each other closely. In a large cluster the longest gap is longer: with
// every node writing, it keeps the sum near 50 writes a second.
const (
	minGap        = time.Second
	maxGap        = 5 * time.Second
	maxGapOfLarge = 30 * time.Second
	gapPerNode    = time.Second / 50
	maxRemembered = 1000
)

// gaps keeps a distance between two writes of the same object.
type gaps struct {
	last map[string]pause // by scope
}

// pause is the distance to keep after a write.
type pause struct {
	at  time.Time
	gap time.Duration
}

// early tells whether a step has to wait. Deleting never does.
func (g gaps) early(s step, now time.Time) bool {
	p, known := g.last[stepScope(s)]
	return known && s.want != nil && now.Sub(p.at) < p.gap
}

// done notes a step of one of so many nodes.
func (g gaps) done(s step, now time.Time, nodes int) {
	scope, longest := stepScope(s), min(max(time.Duration(nodes)*gapPerNode, maxGap), maxGapOfLarge)
	next := pause{now, minGap}
	if p, known := g.last[scope]; known && now.Sub(p.at) < 2*p.gap {
		next.gap = min(2*p.gap, longest)
	}
	g.forget(now)
	g.last[scope] = next
}

// forget drops what has no meaning any more, when there is much.
func (g gaps) forget(now time.Time) {
	if len(g.last) < maxRemembered {
		return
	}
	for scope, p := range g.last {
		if now.Sub(p.at) >= 2*p.gap {
			delete(g.last, scope)
		}
	}
}

// In a large cluster one event, such as a new service, gives every node something to
// write. They begin at random moments, so that together they begin so often a second.
const (
	beginningsPerSecond = 200
	atOnce              = 100 // nodes that may begin together
)

// turns keeps the moment from which a node may write what it has of a kind.
type turns [kindCount]time.Time

// come tells whether it is this node's turn to take the steps that there are of a kind.
// Who answers by layer 2 is one node, which does not wait.
func (t *turns) come(kind, steps, nodes int, now time.Time) bool {
	switch {
	case steps == 0:
		t[kind] = time.Time{}
		return true
	case kind == kindServiceL2 || nodes <= atOnce:
		return true
	case t[kind].IsZero():
		t[kind] = now.Add(rand.N(time.Duration(nodes) * time.Second / beginningsPerSecond)) //nolint:gosec // not a secret
	}
	return !now.Before(t[kind])
}

// Bounds of the delay after a failure.
const (
	minDelay = time.Second
	maxDelay = time.Minute
)

// delays keeps from trying again at once what has failed: one object, a kind, or
// everything, as the error tells.
type delays struct {
	log     *slog.Logger
	pending map[string]delay
}

type delay struct {
	until time.Time
	wait  time.Duration
}

func newDelays(log *slog.Logger) delays { return delays{log: log, pending: map[string]delay{}} }

// allScope is the scope of everything.
const allScope = ""

func kindScope(kind int) string { return strconv.Itoa(kind) }

func stepScope(s step) string { return kindScope(s.kind) + "/" + s.name() }

// scopeOf says what an error speaks of. Without an answer, or with one that says
// "later", it is the API server; where the kind is not there or not allowed, the kind.
func scopeOf(s step, err error) string {
	var answer apierrors.APIStatus
	if !errors.As(err, &answer) {
		return allScope
	}
	switch code := answer.Status().Code; {
	case code == http.StatusTooManyRequests || code >= http.StatusInternalServerError:
		return allScope
	case code == http.StatusUnauthorized || code == http.StatusForbidden || code == http.StatusMethodNotAllowed:
		return kindScope(s.kind)
	case code == http.StatusNotFound && s.have == nil:
		return kindScope(s.kind) // creating finds neither the kind nor the namespace
	}
	return stepScope(s)
}

// failed notes an error, says it once, and reports whether other steps of the kind may be tried.
func (d delays) failed(s step, err error, now time.Time) bool {
	scope := scopeOf(s, err)
	before, again := d.pending[scope]
	wait := min(max(2*before.wait, minDelay), maxDelay)
	jitter := time.Duration(rand.Int64N(int64(wait) / 4)) //nolint:gosec // not a secret
	d.pending[scope] = delay{now.Add(wait + jitter), wait}
	if !again {
		d.log.Warn("cannot write status; trying again with growing delay", "object", s.name(), "error", err)
	}
	return scope == stepScope(s)
}

// succeeded forgets what a step that succeeded shows to be over.
func (d delays) succeeded(s step) {
	for _, scope := range []string{allScope, kindScope(s.kind), stepScope(s)} {
		if _, failing := d.pending[scope]; failing {
			d.log.Info("status is written again", "object", s.name())
			delete(d.pending, scope)
		}
	}
}

// blocked tells whether all steps of a kind have to wait.
func (d delays) blocked(kind int, now time.Time) bool {
	return d.waits(allScope, now) || d.waits(kindScope(kind), now)
}

func (d delays) blockedStep(s step, now time.Time) bool { return d.waits(stepScope(s), now) }

func (d delays) waits(scope string, now time.Time) bool {
	p, failing := d.pending[scope]
	return failing && now.Before(p.until)
}
