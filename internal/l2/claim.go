package l2

import (
	"bytes"
	"net/netip"
	"slices"
	"time"
)

// claim is what this node does about one address on one link. It is a state
// machine that is told the time, and which frames were sent and seen.
type claim struct {
	addr   netip.Addr
	link   int // index
	stance stance
	yield  bool // to another host that has the address, before it is claimed

	// What is to be sent, and when; stepNone: nothing.
	step  step
	due   time.Time
	round int // of probing or announcing
	retry time.Duration
	told  time.Time // when everybody was told last

	// While there are rivals: when to ask for them, or to judge what was heard.
	check      time.Time
	judging    bool
	silent     int // questions that nobody answered, in a row
	rivals     []rival
	challenged bool // a rival was heard after everybody was told last
	disputed   bool // a rival was heard for longer than nodes take to agree

	expires time.Time // of stanceLeaving

	positions [agendas]int // in each agenda; -1: not in it
}

// step is what a claim does next. Of what is due at the same time the lowest goes first.
type step uint8

const (
	stepNone     step = iota
	stepProbe         // ask before the address is claimed
	stepAsk           // ask who else has it
	stepAnnounce      // tell everybody
	stepReply         // tell everybody by an ARP reply too
)

// rival is another host that claims the address.
type rival struct {
	mac   MAC
	since time.Time
	heard bool // since the last question
}

// maxRivals bounds what is remembered of hosts that claim one address.
const maxRivals = 4

// newClaim begins a claim. One that yields probes first; the other claims at once
// and asks beside it.
func newClaim(addr netip.Addr, link int, yield bool, now time.Time) *claim {
	c := &claim{addr: addr, link: link, yield: yield, positions: nowhere}
	c.start(now)
	return c
}

// start begins anew, as when the link came up.
func (c *claim) start(now time.Time) {
	c.stance, c.step = stanceAnswering, stepAsk
	if c.yield {
		c.stance, c.step = stanceHolding, stepProbe
	}
	c.due, c.round, c.retry = now, 0, 0
	c.forget()
}

// forget drops what is known of rivals.
func (c *claim) forget() {
	c.rivals, c.challenged, c.disputed, c.silent, c.check, c.judging = nil, false, false, 0, time.Time{}, false
}

// announceAgain tells everybody anew, as when a bond changed its port.
func (c *claim) announceAgain(now time.Time) {
	if c.stance == stanceAnswering {
		c.step, c.due, c.round = stepAnnounce, now, 0
	}
}

// leave gives the address up: it is answered until the next owner is heard, at
// most for a while. It reports whether the claim is over, as one is that was not
// answered, or that another host was heard to make already.
func (c *claim) leave(now time.Time) (over bool) {
	if c.stance == stanceHolding || len(c.rivals) > 0 {
		return true
	}
	if c.stance == stanceAnswering {
		c.stance, c.step, c.expires = stanceLeaving, stepNone, now.Add(handoverWait)
	}
	return false
}

// nextFrame is when the next frame is due, and which.
func (c *claim) nextFrame() (time.Time, step) {
	asks := !c.check.IsZero() && !c.judging
	switch {
	case c.step == stepNone && !asks, c.claiming():
		return time.Time{}, stepNone
	case c.step == stepNone, asks && c.check.Before(c.due):
		return c.check, stepAsk
	}
	return c.due, c.step
}

// claiming reports whether all probes are out, and their answers awaited.
func (c *claim) claiming() bool { return c.step == stepProbe && c.round == probeNum }

// sent notes that the frame of a step is out.
func (c *claim) sent(now time.Time, s step) {
	switch s {
	case stepProbe:
		c.round++
		c.due = now.Add(probeInterval)
	case stepAsk:
		c.asked(now)
	case stepAnnounce:
		if c.addr.Is4() {
			c.step = stepReply
			return
		}
		c.announced(now)
	case stepReply:
		c.announced(now)
	case stepNone:
	}
}

func (c *claim) asked(now time.Time) {
	if c.step == stepAsk { // the first thing of a claim that does not yield
		c.step = stepAnnounce
		return
	}
	c.check, c.judging = now.Add(answerWait), true
	for i := range c.rivals {
		c.rivals[i].heard = false
	}
}

func (c *claim) announced(now time.Time) {
	c.round++
	c.told, c.challenged = now, false
	switch {
	case c.round >= announceRounds:
		c.step = stepNone
	case c.round == 1:
		c.step, c.due = stepAnnounce, now.Add(firstRepeat)
	default:
		c.step, c.due = stepAnnounce, now.Add(nextRepeat)
	}
}

// nextTurn is when the claim turns by itself; zero: never.
func (c *claim) nextTurn() time.Time {
	switch {
	case c.stance == stanceLeaving:
		return c.expires
	case c.claiming():
		return c.due
	case c.judging:
		return c.check
	}
	return time.Time{}
}

// turn does what nextTurn was for. It reports whether the claim is over.
func (c *claim) turn(now time.Time) (over bool) {
	switch {
	case c.stance == stanceLeaving:
		return true
	case c.claiming():
		c.stance, c.step, c.due, c.round = stanceAnswering, stepAnnounce, now, 0
		c.forget()
	case c.judging:
		c.judge(now)
	}
	return false
}

// judge draws the conclusion from what was heard since the last question.
func (c *claim) judge(now time.Time) {
	c.judging = false
	heard := slices.DeleteFunc(slices.Clone(c.rivals), func(r rival) bool { return !r.heard })
	if len(heard) > 0 {
		c.rivals, c.disputed, c.silent = heard, true, 0
		c.check = now.Add(defendInterval - answerWait)
		c.defend(now)
		return
	}
	if c.silent++; c.disputed && c.silent < silencesToEnd {
		c.check = now
		return
	}
	c.prevail(now)
	c.forget()
}

// prevail tells everybody anew once all rivals are silent: who believed the last of
// them goes on sending there, and hears nothing else that corrects it. Rivals that
// come and go have it done no sooner than another defense would be due.
func (c *claim) prevail(now time.Time) {
	if c.step == stepNone && (c.disputed || c.challenged) {
		c.step, c.due, c.round = stepAnnounce, later(now, c.told.Add(defendInterval)), 0
	}
}

// defend tells everybody once where the address is (RFC 5227, section 2.4 (c)),
// unless that is going on anyway.
func (c *claim) defend(now time.Time) {
	if c.step == stepNone {
		c.step, c.due, c.round = stepAnnounce, now, announceRounds-1
	}
}

// hear notes that another host was heard to claim the address; own is the hardware
// address of the link. It reports whether the claim is over: the next owner is there.
func (c *claim) hear(now time.Time, other Claim, own MAC) (over bool) {
	switch {
	case c.stance == stanceLeaving:
		return !other.Probe
	case c.stance == stanceAnswering:
		c.note(now, other.MAC)
		c.challenged = true
		if c.check.IsZero() {
			c.check = now.Add(settleTime)
		}
	case other.Probe && bytes.Compare(own[:], other.MAC[:]) < 0:
		// Two that probe at the same time must not both yield: the lower address goes on.
	default:
		c.note(now, other.MAC)
		c.giveWay(now)
	}
	return false
}

// giveWay begins to probe anew after a time that grows, for as long as another
// host has the address.
func (c *claim) giveWay(now time.Time) {
	c.disputed = c.disputed || slices.ContainsFunc(c.rivals, func(r rival) bool { return now.Sub(r.since) >= settleTime })
	if c.round == 0 && c.retry > 0 {
		return // it waits already
	}
	c.retry = min(max(firstRetry, 2*c.retry), maxRetry)
	c.round, c.due = 0, now.Add(c.retry)
}

func (c *claim) note(now time.Time, mac MAC) {
	at := slices.IndexFunc(c.rivals, func(r rival) bool { return r.mac == mac })
	switch {
	case at >= 0:
		c.rivals[at].heard = true
	case len(c.rivals) < maxRivals:
		c.rivals = append(c.rivals, rival{mac: mac, since: now, heard: true})
	}
}

// postpone puts off a frame that could not be sent.
func (c *claim) postpone(until time.Time, s step) {
	if s == c.step {
		c.due = until
		return
	}
	c.check = until
}

// frame is what a step sends.
func (c *claim) frame(s step, l Link) []byte {
	v4 := c.addr.Is4()
	switch {
	case v4 && s == stepAnnounce:
		return arpAnnouncement(l, c.addr)
	case v4 && s == stepReply:
		return arpReplyToAll(l, c.addr)
	case v4:
		return arpProbe(l, c.addr)
	case s == stepAnnounce:
		return unsolicitedNA(l, c.addr)
	case s == stepProbe:
		return ndProbe(l, c.addr)
	}
	return ndQuestion(l, c.addr)
}
