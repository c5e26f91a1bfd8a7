package reloader

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// bfdIs is a BFD session of a neighbor.
func bfdIs(status string) *struct {
	Status string `json:"status"`
} {
	return &struct {
		Status string `json:"status"`
	}{status}
}

func TestWhoIsDialedAgain(t *testing.T) {
	const (
		nothing = "nothing"
		tell    = "tell"
		over    = "over"
	)
	// refused is a neighbor whose router has refused the dial, on FRR 8.4 with its default timer.
	refused := dialing{State: "Active", Due: 119_900, Interval: 120}
	with := func(change func(*dialing)) dialing {
		n := refused
		change(&n)
		return n
	}
	tests := []struct {
		name string
		n    dialing
		age  time.Duration
		told time.Duration // ago; 0: never
		want string
	}{
		{"a router that refused", refused, time.Second, 0, tell},
		{"a router that was dialed again, and refused again", refused, 5 * time.Second, time.Second, tell},
		{"bgpd has not done yet what it was told", refused, 5 * time.Second, 100 * time.Millisecond, nothing},
		{"the session is up", with(func(n *dialing) { n.State, n.WasUp, n.Due = "Established", 1, 0 }), time.Second, 0, over},
		{"the session was up and is lost again", with(func(n *dialing) { n.WasUp = 1 }), 10 * time.Second, 0, over},
		{"a dial that is on its way", with(func(n *dialing) { n.State = "Connect" }), time.Second, 0, nothing},
		{"a dial that nobody answers", with(func(n *dialing) { n.State, n.Due = "Connect", 118_700 }), 2 * time.Second, 0, tell},
		{"a dial that nobody has answered for a second", with(func(n *dialing) { n.State, n.Due = "Connect", 118_000 }), 1100 * time.Millisecond, 0, nothing},
		{"a dial again that nobody has answered for a second", with(func(n *dialing) { n.State, n.Due = "Connect", 118_000 }), 5 * time.Second, 2100 * time.Millisecond, nothing},
		{"a dial again that nobody answers", with(func(n *dialing) { n.State, n.Due = "Connect", 118_000 }), 5 * time.Second, 2200 * time.Millisecond, tell},
		{"a router that has answered", with(func(n *dialing) { n.State, n.Due = "OpenSent", 0 }), time.Second, 0, nothing},
		{"a session that is about to be up", with(func(n *dialing) { n.State, n.Due = "OpenConfirm", 0 }), time.Second, 0, nothing},
		{"bgpd waits a moment after a notification", with(func(n *dialing) { n.State, n.Due = "Idle", 0 }), time.Second, 0, nothing},
		{"a neighbor that is shut", with(func(n *dialing) { n.State, n.Shut = "Idle", true }), time.Second, 0, nothing},
		{"a neighbor that was shut a moment ago", with(func(n *dialing) { n.Shut = true }), time.Second, 0, nothing},
		{"a neighbor that bgpd is not to dial", with(func(n *dialing) { n.Due = 0 }), time.Second, 0, nothing},
		{"BFD says that the router is not there", with(func(n *dialing) { n.BFD = bfdIs("Down") }), time.Second, 0, nothing},
		{"BFD says that the router is there", with(func(n *dialing) { n.BFD = bfdIs("Up") }), time.Second, 0, tell},
		{"bgpd dials as soon by itself", with(func(n *dialing) { n.Due, n.Interval = 900, 1 }), time.Second, 0, nothing},
		{"a pause after the first half minute", refused, 40 * time.Second, 3 * time.Second, nothing},
		{"the end of that pause", refused, 40 * time.Second, 4 * time.Second, tell},
		{"bgpd's own timer has run", refused, 120 * time.Second, 40 * time.Second, over},
		{"bgpd's own timer has run, which is short", with(func(n *dialing) { n.Due, n.Interval = 4_900, 5 }), 30 * time.Second, time.Second, over},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := time.Now()
			d := &dial{since: now.Add(-tt.age)}
			if tt.told > 0 {
				d.told = now.Add(-tt.told)
			}
			got := nothing
			switch say, done := d.next(tt.n, now); {
			case done:
				got = over
			case say:
				got = tell
			}
			if got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// A router that never comes costs bgpd a number of dials that does not grow with time.
func TestDialingAgainEnds(t *testing.T) {
	for _, tt := range []struct {
		timer    time.Duration
		min, max int           // dials
		ends     time.Duration // after the launch
	}{
		{2 * time.Second, 15, 30, 30 * time.Second},
		{30 * time.Second, 25, 30, 30 * time.Second},
		{120 * time.Second, 35, 50, 120 * time.Second},
		{65535 * time.Second, 90, 130, 65535 * time.Second},
	} {
		t.Run(tt.timer.String(), func(t *testing.T) {
			// bgpd, as measured: a second after it is told it dials, and is refused.
			launched := time.Now()
			d := &dial{since: launched}
			dialed := launched // last
			told := 0
			now := launched
			for range 200_000 {
				now = now.Add(d.look(now))
				n := dialing{State: "Idle", Interval: int64(tt.timer / time.Second)}
				if !now.Before(d.told.Add(time.Second)) {
					if !d.told.IsZero() {
						dialed = d.told.Add(time.Second)
					}
					n.State, n.Due = "Active", max(0, tt.timer-now.Sub(dialed)).Milliseconds()
				}
				tell, over := d.next(n, now)
				if over {
					break
				}
				if tell {
					d.told = now
					told++
				}
			}
			if told < tt.min || told > tt.max {
				t.Errorf("dialed again %d times, want %d to %d", told, tt.min, tt.max)
			}
			if took := now.Sub(launched); took < tt.ends || took > tt.ends+2*time.Second {
				t.Errorf("it took %s, want %s", took, tt.ends)
			}
		})
	}
}

func TestTheConnectTimerIsSaidAsItIs(t *testing.T) {
	const running = "frr version 8.4.4\nrouter bgp 64512\n neighbor 192.0.2.1 remote-as 65001\n neighbor 192.0.2.1 timers connect 5\n" +
		" neighbor 192.0.2.2 remote-as 65001\n !\n address-family ipv4 unicast\n  neighbor 192.0.2.1 activate\n exit-address-family\nexit\n!\n" +
		"router bgp 64512 vrf red\n neighbor 192.0.2.2 timers connect 7\nexit\n"
	type answer struct {
		Line  string
		Found bool
	}
	tests := []struct {
		name     string
		instance string
		neighbor string
		want     answer
	}{
		{"one that is set", "router bgp 64512", "192.0.2.1", answer{"neighbor 192.0.2.1 timers connect 5", true}},
		{"one that is not", "router bgp 64512", "192.0.2.2", answer{"no neighbor 192.0.2.2 timers connect", true}},
		{"one of another VRF", "router bgp 64512 vrf red", "192.0.2.2", answer{"neighbor 192.0.2.2 timers connect 7", true}},
		{"none of an instance that is gone", "router bgp 64512 vrf blue", "192.0.2.2", answer{"no neighbor 192.0.2.2 timers connect", false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			line, found := connectLine(running, neighborID{tt.instance, tt.neighbor})
			if diff := cmp.Diff(tt.want, answer{line, found}); diff != "" {
				t.Errorf("connect timer (-want +got):\n%s", diff)
			}
		})
	}
}
