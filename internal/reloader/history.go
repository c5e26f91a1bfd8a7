package reloader

import (
	"strings"
	"sync"
	"time"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/reloader/frrmetrics"
)

// history keeps what bgpd forgets of its sessions when it ends: how often each went down, and why it did last.
type history struct {
	mu   sync.Mutex // guards past
	past map[sessionID]*past
}

// sessionID is a session as FRR names it.
type sessionID struct{ vrf, neighbor string }

// past is what is known of one session.
type past struct {
	flaps int   // before what bgpd counts now
	kept  reset // the last one of that time
	seen  time.Time

	// As bgpd last said.
	up                   bool
	dropped, established int
	own                  reset
}

// reset is why a session ended, and when; "" if it never did.
type reset struct {
	reason string
	at     time.Time
}

// forgetAfter is when a neighbor that is configured no more is forgotten. One that comes back sooner goes on counting.
const forgetAfter = time.Hour

// Reasons that bgpd cannot give.
const (
	reasonEnded = "bgpd ended"
	reasonAnew  = "the neighbor was made anew"
)

func newHistory() *history { return &history{past: map[sessionID]*past{}} }

// end notes that bgpd is gone, and all that was established with it. To say so twice is to say it once.
func (h *history) end(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.past {
		p.turn(reasonEnded, now)
	}
}

// observe notes what bgpd says, and completes it by what it has forgotten.
func (h *history) observe(list []observed, now time.Time) []handoff.Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []handoff.Session
	for _, o := range list {
		id := sessionID{o.VRF, o.Neighbor}
		p := h.past[id]
		if p == nil {
			p = &past{}
			h.past[id] = p
		}
		p.observe(o, now)
		o.Flaps, o.LastReset = p.flaps+p.dropped, p.last().reason
		out = append(out, o.Session)
	}
	for id, p := range h.past {
		if p.seen.Before(now) {
			p.turn(reasonAnew, now) // what comes in its place counts anew, and may be up before it is looked at
		}
		if now.Sub(p.seen) > forgetAfter {
			delete(h.past, id)
		}
	}
	return out
}

// of is what is known of one session.
func (h *history) of(vrf, neighbor string) (frrmetrics.Past, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.past[sessionID{vrf, neighbor}]
	if p == nil {
		return frrmetrics.Past{}, false
	}
	last := p.last()
	return frrmetrics.Past{Flaps: p.flaps + p.dropped, Reason: last.reason, Reset: last.at}, true
}

func (p *past) observe(o observed, now time.Time) {
	if o.Flaps < p.dropped || o.established < p.established {
		p.turn(reasonAnew, now)
	}
	p.seen, p.up, p.dropped, p.established, p.own = now, o.State == stateEstablished, o.Flaps, o.established, o.reset
}

// turn closes the account of what bgpd counted, because it counts anew. A session that was up then went down.
func (p *past) turn(why string, now time.Time) {
	p.flaps += p.dropped
	switch {
	case p.up:
		p.flaps++
		p.kept = reset{why, now}
	case p.own.reason != "" && !p.own.waiting():
		p.kept = p.own
	}
	p.up, p.dropped, p.established, p.own = false, 0, 0, reset{}
}

// last is the last reset: bgpd's word where it has one.
func (p *past) last() reset {
	if p.own.reason == "" || p.own.waiting() && p.kept.reason != "" {
		return p.kept
	}
	return p.own
}

// waiting tells a state before the first connection, which FRR gives as the reason of a reset, from a reset.
func (r reset) waiting() bool {
	return strings.HasPrefix(r.reason, "Waiting for ") || strings.HasPrefix(r.reason, "No AFI/SAFI ") || strings.HasPrefix(r.reason, "No path ")
}
