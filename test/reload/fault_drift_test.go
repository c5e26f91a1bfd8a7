package reload

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
)

// driftBound is how soon a change by hand is noticed, on a machine that has time.
const driftBound = 5 * time.Second

// handChange is something that a person does in vtysh.
type handChange struct {
	name      string
	commands  []string // from configuration mode on
	daemon    string   // that alone is told, not as vtysh does; "": all that have to do with it
	reported  string   // beginning of a line that the log names
	withdraws netip.Prefix
	versions  []lab.FRRVersion // nil: all
}

var handChanges = []handChange{
	{name: "a route is removed", commands: []string{"router bgp", "address-family ipv4 unicast", "no network 10.1.1.0/32"}, reported: "network 10.1.1.0/32", withdraws: host4(1, 0)},
	{name: "a route is added", commands: []string{"router bgp", "address-family ipv4 unicast", "network 203.0.113.0/26"}, reported: "network 203.0.113.0/26"},
	{name: "a neighbor is added, with a password", commands: []string{"router bgp", "neighbor 203.0.113.77 remote-as 5", "neighbor 203.0.113.77 password " + handSecret}, reported: "neighbor 203.0.113.77 remote-as 5"},
	{name: "the timers of a neighbor change", commands: []string{"router bgp", "neighbor 192.0.2.1 timers 7 21"}, reported: "neighbor 192.0.2.1 timers 7 21"},
	// vtysh would tell zebra or mgmtd, too, where a route-map of this name means nothing.
	{name: "an outbound route-map gets an entry", daemon: "bgpd", commands: []string{"route-map 203.0.113.5-out deny 65535"}, reported: "route-map 203.0.113.5-out deny 65535"},
	{name: "a BFD profile changes", commands: []string{"bfd", "profile fast", "receive-interval 777"}, reported: "receive-interval 777"},
	{name: "a static route is removed", commands: []string{"no ip route 203.0.113.128/25 blackhole"}, reported: "ip route 203.0.113.128/25 blackhole"},
	// From FRR 9 on it is the default, and not shown.
	{name: "next hops are no longer resolved via the default route", commands: []string{"no ip nht resolve-via-default"}, reported: "ip nht resolve-via-default", versions: []lab.FRRVersion{lab.FRR8}},
}

// handSecret is a password that a person typed. It must not get into the log.
const handSecret = "hand-made-secret"

// TestChangesByHandAreRepaired: each is noticed within driftBound, reported with its line, and undone.
func TestChangesByHandAreRepaired(t *testing.T) {
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		r := newRig(t, v, rigOptions{})
		var faults []fault
		for _, h := range handChanges {
			if h.versions == nil || slices.Contains(h.versions, v) {
				faults = append(faults, fault{name: h.name, calm: true, lag: driftBound, strike: h.strike})
			}
		}
		strikeAll(t, r, faults)
		log, err := os.ReadFile(r.node.LogFile("frr-reloader"))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range handChanges {
			if h.versions == nil && !strings.Contains(string(log), `"line":"`+h.reported) {
				t.Errorf("%s: the log does not name %q", h.name, h.reported)
			}
		}
		if strings.Contains(string(log), handSecret) {
			t.Error("the log holds a password")
		}
	})
}

// strike makes the change and waits until it was noticed and undone.
func (h handChange) strike(ctx context.Context, s *scene) error {
	before, err := s.dir().ReadResult()
	if err != nil {
		return err
	}
	if h.withdraws.IsValid() {
		routes := s.past[0].bgp.Instances[0].Routes
		less := s.past[0].keepRoutes(func(n int) bool { return routes[n].Prefix != h.withdraws })
		s.past = append(s.past, at(less), s.past[0])
	}
	watch := lab.StartStopwatch()
	say := s.byHand
	if h.daemon != "" {
		say = func(ctx context.Context, commands []string) error {
			return s.node.Configure(ctx, h.daemon, commands...)
		}
	}
	if err := say(ctx, h.commands); err != nil {
		return err
	}
	err = lab.Eventually(ctx, usualBound, func() error {
		r, err := s.dir().ReadResult()
		if err == nil && (r.Counters.Drifts == before.Counters.Drifts || len(r.Drift) > 0) {
			err = fmt.Errorf("no drift was repaired: %+v", r)
		}
		return err
	})
	if took := watch.Elapsed(); err == nil && took > driftBound {
		err = fmt.Errorf("it took %s", took)
	}
	return err
}

// byHand says commands in vtysh, from configuration mode on.
func (r *rig) byHand(ctx context.Context, commands []string) error {
	all := append([]string{"configure terminal"}, commands...)
	_, err := r.node.VTYSH(ctx, all...)
	return err
}

// TestChangesByHandAreOnlyReported: with --drift=report they stay, and are said until they are taken back.
func TestChangesByHandAreOnlyReported(t *testing.T) {
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		r := newRig(t, v, rigOptions{args: []string{"--drift", "report"}})
		ctx := t.Context()
		s := plain(0)
		version := r.publish(t, s)
		if err := r.start(); err != nil {
			t.Fatal(err)
		}
		if err := awaitApplied(ctx, r.dir(), version); err != nil {
			t.Fatal(err)
		}
		if err := r.await(ctx, meaning(s), patience); err != nil {
			t.Fatal(err)
		}
		const hand, back = "neighbor 203.0.113.5 description a spare", "neighbor 203.0.113.5 description absent"
		if err := r.byHand(ctx, []string{"router bgp", hand}); err != nil {
			t.Fatal(err)
		}
		watch := lab.StartStopwatch()
		if err := r.verdict(ctx, func(r handoff.Result) bool { return says(r, hand, true) && says(r, back, false) }); err != nil {
			t.Fatal(err)
		}
		if took := watch.Elapsed(); took > driftBound {
			t.Errorf("it was reported after %s", took)
		}
		pause(ctx, driftBound) // two looks more
		text, err := running(ctx, r.node, "bgpd")
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(text, " "+hand+"\n"); n != 1 {
			t.Errorf("bgpd shows %q %d times, want it left as it is", hand, n)
		}
		if err := r.byHand(ctx, []string{"router bgp", back}); err != nil {
			t.Fatal(err)
		}
		if err := r.verdict(ctx, func(r handoff.Result) bool { return len(r.Drift) == 0 && r.Counters.Drifts == 1 }); err != nil {
			t.Error(err)
		}
	})
}

func says(r handoff.Result, line string, extra bool) bool {
	for _, d := range r.Drift {
		if d.Line == line && d.Extra == extra && d.Daemon == "bgpd" {
			return true
		}
	}
	return false
}
