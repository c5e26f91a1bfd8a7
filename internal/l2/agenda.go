package l2

import (
	"cmp"
	"container/heap"
	"time"
)

// The agendas of a claim.
const (
	frames = iota // what is to be sent, by nextFrame
	turns         // what happens by itself, by nextTurn
	agendas
)

// nowhere are the positions of a claim in no agenda.
var nowhere = [agendas]int{-1, -1}

// agenda orders claims by when something of one kind is due, and among equals by
// what is due: all probes of a thousand addresses go before the first announcement.
type agenda struct {
	kind int
	list []*claim
}

// when is when something is due, and the rank among what is due at the same time.
func (a *agenda) when(c *claim) (time.Time, step) {
	if a.kind == turns {
		return c.nextTurn(), stepNone
	}
	return c.nextFrame()
}

// place puts a claim where it belongs now, or nowhere if nothing is due.
func (a *agenda) place(c *claim) {
	at, _ := a.when(c)
	position := c.positions[a.kind]
	switch {
	case at.IsZero() && position >= 0:
		heap.Remove(a, position)
	case at.IsZero():
	case position >= 0:
		heap.Fix(a, position)
	default:
		heap.Push(a, c)
	}
}

// remove takes a claim out.
func (a *agenda) remove(c *claim) {
	if position := c.positions[a.kind]; position >= 0 {
		heap.Remove(a, position)
	}
}

// next is the first claim and when it is due; nil if there is none.
func (a *agenda) next() (*claim, time.Time) {
	if len(a.list) == 0 {
		return nil, time.Time{}
	}
	at, _ := a.when(a.list[0])
	return a.list[0], at
}

// Len implements heap.Interface.
func (a *agenda) Len() int { return len(a.list) }

// Less implements heap.Interface.
func (a *agenda) Less(i, j int) bool {
	at1, step1 := a.when(a.list[i])
	at2, step2 := a.when(a.list[j])
	if !at1.Equal(at2) {
		return at1.Before(at2)
	}
	c, d := a.list[i], a.list[j]
	return cmp.Or(cmp.Compare(step1, step2), c.addr.Compare(d.addr), cmp.Compare(c.link, d.link)) < 0
}

// Swap implements heap.Interface.
func (a *agenda) Swap(i, j int) {
	a.list[i], a.list[j] = a.list[j], a.list[i]
	a.list[i].positions[a.kind], a.list[j].positions[a.kind] = i, j
}

// Push implements heap.Interface.
func (a *agenda) Push(x any) {
	if c, ok := x.(*claim); ok {
		c.positions[a.kind] = len(a.list)
		a.list = append(a.list, c)
	}
}

// Pop implements heap.Interface.
func (a *agenda) Pop() any {
	last := len(a.list) - 1
	c := a.list[last]
	a.list[last] = nil
	a.list = a.list[:last]
	c.positions[a.kind] = -1
	return c
}

// pace is a token bucket (RFC 2697 has the idea): after a pause a burst may go at
// once, then one frame per interval.
type pace struct {
	interval time.Duration
	burst    int
	next     time.Time // when the bucket is full
}

// wait is how long the next frame has to wait at a time; 0: not at all.
func (p *pace) wait(now time.Time) time.Duration {
	if !p.next.After(now) {
		return 0
	}
	return max(0, p.next.Sub(now)-time.Duration(p.burst-1)*p.interval)
}

// sent takes a token.
func (p *pace) sent(now time.Time) {
	if p.next.Before(now) {
		p.next = now
	}
	p.next = p.next.Add(p.interval)
}
