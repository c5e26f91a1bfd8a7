package l2

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"
)

// owner is all that changes while an announcer runs. Only Run's goroutine uses it.
type owner struct {
	*Announcer

	want     []Announcement
	excluded Exclusions
	links    []Link       // of the last list
	listed   bool         // there was a list
	again    map[int]bool // indexes of links on which all is to be announced again
	claims   map[claimKey]*claim
	agendas  [agendas]agenda
	pace     pace
	stopping bool

	listeners  map[at]*listener
	failed     map[at]bool // listeners that cannot be opened
	reopen     time.Time   // when to try again; zero: nothing to try
	relist     time.Time   // when to list links
	listAfter  time.Time   // not before
	unreadable bool        // the last list had errors

	stale bool // table and reports are to be made anew

	events  chan LinkEvent
	heard   chan heard
	broken  chan failure
	stop    chan struct{} // closed when the watcher is to end
	running sync.WaitGroup
}

// claimKey identifies a claim.
type claimKey struct {
	addr netip.Addr
	link int
}

const (
	// relistInterval is how often links are listed when no event says so.
	relistInterval = time.Minute
	// relistGap is kept between lists: the links of pods come and go in swarms.
	relistGap = 100 * time.Millisecond
	// reopenInterval is how long a socket that failed is left alone.
	reopenInterval = time.Second
	// busyWait is how long a link that takes no more frames is left alone.
	busyWait = 2 * time.Millisecond
	// heardBacklog holds the claims of a node that takes over thousands of addresses.
	heardBacklog = 8192
)

func newOwner(a *Announcer) *owner {
	o := &owner{
		Announcer: a,
		excluded:  a.excluded,
		again:     map[int]bool{},
		claims:    map[claimKey]*claim{},
		pace:      pace{interval: frameInterval, burst: frameBurst},
		listeners: map[at]*listener{},
		failed:    map[at]bool{},
		events:    make(chan LinkEvent, 64),
		heard:     make(chan heard, heardBacklog),
		broken:    make(chan failure),
		stop:      make(chan struct{}),
	}
	for kind := range o.agendas {
		o.agendas[kind].kind = kind
	}
	return o
}

// run takes events until ctx ends and all is handed over.
func (o *owner) run(ctx context.Context) {
	o.running.Go(o.watch)
	defer o.close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	done := ctx.Done()
	for {
		select {
		case <-done:
			done = nil
			o.leaveAll(time.Now())
		case want := <-o.latest:
			o.set(want)
		case excluded := <-o.exclude:
			o.stale = o.stale || !excluded.Equal(o.excluded)
			o.excluded = excluded
		case event := <-o.events:
			o.event(event)
		case h := <-o.heard:
			o.hearAll(h, time.Now())
		case failure := <-o.broken:
			o.broke(failure, time.Now())
		case <-timer.C:
		}
		now := time.Now()
		o.look(now)
		o.reconcile(now)
		o.work(now)
		if o.stopping && len(o.claims) == 0 {
			return
		}
		timer.Reset(time.Until(o.wake(now)))
	}
}

// close ends all goroutines and waits for them.
func (o *owner) close() {
	close(o.stop)
	for _, l := range o.listeners {
		o.shut(l)
	}
	ended := make(chan struct{})
	go func() {
		o.running.Wait()
		close(ended)
	}()
	for {
		select {
		case <-o.broken: // who fails while we close need not wait
		case <-ended:
			return
		}
	}
}

func (o *owner) set(want []Announcement) {
	if !o.stopping && !sameAnnouncements(want, o.want) {
		o.want, o.stale = want, true
	}
}

// leaveAll begins the handover: nothing is wanted any more.
func (o *owner) leaveAll(now time.Time) {
	o.stopping, o.want, o.stale = true, nil, true
	o.reconcile(now)
}

func (o *owner) event(e LinkEvent) {
	o.relist = later(o.listAfter, time.Now())
	if e.Again != 0 {
		o.again[e.Again] = true
	}
}

// hearAll notes the claims of others that wait.
func (o *owner) hearAll(h heard, now time.Time) {
	for {
		o.hear(h, now)
		select {
		case h = <-o.heard:
		default:
			return
		}
	}
}

func (o *owner) hear(h heard, now time.Time) {
	c := o.claims[claimKey{h.claim.Addr, h.link}]
	if c == nil {
		return
	}
	before := *c
	if c.hear(now, h.claim, o.table.Load().links[h.link].MAC) {
		o.metrics.handovers.WithLabelValues("taken").Inc()
		o.end(c)
		return
	}
	o.settle(c, before)
}

// settle follows up on a claim that changed.
func (o *owner) settle(c *claim, before claim) {
	for kind := range o.agendas {
		o.agendas[kind].place(c)
	}
	if c.stance != before.stance || c.disputed != before.disputed || len(c.rivals) != len(before.rivals) {
		o.stale = true
	}
	link := o.table.Load().links[c.link].Name
	switch {
	case c.disputed && !before.disputed:
		o.metrics.conflicted.WithLabelValues(c.addr.String()).Inc()
		o.log.Warn("another host claims an address of this node", "ip", c.addr, "link", link,
			"mac", c.rivals[0].mac.String(), "answered", c.stance == stanceAnswering)
	case before.disputed && !c.disputed:
		o.log.Info("no other host claims the address any more", "ip", c.addr, "link", link)
	}
}

// end forgets a claim.
func (o *owner) end(c *claim) {
	for kind := range o.agendas {
		o.agendas[kind].remove(c)
	}
	delete(o.claims, claimKey{c.addr, c.link})
	o.stale = true
}

// work does what is due: first what happens by itself, then as many frames as the cap lets go.
func (o *owner) work(now time.Time) {
	for {
		c, at := o.agendas[turns].next()
		if c == nil || at.After(now) {
			break
		}
		before := *c
		if c.turn(now) {
			o.metrics.handovers.WithLabelValues("unheard").Inc()
			o.end(c)
			continue
		}
		o.settle(c, before)
	}
	o.reconcile(now) // nobody is told of an address before it is answered
	for o.pace.wait(now) == 0 {
		c, at := o.agendas[frames].next()
		if c == nil || at.After(now) {
			return
		}
		o.send(c, now)
	}
}

// send sends the frame that is due for a claim.
func (o *owner) send(c *claim, now time.Time) {
	l := o.listeners[listenAt(c)]
	_, s := c.nextFrame()
	switch err := l.socket.Send(c.frame(s, o.table.Load().links[c.link])); {
	case errors.Is(err, ErrBusy):
		c.postpone(now.Add(busyWait), s)
	case err != nil:
		o.broke(failure{l, err}, now)
		return
	default:
		o.pace.sent(now)
		c.sent(now, s)
		if s >= stepAnnounce {
			o.metrics.gratuitous.WithLabelValues(c.addr.String()).Inc()
		}
	}
	for kind := range o.agendas {
		o.agendas[kind].place(c)
	}
}

// wake is when there is something to do again.
func (o *owner) wake(now time.Time) time.Time {
	first := now.Add(relistInterval)
	sooner := func(t time.Time) {
		if !t.IsZero() && t.Before(first) {
			first = t
		}
	}
	if _, at := o.agendas[frames].next(); !at.IsZero() {
		if wait := o.pace.wait(now); wait > 0 {
			at = later(at, now.Add(max(wait, busyWait))) // a few frames at a time
		}
		sooner(at)
	}
	_, at := o.agendas[turns].next()
	sooner(at)
	sooner(o.relist)
	sooner(o.reopen)
	return first
}

func listenAt(c *claim) at { return at{c.link, protocolOf(c.addr)} }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
