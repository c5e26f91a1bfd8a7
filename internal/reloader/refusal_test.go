package reloader

import (
	"os"
	"strings"
	"testing"

	"frr-speaker/internal/handoff"
)

func TestRefusedLineOfNobodyChangesNothing(t *testing.T) {
	n := newNode(t)
	c := text{peer: n.router.addr, prefixes: prefixes(3)}
	good := n.publish(c.String())
	n.start()
	n.settled(good, handoff.OutcomeApplied)
	n.router.has(c.prefixes...)
	before := n.running("bgpd")

	bad := strings.Replace(c.String(), "coalesce-time 0", "coalesce-time nonsense", 1)
	v := n.publish(bad)
	r := n.settled(v, handoff.OutcomeRefused)
	if len(r.Failures) != 1 || r.Failures[0].Line != "coalesce-time nonsense" || r.Failures[0].Phase != handoff.PhaseCheck ||
		r.Failures[0].Number != lineOf(t, n, "coalesce-time nonsense") || r.Failures[0].Message == "" {
		t.Errorf("failures %s", asJSON(r.Failures))
	}
	if r.Running != good {
		t.Errorf("running %+v, want %+v", r.Running, good)
	}
	if after := n.running("bgpd"); after != before {
		t.Errorf("bgpd was changed:\n%s", after)
	}
	if d := n.router.drops(); d != 0 {
		t.Errorf("the session dropped %d times", d)
	}
}

// lineOf is the number of a line in frr.conf.
func lineOf(t *testing.T, n *node, line string) int {
	t.Helper()
	b, err := os.ReadFile(n.options.Handoff.Path(handoff.ConfFile))
	if err != nil {
		t.Fatal(err)
	}
	for k, l := range strings.Split(string(b), "\n") {
		if strings.TrimSpace(l) == line {
			return k + 1
		}
	}
	t.Fatalf("no line %q", line)
	return 0
}

func TestRefusedLineAtApplyRollsBack(t *testing.T) {
	n := newNode(t)
	c := text{peer: n.router.addr, prefixes: prefixes(3)}
	good := n.publish(c.String())
	n.start()
	n.settled(good, handoff.OutcomeApplied)
	n.router.has(c.prefixes...)
	before, zebra := n.running("bgpd"), n.running("zebra")

	// zebra has no dry run: only applying tells.
	c.prefixes = append(c.prefixes, "198.51.100.1/32")
	bad := strings.Replace(c.String(), "ip nht resolve-via-default", "ip nht resolve-via-default nonsense", 1)
	v := n.publish(bad)
	r := n.settled(v, handoff.OutcomeRolledBack)
	if len(r.Failures) == 0 || r.Failures[0].Line != "ip nht resolve-via-default nonsense" || r.Failures[0].Phase != handoff.PhaseApply {
		t.Errorf("failures %s", asJSON(r.Failures))
	}
	if after := n.running("bgpd"); after != before {
		t.Errorf("bgpd was left changed:\n%s", after)
	}
	if after := n.running("zebra"); after != zebra {
		t.Errorf("zebra was left changed:\n%s", after)
	}
	if d := n.router.drops(); d != 0 {
		t.Errorf("the session dropped %d times", d)
	}

	v = n.publish(text{peer: n.router.addr, prefixes: c.prefixes}.String())
	n.settled(v, handoff.OutcomeApplied)
	n.router.has(c.prefixes...)
}

func TestBadPeerIsLeftOut(t *testing.T) {
	n := newNode(t)
	c := text{peer: n.router.addr, prefixes: prefixes(3)}
	n.publish(c.String())
	n.start()
	n.router.has(c.prefixes...)

	c.prefixes = prefixes(5)
	c.peers = []string{"tor-b 203.0.113.9 timers 5 hunter2"}
	v := n.publish(c.String())
	r := n.settled(v, handoff.OutcomePartial)
	if len(r.Failures) != 1 || r.Failures[0].Object != "BGPPeer tor-b" || !strings.Contains(r.Failures[0].Line, "timers 5") {
		t.Errorf("failures %s", asJSON(r.Failures))
	}
	n.router.has(c.prefixes...)
	if strings.Contains(n.running("bgpd"), "203.0.113.9") {
		t.Error("the bad peer runs")
	}
	if d := n.router.drops(); d != 0 {
		t.Errorf("the session dropped %d times", d)
	}
}

func TestBadPeerGoesOnAsItWas(t *testing.T) {
	n := newNode(t)
	c := text{peer: n.router.addr, prefixes: prefixes(3), peers: []string{"tor-b 203.0.113.9 timers 5 15"}}
	n.start()
	n.settled(n.publish(c.String()), handoff.OutcomeApplied)
	n.router.has(c.prefixes...)

	bad := c
	bad.prefixes = prefixes(5)
	bad.peers = []string{"tor-b 203.0.113.9 timers 5 hunter2"}
	keeps := func(what string, v handoff.Version) {
		t.Helper()
		r := n.settled(v, handoff.OutcomePartial)
		if len(r.Failures) != 1 || r.Failures[0].Object != "BGPPeer tor-b" || !strings.Contains(r.Failures[0].Message, "BGPPeer tor-b goes on as it was") {
			t.Errorf("%s: failures %s", what, asJSON(r.Failures))
		}
		n.router.has(bad.prefixes...)
		if running := n.running("bgpd"); !strings.Contains(running, "neighbor 203.0.113.9 timers 5 15\n") || !strings.Contains(running, "neighbor 203.0.113.9 route-map 203.0.113.9-out out\n") {
			t.Errorf("%s: the bad peer does not run as it did:\n%s", what, running)
		}
	}
	v := n.publish(bad.String())
	keeps("after the change", v)
	n.stop()
	if err := os.Remove(n.options.Handoff.Path(handoff.StatusFile)); err != nil { // of the one before
		t.Fatal(err)
	}
	n.start()
	keeps("after a restart", v)
	if d := n.router.drops(); d > 1 {
		t.Errorf("the session dropped %d times, once by the restart", d)
	}
	c.peers[0] = "tor-b 203.0.113.9 timers 5 20"
	n.settled(n.publish(c.String()), handoff.OutcomeApplied)
}

func TestBadSnippetIsLeftOut(t *testing.T) {
	tests := []struct{ name, raw, line string }{
		{"a line that nobody knows", "fnord 7", "fnord 7"},
		{"a value that FRR refuses with success", "route-map extra permit 10\n set local-preference 99999999999", "set local-preference 99999999999"},
		{"a batch that fails as a whole", "ip prefix-list extra seq 5 permit 10.0.0.0/8 ge 4", "ip prefix-list extra seq 5 permit 10.0.0.0/8 ge 4"},
		{"a neighbor that is not there", "router bgp 64512\n neighbor 203.0.113.77 timers 3 9", "neighbor 203.0.113.77 timers 3 9"},
		// FRR knows the line at top level: it leaves the block, and refuses the families of the text there.
		{"a line that leads out of the instance", "router bgp 64512\n allow-reserved-ranges", "address-family ipv4 unicast"},
		{"a line that leads out of the instance, and another", "router bgp 64512\n allow-reserved-ranges\n nonsense", "nonsense"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := newNode(t)
			c := text{peer: n.router.addr, prefixes: prefixes(3), raw: tt.raw}
			v := n.publish(c.String())
			n.start()
			r := n.settled(v, handoff.OutcomePartial)
			if len(r.Failures) == 0 || r.Failures[0].Object != "bgpextras" || r.Failures[0].Line != tt.line || r.Failures[0].Number != lineOf(t, n, tt.line) {
				t.Errorf("failures %s", asJSON(r.Failures))
			}
			n.router.has(c.prefixes...)
			if d := n.router.drops(); d != 0 {
				t.Errorf("the session dropped %d times", d)
			}
		})
	}
}

// What people add to an instance and its families, which the text has already.
func TestGoodSnippetRuns(t *testing.T) {
	const instance = "router bgp 64512\n "
	tests := []struct{ name, raw, runs string }{
		{
			"a neighbor in a family", instance + "neighbor 203.0.113.9 remote-as 65009\n address-family ipv4 unicast\n  neighbor 203.0.113.9 activate",
			"neighbor 203.0.113.9 activate",
		},
		{
			"a peer-group and its members",
			instance + "neighbor RR peer-group\n neighbor RR remote-as 64512\n neighbor 203.0.113.9 peer-group RR\n address-family ipv4 unicast\n  neighbor RR activate\n  neighbor RR next-hop-self",
			"neighbor RR next-hop-self",
		},
		{
			"dynamic neighbors",
			instance + "neighbor LEAF peer-group\n neighbor LEAF remote-as external\n bgp listen range 203.0.113.0/24 peer-group LEAF\n address-family ipv4 unicast\n  neighbor LEAF activate",
			"bgp listen range 203.0.113.0/24 peer-group LEAF",
		},
		{
			"another family", instance + "neighbor 203.0.113.9 remote-as 65009\n address-family ipv6 unicast\n  neighbor 203.0.113.9 activate\n  network 2001:db8:77::/48",
			"network 2001:db8:77::/48",
		},
		{
			"a filter for a neighbor of an object",
			"ip prefix-list extra seq 5 permit 198.51.100.0/24\nroute-map extra permit 10\n match ip address prefix-list extra\n" +
				instance + "address-family ipv4 unicast\n  neighbor PEER route-map extra in",
			"neighbor PEER route-map extra in",
		},
		{"graceful restart", instance + "bgp graceful-restart restart-time 60\n bgp graceful-restart", "bgp graceful-restart"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := newNode(t)
			c := text{peer: n.router.addr, prefixes: prefixes(3), raw: strings.ReplaceAll(tt.raw, "PEER", n.router.addr)}
			v := n.publish(c.String())
			n.start()
			if r := n.settled(v, handoff.OutcomeApplied); len(r.Failures) > 0 {
				t.Errorf("failures %s", asJSON(r.Failures))
			}
			if line, running := strings.ReplaceAll(tt.runs, "PEER", n.router.addr), n.running("bgpd"); !strings.Contains(running, line+"\n") {
				t.Errorf("%q does not run:\n%s", line, running)
			}
			n.router.has(c.prefixes...)
			c.raw = ""
			n.settled(n.publish(c.String()), handoff.OutcomeApplied)
			if d := n.router.drops(); d != 0 {
				t.Errorf("the session dropped %d times", d)
			}
		})
	}
}

// A line in words that FRR does not print is said once, stays reported, and goes with its snippet.
func TestOddSnippetStaysReported(t *testing.T) {
	n := newNode(t)
	c := text{peer: n.router.addr, prefixes: prefixes(3), raw: "ip prefix-list odd perm 10.0.0.0/8\nrouter bgp 64512\n neigh 203.0.113.9 remote 65009"}
	n.publish(c.String())
	n.start()
	reported := func(v handoff.Version) {
		t.Helper()
		r := n.settled(v, handoff.OutcomePartial)
		if len(r.Failures) == 0 || r.Failures[0].Object != "bgpextras" || r.Failures[0].Phase != handoff.PhaseVerify || r.Failures[0].Number == 0 {
			t.Errorf("failures %s", asJSON(r.Failures))
		}
	}
	n.router.has(c.prefixes...)
	c.prefixes = prefixes(4)
	v := n.publish(c.String())
	reported(v)
	n.router.has(c.prefixes...)
	eventually(t, within, "another attempt", func() bool { return strings.Count(n.logs.String(), "configuration partial") > 2 }, n.logs.String)
	reported(v)
	if said := strings.Count(n.running("bgpd"), " neighbor 203.0.113.9 "); said != 1 {
		t.Errorf("bgpd speaks %d times of the neighbor:\n%s", said, n.running("bgpd"))
	}

	c.raw = ""
	n.settled(n.publish(c.String()), handoff.OutcomeApplied)
	if strings.Contains(n.running("bgpd"), "203.0.113.9") || strings.Contains(n.running("bgpd"), "odd") {
		t.Errorf("the snippet is left behind:\n%s", n.running("bgpd"))
	}
	if logs := n.logs.String(); strings.Contains(logs, "FRR does not run what it should") {
		t.Error("it took more than one attempt to be rid of the snippet")
	}
	if d := n.router.drops(); d != 0 {
		t.Errorf("the session dropped %d times", d)
	}
}

// FRR takes a banner and has no "no" for it. That holds up nothing else.
func TestLineThatFRRKeepsHoldsUpNothing(t *testing.T) {
	n := newNode(t)
	c := text{peer: n.router.addr, prefixes: prefixes(3), raw: "banner motd line hello"}
	v := n.publish(c.String())
	n.start()
	n.settled(v, handoff.OutcomeApplied)
	n.router.has(c.prefixes...)

	c.raw, c.prefixes = "", prefixes(5)
	kept := func(object string) {
		t.Helper()
		r := n.settled(n.publish(c.String()), handoff.OutcomePartial)
		for _, f := range r.Failures {
			if f.Line != "banner motd line hello" || f.Phase != handoff.PhaseVerify || f.Object != object || f.Daemon == "" {
				t.Errorf("failure %s", asJSON(f))
			}
		}
		n.router.has(c.prefixes...)
	}
	kept("bgpextras")
	c.prefixes = prefixes(6)
	kept("bgpextras")
	n.stop()
	n.start() // with daemons that are new
	n.settled(n.publish(c.String()), handoff.OutcomeApplied)
	if strings.Contains(n.running("zebra"), "banner") {
		t.Error("the banner came back")
	}
}

func TestRefusalsWithoutADryRunLeaveNothingBehind(t *testing.T) {
	tests := []struct{ name, raw, line string }{
		{"an unknown line", "router bgp 64512\n fnord 7", "fnord 7"},
		{"a value that FRR refuses with success", "route-map extra permit 10\n set tag 1\n set local-preference 99999999999", "set local-preference 99999999999"},
		{
			"a transaction that fails as a whole",
			"route-map extra permit 10\n set tag 1\nip prefix-list extra seq 5 permit 10.0.0.0/8 ge 4\nip prefix-list extra seq 6 permit 10.0.0.0/8",
			"ip prefix-list extra seq 5 permit 10.0.0.0/8 ge 4",
		},
		{"a line refused in a transaction", "route-map extra permit 10\n set tag 1\nroute-map extra permit 99999\n set tag 2", "route-map extra permit 99999"},
		{"a neighbor that is not there", "router bgp 64512\n neighbor 203.0.113.77 timers 3 9", "neighbor 203.0.113.77 timers 3 9"},
	}
	n := newNode(t)
	n.unchecked = true
	c := text{peer: n.router.addr, prefixes: prefixes(3)}
	v := n.publish(c.String())
	n.start()
	n.settled(v, handoff.OutcomeApplied)
	n.router.has(c.prefixes...)
	before := n.running("bgpd")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bad := c
			bad.raw = tt.raw
			v := n.publish(bad.String())
			r := n.settled(v, handoff.OutcomePartial)
			if len(r.Failures) != 1 || r.Failures[0].Object != "bgpextras" || r.Failures[0].Line != tt.line || r.Failures[0].Phase != handoff.PhaseApply {
				t.Errorf("failures %s", asJSON(r.Failures))
			}
			if after := n.running("bgpd"); after != before {
				t.Errorf("bgpd was left with\n%s\nwant\n%s", after, before)
			}
			n.settled(n.publish(c.String()), handoff.OutcomeApplied)
		})
	}
	n.router.has(c.prefixes...)
	if d := n.router.drops(); d != 0 {
		t.Errorf("the session dropped %d times", d)
	}
}
