package speaker

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"frr-speaker/internal/handoff"
)

// Progress follows what is published until frr-reloader says that FRR runs it. It
// feeds probes and metrics, never a pass.
type Progress struct {
	observe func(time.Duration)
	now     func() time.Time

	mu        sync.Mutex // guards what follows
	published handoff.Version
	waiting   []change
	result    handoff.Version // that the last result speaks of
	outcome   handoff.Outcome
	ready     bool
}

// change is a text that was published, and when the first of the events came that led to it.
type change struct {
	generation int64
	oldest     time.Time
}

// maxWaiting bounds the memory of a frr-reloader that says nothing for long.
const maxWaiting = 1000

// NewProgress returns one that has seen nothing. Observe gets, for each text that FRR
// was verified to run, the time since the oldest event that led to it.
func NewProgress(observe func(time.Duration)) *Progress {
	return &Progress{observe: observe, now: time.Now}
}

// Published notes a text that frr-reloader can read now. Oldest is zero if nobody
// knows when the events came, or if the text is not new.
func (p *Progress) Published(v handoff.Version, oldest time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.published = v
	if !oldest.IsZero() && len(p.waiting) < maxWaiting {
		p.waiting = append(p.waiting, change{v.Generation, oldest})
	}
	p.settle()
}

// Applied notes what frr-reloader reports.
func (p *Progress) Applied(r handoff.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.result, p.outcome = r.Desired, r.Outcome
	if r.Phase != handoff.PhaseIdle || !verified(r.Outcome) {
		return
	}
	end := p.now()
	if r.Since.Before(end) {
		end = r.Since
	}
	p.waiting = slices.DeleteFunc(p.waiting, func(c change) bool {
		if c.generation > r.Desired.Generation {
			return false
		}
		p.observe(max(0, end.Sub(c.oldest)))
		return true
	})
	p.settle()
}

// settle becomes ready once FRR was seen to run what this process has published, and
// stays so: what comes later is for metrics to say. The lock is held.
func (p *Progress) settle() {
	if p.published.Digest != "" && p.published.Digest == p.result.Digest && verified(p.outcome) {
		p.ready = true
	}
}

// verified: with a part left out, the rest is known to run, and the Problem says what is missing.
func verified(o handoff.Outcome) bool {
	return o == handoff.OutcomeApplied || o == handoff.OutcomePartial
}

// Ready returns nil once FRR was verified to run a text of this process, before that
// what is waited for. Peers have no say in it.
func (p *Progress) Ready() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.ready:
		return nil
	case p.published.Digest == "":
		return fmt.Errorf("no configuration has been published yet: objects are not complete, or this node is not among them")
	case p.result.Digest != p.published.Digest:
		return fmt.Errorf("frr-reloader has not reported on generation %d yet", p.published.Generation)
	default:
		return fmt.Errorf("frr-reloader reports outcome %q for generation %d", p.outcome, p.published.Generation)
	}
}
