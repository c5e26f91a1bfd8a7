package reloader

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/vty"
)

// Times of dialing again.
const (
	redialSpell = 30 * time.Second        // how long after its launch a neighbor is dialed again as soon as a dial has failed
	redialShare = 10                      // after that, the pause is this part of the time since the launch; so much is bgpd left alone, too
	redialTakes = 700 * time.Millisecond  // bgpd dials a second after it is told to, less what it takes to see that
	startTimer  = time.Second             // that second
	redialWorth = startTimer              // so it is not told when it will dial as soon by itself
	answerWorth = 1200 * time.Millisecond // how long a dial may go unanswered; the kernel repeats a SYN after 1 s (RFC 6298)

	tellTime = 100 * time.Millisecond // how long bgpd is told to dial one neighbor after the other; the others wait for the next look

	// Between looks at neighbors that were not up yet: a look costs 0.1 ms, and more with each neighbor.
	redialPoll = 200 * time.Millisecond
	failPoll   = 50 * time.Millisecond // when a dial is about to succeed or fail
	sparePoll  = time.Second           // when the spell is over
)

// dial follows a neighbor from its launch until it was up once, or bgpd's own connect timer has had its turn.
//
// bgpd dials once when a neighbor is launched. A router that refuses, or hangs up before it has said anything, is
// dialed again after the connect timer, 30 s or 120 s unless configured, which is long for a router that was not
// ready for a moment. Saying the connect timer again changes nothing and makes bgpd dial (docs/design/reloader.md).
type dial struct {
	since time.Time     // of the launch
	timer time.Duration // bgpd's connect timer, as first seen; FRR 10 doubles it each time that it has run
	told  time.Time     // when bgpd was last told to dial
	times int           // that it was told
}

// dialing is what is read of "show bgp vrf all neighbors json" (FRR 8.4 and 10.x).
type dialing struct {
	State    string `json:"bgpState"`
	WasUp    int    `json:"connectionsEstablished"`
	Shut     bool   `json:"adminShutDown"`
	Due      int64  `json:"nextConnectTimerDueInMsecs"` // ms; absent where bgpd does not mean to dial, as when passive
	Interval int64  `json:"connectRetryTimer"`          // s
	BFD      *struct {
		Status string `json:"status"`
	} `json:"peerBfdInfo"`
}

// due is how long it is until bgpd dials by itself.
func (n dialing) due() time.Duration { return time.Duration(n.Due) * time.Millisecond }

// timer is bgpd's connect timer.
func (n dialing) timer() time.Duration { return time.Duration(n.Interval) * time.Second }

// held tells whether there is a reason not to dial that is not ours to overrule.
func (n dialing) held() bool { return n.Shut || n.BFD != nil && n.BFD.Status != "Up" }

// next decides at a time whether bgpd is to be told to dial, and whether this is over.
func (d *dial) next(n dialing, now time.Time) (tell, over bool) {
	age := now.Sub(d.since)
	if d.timer == 0 {
		d.timer = n.timer()
	}
	switch {
	case n.WasUp > 0, age >= max(redialSpell, d.timer):
		return false, true
	case n.held(), !d.unanswered(n, now), n.due() <= redialWorth:
		return false, false
	}
	pause := redialTakes
	if age >= redialSpell {
		pause = age / redialShare
	}
	return now.Sub(d.told) >= pause, false
}

// unanswered tells whether the last dial led to nothing. From the first answer on, in states OpenSent and
// OpenConfirm, the session may come up at any moment and is left alone. So is Idle: bgpd is about to dial.
func (d *dial) unanswered(n dialing, now time.Time) bool {
	switch n.State {
	case "Active":
		return true
	case "Connect":
		// bgpd says in whole seconds when it dials next, and so 2 s after 1 s: its word alone is not enough.
		return n.timer()-n.due() >= answerWorth && now.Sub(d.since) >= answerWorth && now.Sub(d.told) >= startTimer+answerWorth
	}
	return false
}

// look is how long to wait before the next look at a neighbor.
func (d *dial) look(now time.Time) time.Duration {
	told := now.Sub(d.told)
	switch {
	case now.Sub(d.since) >= redialSpell:
		return sparePoll
	case told < redialTakes:
		return redialTakes - told
	case told < 2*redialTakes:
		return failPoll
	}
	return redialPoll
}

// redial looks at the neighbors that were launched and not up yet, and has bgpd dial those that were not ready.
func (l *loop) redial(ctx context.Context) {
	began := time.Now()
	for _, i := range l.instances {
		if len(i.dials) == 0 || i.conn == nil || i.conn.Broken() != nil {
			continue // behind another connection there may be another daemon
		}
		if err := i.redial(ctx, l.log); err != nil && ctx.Err() == nil {
			l.log.Warn("cannot dial again", "daemon", i.name, "error", frrdiff.Redact(err.Error()))
			if i.conn != nil && i.conn.Broken() == nil {
				i.dials = nil // bgpd answers what is of no use, and would again
				continue
			}
			i.drop() // the link tells whether the daemon is gone
		}
	}
	now := time.Now()
	l.redialAt, l.restedAt = time.Time{}, now.Add(min(redialShare*now.Sub(began), driftInterval))
	l.expectDials()
}

// expectDials sees to it that there is a look at neighbors that were launched.
func (l *loop) expectDials() {
	now := time.Now()
	for _, i := range l.instances {
		for _, d := range i.dials {
			at := now.Add(d.look(now))
			if at.Before(l.restedAt) {
				at = l.restedAt
			}
			if l.redialAt.IsZero() || at.Before(l.redialAt) {
				l.redialAt = at
			}
		}
	}
}

func (i *instance) redial(ctx context.Context, log *slog.Logger) error {
	unready, err := i.unready(ctx, log)
	if err != nil || len(unready) == 0 {
		return err
	}
	running, err := i.read(ctx) // what somebody else changed a moment ago is not undone
	if err == nil {
		unready, err = i.unready(ctx, log) // reading takes longer than a session to come up
	}
	if err != nil {
		return err
	}
	until := time.Now().Add(tellTime)
	for _, id := range unready {
		if time.Now().After(until) {
			break // what was seen of the others is old, and a new configuration may be waiting
		}
		line, found := connectLine(running, id)
		if !found {
			delete(i.dials, id)
			continue
		}
		err := i.enter(ctx, []string{id.instance})
		if err == nil {
			err = i.tell(ctx, line)
		}
		switch {
		case err == nil:
			i.dials[id].note(log, id)
		case refused(err): // and would be again
			log.Warn("a router that was not ready cannot be dialed again", "neighbor", id.name, "vrf", id.vrf(), "error", frrdiff.Redact(err.Error()))
			delete(i.dials, id)
		default:
			return err
		}
	}
	return nil
}

// unready are the neighbors for which bgpd is to be told to dial now. Those that were up are done with.
func (i *instance) unready(ctx context.Context, log *slog.Logger) ([]neighborID, error) {
	states, err := i.dialings(ctx)
	if err != nil {
		return nil, err
	}
	var tell []neighborID
	now := time.Now()
	for id, d := range i.dials {
		n, there := states[id.vrf()][id.name]
		again, over := d.next(n, now)
		switch {
		case !there || over:
			delete(i.dials, id)
			d.report(log, id, n, now)
		case again:
			tell = append(tell, id)
		}
	}
	slices.SortFunc(tell, func(a, b neighborID) int { return i.dials[a].told.Compare(i.dials[b].told) }) // each has its turn
	return tell, nil
}

// note counts that bgpd is told to dial.
func (d *dial) note(log *slog.Logger, id neighborID) {
	if d.times == 0 {
		log.Info("a router was not ready when bgpd dialed, and is dialed again", "neighbor", id.name, "vrf", id.vrf())
	}
	d.told = time.Now()
	d.times++
}

// report says how it ended, where bgpd was told to dial.
func (d *dial) report(log *slog.Logger, id neighborID, n dialing, now time.Time) {
	if d.times == 0 {
		return
	}
	message := "a router that was not ready is left to bgpd's connect timer"
	if n.WasUp > 0 {
		message = "a router that was not ready is up"
	}
	log.Info(message, "neighbor", id.name, "vrf", id.vrf(), "dials", d.times, "after", now.Sub(d.since).Round(time.Millisecond))
}

// dialings reads how all neighbors fare, by VRF and name.
func (i *instance) dialings(ctx context.Context) (map[string]map[string]dialing, error) {
	question := "show bgp vrf all neighbors json"
	if i.inConf {
		question = "do " + question
	}
	answer, err := i.conn.Do(ctx, question)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", i.name, err)
	}
	if answer.Status == vty.StatusWarning { // no BGP instance; some versions say so in words
		return nil, nil
	}
	var vrfs map[string]map[string]json.RawMessage
	if err := json.Unmarshal([]byte(answer.Text), &vrfs); err != nil {
		return nil, fmt.Errorf("read neighbors: %w", err)
	}
	states := map[string]map[string]dialing{}
	for vrf, neighbors := range vrfs {
		states[vrf] = map[string]dialing{}
		for name, raw := range neighbors {
			if name == "vrfId" || name == "vrfName" {
				continue
			}
			var n dialing
			if err := json.Unmarshal(raw, &n); err != nil {
				return nil, fmt.Errorf("read neighbor %s: %w", name, err)
			}
			states[vrf][name] = n
		}
	}
	return states, nil
}

// vrf is FRR's name of the VRF of the neighbor's instance.
func (n neighborID) vrf() string {
	if _, vrf, ok := strings.Cut(n.instance, " vrf "); ok {
		return vrf
	}
	return "default"
}

// connectLine says the connect timer of a neighbor just as a running-config has it, and so changes nothing. It is not
// found when the instance is not there.
func connectLine(running string, n neighborID) (line string, found bool) {
	prefix := " neighbor " + n.name + " timers connect "
	inside := false
	for line := range strings.Lines(running) {
		line = strings.TrimRight(line, "\r\n")
		if !strings.HasPrefix(line, " ") {
			inside = line == n.instance
			found = found || inside
		}
		if inside && strings.HasPrefix(line, prefix) {
			return line[1:], true
		}
	}
	return "no neighbor " + n.name + " timers connect", found
}
