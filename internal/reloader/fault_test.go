package reloader

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/vty"
	"frr-speaker/internal/vty/vtytest"
)

// never is longer than any test.
const never = time.Hour

// fakeNode is a reloader beside fake daemons.
type fakeNode struct {
	t       *testing.T
	handoff handoff.Dir
	daemons map[string]*vtytest.Daemon
	logs    *logBuffer
	liar    func(handoff.Result) string // tells what is untrue in a result
}

// newFakeNode starts daemons and a reloader that does not supervise them. A daemon that does
// not answer for as long as hang counts as hung: on a busy machine any daemon may be slow.
func newFakeNode(t *testing.T, hang time.Duration) *fakeNode {
	t.Helper()
	run := t.TempDir()
	n := &fakeNode{t: t, handoff: handoff.Dir(t.TempDir()), daemons: map[string]*vtytest.Daemon{}, logs: &logBuffer{}}
	for _, name := range []string{"zebra", "staticd", "bfdd", "bgpd"} {
		n.daemons[name] = vtytest.Start(t, filepath.Join(run, name+".vty"))
	}
	r, err := New(Options{
		Handoff: n.handoff, RunDir: run, BinDir: "/nonexistent", Repair: true, HangTimeout: hang,
		Log: slog.New(slog.NewTextHandler(n.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("reloader ended with %v", err)
		}
		if t.Failed() {
			t.Logf("log of frr-reloader:\n%s", n.logs)
		}
	})
	t.Cleanup(stop)
	return n
}

func (n *fakeNode) publish(c text) handoff.Version {
	n.t.Helper()
	v, _, err := n.handoff.Publish([]byte(c.String()))
	if err != nil {
		n.t.Fatal(err)
	}
	return v
}

// result waits for a result, and checks that none on the way is untrue.
func (n *fakeNode) result(what string, ok func(handoff.Result) bool) handoff.Result {
	n.t.Helper()
	var last handoff.Result
	eventually(n.t, 30*time.Second, what, func() bool {
		r, err := n.handoff.ReadResult()
		last = r
		if err == nil && n.liar != nil {
			if lie := n.liar(r); lie != "" {
				n.t.Fatalf("status.json says what is not true: %s\n%s", lie, asJSON(r))
			}
		}
		return err == nil && ok(r)
	}, func() string { return asJSON(last) })
	return last
}

func (n *fakeNode) settled(v handoff.Version, want handoff.Outcome) handoff.Result {
	n.t.Helper()
	return n.result("outcome "+string(want), func(r handoff.Result) bool {
		return r.Desired == v && r.Phase == handoff.PhaseIdle && r.Outcome == want
	})
}

func TestFaultsOfTheSocketAreSurvived(t *testing.T) {
	t.Parallel()
	const network = "network 198.51.100.1/32 route-map origin-7"
	tests := []struct {
		name, line string
		fault      vtytest.Fault
	}{
		{"bgpd hangs at a line", network, vtytest.Hang},
		{"bgpd answers a line with garbage", network, vtytest.Garbage},
		{"bgpd closes the connection at a line", network, vtytest.Vanish},
		{"bgpd answers a line without end", network, vtytest.Huge},
		{"bgpd answers half", network, vtytest.Partial},
		{"bgpd says more than it was asked", network, vtytest.Babble},
		{"bgpd hangs when it is read back", "show running-config", vtytest.Hang},
		{"bgpd is cut off while it is read back", "show running-config", vtytest.Partial},
		{"bgpd hangs on entering configuration mode", "configure terminal", vtytest.Hang},
		{"bgpd answers byte by byte", network, vtytest.Dribble},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := newFakeNode(t, time.Second)
			c := text{peer: "192.0.2.2", prefixes: prefixes(3)}
			good := n.publish(c)
			n.settled(good, handoff.OutcomeApplied)
			bgpd := n.daemons["bgpd"]

			bgpd.Misbehave(tt.line, tt.fault)
			c.prefixes = append(c.prefixes, "198.51.100.1/32")
			faulty := true
			n.liar = func(r handoff.Result) string {
				if faulty && tt.fault != vtytest.Dribble && r.Desired != good && r.Running == r.Desired {
					return "it runs what it cannot be known to run"
				}
				if r.Outcome == handoff.OutcomeApplied && r.Running == r.Desired && r.Desired != good && !strings.Contains(bgpd.Running(), network) {
					return "it is applied"
				}
				return ""
			}
			v := n.publish(c)
			if tt.fault != vtytest.Dribble {
				n.settled(v, handoff.OutcomeFailed)
			}
			faulty = false
			bgpd.Misbehave(tt.line, vtytest.None)
			n.settled(v, handoff.OutcomeApplied)
			if got := bgpd.Running(); strings.Count(got, "  network ") != 4 {
				t.Errorf("bgpd runs\n%s", got)
			}
		})
	}
}

func TestADaemonThatComesBackEmptyIsGivenAll(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bgpd", "bfdd", "zebra"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newFakeNode(t, never)
			v := n.publish(text{peer: "192.0.2.2", prefixes: prefixes(50)})
			n.settled(v, handoff.OutcomeApplied)
			d := n.daemons[name]
			want := lines(d.Running())
			d.Stop()
			n.settled(v, handoff.OutcomeFailed)
			d.Reset()
			d.Listen(t)
			n.settled(v, handoff.OutcomeApplied)
			if got := lines(d.Running()); !slices.Equal(want, got) {
				t.Errorf("%s runs\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// lines are those of a text, sorted.
func lines(text string) []string {
	l := strings.Split(text, "\n")
	slices.Sort(l)
	return l
}

func TestNothingIsSaidWhenNothingChanges(t *testing.T) {
	t.Parallel()
	n := newFakeNode(t, never)
	v := n.publish(text{peer: "192.0.2.2", prefixes: prefixes(5)})
	n.settled(v, handoff.OutcomeApplied)
	configured := func() int {
		count := 0
		for _, d := range n.daemons {
			for _, line := range d.Heard() {
				if line == "configure terminal" {
					count++
				}
			}
		}
		return count
	}
	before := configured()
	reads := len(n.daemons["bgpd"].Heard())
	eventually(t, 30*time.Second, "drift looked for", func() bool { return len(n.daemons["bgpd"].Heard()) > reads+6 }, func() string { return "" })
	if after := configured(); after != before {
		t.Errorf("configuration mode was entered %d times for nothing", after-before)
	}
}

func TestRefusalsByWord(t *testing.T) {
	t.Parallel()
	const line = "neighbor 192.0.2.2 description x"
	tests := []struct {
		name  string
		reply vty.Reply
	}{
		{"with a status", vty.Reply{Text: "% Invalid value\n", Status: vty.StatusConfigFailed}},
		{"with status 0", vty.Reply{Text: "% [BGP] Argument form is unsupported or malformed.\n"}},
		{"with a status and no word", vty.Reply{Status: vty.StatusNoMatch}},
		{"quoting a password", vty.Reply{Text: "% Unknown command: neighbor 192.0.2.2 password hunter2\n", Status: vty.StatusNoMatch}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := newFakeNode(t, never)
			c := text{peer: "192.0.2.2", prefixes: prefixes(3)}
			n.settled(n.publish(c), handoff.OutcomeApplied)
			before := n.daemons["bgpd"].Running()
			n.daemons["bgpd"].Answer(line, tt.reply)
			c.raw = "router bgp 64512\n " + line
			v := n.publish(c)
			r := n.settled(v, handoff.OutcomePartial)
			if len(r.Failures) != 1 || r.Failures[0].Line != line || r.Failures[0].Object != "bgpextras" || r.Failures[0].Daemon != "bgpd" {
				t.Errorf("failures %s", asJSON(r.Failures))
			}
			if after := n.daemons["bgpd"].Running(); after != before {
				t.Errorf("bgpd was left with\n%s\nwant\n%s", after, before)
			}
			if strings.Contains(asJSON(r)+n.logs.String(), "hunter2") {
				t.Error("a password is in the result or the log")
			}
		})
	}
}

func TestAnOpenerThatIsRefusedSkipsNothingSilently(t *testing.T) {
	t.Parallel()
	n := newFakeNode(t, never)
	n.daemons["bgpd"].Answer("router bgp 64512", vty.Reply{Text: "BGP is already running; AS is 65000\n", Status: vty.StatusConfigFailed})
	v := n.publish(text{peer: "192.0.2.2", prefixes: prefixes(3)})
	r := n.settled(v, handoff.OutcomeRolledBack)
	if len(r.Failures) == 0 || r.Failures[0].Line != "router bgp 64512" || !strings.Contains(r.Failures[0].Message, "AS is 65000") {
		t.Errorf("failures %s", asJSON(r.Failures))
	}
	for _, line := range n.daemons["bgpd"].Heard() {
		if strings.HasPrefix(line, "neighbor ") || strings.HasPrefix(line, "network ") {
			t.Errorf("%q was said outside of its block", line)
		}
	}
}
