package collector

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"frr-speaker/internal/bgp"
)

// record is all events and what follows from them.
type record struct {
	mu      sync.Mutex // guards the rest
	events  []Event
	ribs    map[netip.Addr]map[netip.Prefix]Route // by neighbor: its Adj-RIB-In
	up      map[netip.Addr]bool
	due     map[netip.Addr][]bgp.Family // families of which the first table is still to come
	changed chan struct{}               // closed, and replaced, when there are new events
}

func newRecord() *record {
	return &record{
		ribs:    map[netip.Addr]map[netip.Prefix]Route{},
		up:      map[netip.Addr]bool{},
		due:     map[netip.Addr][]bgp.Family{},
		changed: make(chan struct{}),
	}
}

// add appends the events of one message and lets those who wait look again.
func (r *record) add(events ...Event) {
	if len(events) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		r.apply(e)
	}
	close(r.changed)
	r.changed = make(chan struct{})
}

// apply records one event; r.mu is held.
func (r *record) apply(e Event) {
	rib := r.ribs[e.Neighbor]
	if rib == nil {
		rib = map[netip.Prefix]Route{}
		r.ribs[e.Neighbor] = rib
	}
	switch e.Kind {
	case Announce:
		rib[e.Prefix] = Route{Attributes: e.Attributes, Since: e.Time}
	case Withdraw:
		delete(rib, e.Prefix)
	case Up, Down:
		r.up[e.Neighbor] = e.Kind == Up
		r.due[e.Neighbor] = slices.Clone(e.Families)
	case EndOfRIB:
		r.due[e.Neighbor] = slices.DeleteFunc(r.due[e.Neighbor], func(f bgp.Family) bool { return f == e.Family })
	}
	e.Seq = len(r.events)
	r.events = append(r.events, e)
}

// down records the end of a session. Its routes are gone, or stale if the
// neighbor is expected back.
func (r *record) down(neighbor netip.Addr, now time.Time, reason string, keep func(bgp.Family) bool) {
	r.mu.Lock()
	rib := r.ribs[neighbor]
	for prefix, route := range rib {
		if !keep(bgp.FamilyOf(prefix.Addr())) {
			delete(rib, prefix)
			continue
		}
		route.Stale = true
		rib[prefix] = route
	}
	r.mu.Unlock()
	r.add(Event{Time: now, Neighbor: neighbor, Kind: Down, Reason: reason})
}

// dropStale withdraws what a neighbor did not announce again after a restart.
func (r *record) dropStale(neighbor netip.Addr, now time.Time, reason string, in func(bgp.Family) bool) {
	r.mu.Lock()
	var gone []Event
	for prefix, route := range r.ribs[neighbor] {
		if route.Stale && in(bgp.FamilyOf(prefix.Addr())) {
			gone = append(gone, Event{Time: now, Neighbor: neighbor, Kind: Withdraw, Prefix: prefix, Reason: reason})
		}
	}
	r.mu.Unlock()
	r.add(gone...)
}

// Mark is a position in the record: events from now on have it or a later Seq.
func (c *Collector) Mark() int {
	c.record.mu.Lock()
	defer c.record.mu.Unlock()
	return len(c.record.events)
}

// Events are the recorded events from a mark on; 0 for all.
func (c *Collector) Events(from int) []Event {
	c.record.mu.Lock()
	defer c.record.mu.Unlock()
	events := c.record.events
	return events[from:len(events):len(events)] // recorded events never change
}

// RIB is what one neighbor announces now.
func (c *Collector) RIB(neighbor netip.Addr) map[netip.Prefix]Route {
	c.record.mu.Lock()
	defer c.record.mu.Unlock()
	return maps.Clone(c.record.ribs[neighbor])
}

// Len is the number of prefixes that one neighbor announces now.
func (c *Collector) Len(neighbor netip.Addr) int {
	c.record.mu.Lock()
	defer c.record.mu.Unlock()
	return len(c.record.ribs[neighbor])
}

// Established reports whether the session with a neighbor is up.
func (c *Collector) Established(neighbor netip.Addr) bool {
	c.record.mu.Lock()
	defer c.record.mu.Unlock()
	return c.record.up[neighbor]
}

// Withdrawn are the events from a mark on by which routes were lost:
// withdrawals, and sessions that went down.
func (c *Collector) Withdrawn(from int) []Event {
	var lost []Event
	for _, e := range c.Events(from) {
		if e.Kind == Withdraw || e.Kind == Down {
			lost = append(lost, e)
		}
	}
	return lost
}

// WaitEvent waits for the first event from a mark on that match accepts, be it
// in the past or to come.
func (c *Collector) WaitEvent(ctx context.Context, from int, match func(Event) bool) (Event, error) {
	for {
		c.record.mu.Lock()
		events, changed := c.record.events[from:], c.record.changed
		c.record.mu.Unlock()
		for _, e := range events {
			if match(e) {
				return e, nil
			}
		}
		from += len(events)
		select {
		case <-changed:
		case <-ctx.Done():
			return Event{}, fmt.Errorf("wait for an event: %w", ctx.Err())
		}
	}
}

// Wait waits until check holds. It is called again after each message.
func (c *Collector) Wait(ctx context.Context, check func() error) error {
	for {
		c.record.mu.Lock()
		changed := c.record.changed
		c.record.mu.Unlock()
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for routes: %w: %w", ctx.Err(), err)
		}
	}
}

// WaitPrefix waits until a neighbor announces a prefix and returns the announcement
// now in force. Attributes that must match, if match is not nil, may come later.
func (c *Collector) WaitPrefix(ctx context.Context, neighbor netip.Addr, prefix netip.Prefix, match func(*Attributes) bool) (Route, error) {
	var route Route
	err := c.Wait(ctx, func() error {
		c.record.mu.Lock()
		defer c.record.mu.Unlock()
		var found bool
		route, found = c.record.ribs[neighbor][prefix]
		if !found {
			return fmt.Errorf("%v does not announce %v", neighbor, prefix)
		}
		if match != nil && !match(route.Attributes) {
			return fmt.Errorf("%v announces %v %v", neighbor, prefix, route.Attributes)
		}
		return nil
	})
	return route, err
}

// WaitGone waits until a neighbor does not announce a prefix.
func (c *Collector) WaitGone(ctx context.Context, neighbor netip.Addr, prefix netip.Prefix) error {
	return c.Wait(ctx, func() error {
		c.record.mu.Lock()
		defer c.record.mu.Unlock()
		if route, found := c.record.ribs[neighbor][prefix]; found {
			return fmt.Errorf("%v announces %v %v", neighbor, prefix, route.Attributes)
		}
		return nil
	})
}

// WaitLen waits until a neighbor announces exactly n prefixes.
func (c *Collector) WaitLen(ctx context.Context, neighbor netip.Addr, n int) error {
	return c.Wait(ctx, func() error {
		if have := c.Len(neighbor); have != n {
			return fmt.Errorf("%v announces %d prefixes, not %d", neighbor, have, n)
		}
		return nil
	})
}

// WaitUp waits until the session with a neighbor is established.
func (c *Collector) WaitUp(ctx context.Context, neighbor netip.Addr) error {
	return c.Wait(ctx, func() error {
		if !c.Established(neighbor) {
			return fmt.Errorf("the session with %v is not established", neighbor)
		}
		return nil
	})
}

// WaitTable waits until the session with a neighbor is established and its whole first
// table is here: exactly n prefixes, and the End-of-RIB of each family (RFC 4724, section 2),
// for which Options ask by EndOfRIB or Restart. What comes later is a change.
func (c *Collector) WaitTable(ctx context.Context, neighbor netip.Addr, n int) error {
	return c.Wait(ctx, func() error {
		c.record.mu.Lock()
		defer c.record.mu.Unlock()
		switch have := len(c.record.ribs[neighbor]); {
		case !c.record.up[neighbor]:
			return fmt.Errorf("the session with %v is not established", neighbor)
		case len(c.record.due[neighbor]) > 0:
			return fmt.Errorf("%v has not ended its first table of %v; it has %d prefixes", neighbor, c.record.due[neighbor], have)
		case have != n:
			return fmt.Errorf("%v announces %d prefixes, not %d", neighbor, have, n)
		}
		return nil
	})
}
