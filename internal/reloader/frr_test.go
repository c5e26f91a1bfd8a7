package reloader

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"frr-speaker/internal/handoff"
)

// within is how long a route may take to the router in these tests; the exact bounds are those of the benchmarks.
const within = 30 * time.Second

func TestStartApplyChangeStop(t *testing.T) {
	n := newNode(t)
	c := text{peer: n.router.addr, prefixes: prefixes(10)}
	v := n.publish(c.String())
	begin := time.Now()
	n.start()
	r := n.settled(v, handoff.OutcomeApplied)
	t.Logf("applied %s after start: %v", time.Since(begin), asJSON(r.Durations))
	n.router.has(c.prefixes...)
	t.Logf("routes at the router %s after start", time.Since(begin))
	if r.Running != v {
		t.Errorf("running %+v, want %+v", r.Running, v)
	}

	c.prefixes = append(c.prefixes, "198.51.100.1/32")
	begin = time.Now()
	v = n.publish(c.String())
	r = n.settled(v, handoff.OutcomeApplied)
	t.Logf("one prefix more applied after %s: %v", time.Since(begin), asJSON(r.Durations))
	n.router.has(c.prefixes...)
	t.Logf("... and at the router after %s", time.Since(begin))
	n.result("session established", func(r handoff.Result) bool {
		return len(r.Sessions) == 1 && r.Sessions[0].State == "Established" && r.Sessions[0].PrefixSent == 11 && r.FRRVersion != ""
	})
	if d := n.router.drops(); d != 0 {
		t.Errorf("the session dropped %d times", d)
	}

	pids := map[string]int{}
	for _, d := range r.Daemons {
		pids[d.Name] = d.PID
	}
	begin = time.Now()
	n.stop()
	t.Logf("stopped in %s", time.Since(begin))
	for name, pid := range pids {
		if lives(pid) {
			t.Errorf("%s still runs", name)
		}
	}
	if len(pids) < 4 {
		t.Errorf("daemons %v, want all", pids)
	}
	logs := n.logs.String()
	if strings.Index(logs, "stopping a daemon\" daemon=bgpd") > strings.Index(logs, "stopping a daemon\" daemon=zebra") {
		t.Error("zebra was stopped before bgpd")
	}
}

func TestAnotherClassReachesTheRouterAtOnce(t *testing.T) {
	n := newNode(t)
	c := text{peer: n.router.addr, prefixes: prefixes(50)}
	v := n.publish(c.String())
	n.start()
	n.settled(v, handoff.OutcomeApplied)
	n.router.has(c.prefixes...)
	for class := 20; class < 25; class++ {
		c.class, c.med = class, class
		begin := time.Now()
		v := n.publish(c.String())
		eventually(t, within, "new attributes at the router", func() bool {
			return n.router.metrics() == fmt.Sprintf("map[%d:50]", class)
		}, func() string { return n.router.metrics() })
		t.Logf("50 prefixes in another class, at the router after %s", time.Since(begin))
		n.settled(v, handoff.OutcomeApplied)
	}
	if strings.Contains(n.running("bgpd"), "origin-7") {
		t.Error("an old class is left behind")
	}
	if d := n.router.drops(); d != 0 {
		t.Errorf("the session dropped %d times", d)
	}
}

func TestKilledDaemonsGetTheirConfiguration(t *testing.T) {
	for _, daemon := range []string{"bgpd", "zebra", "bfdd", "staticd"} {
		t.Run(daemon, func(t *testing.T) {
			n := newNode(t)
			c := text{peer: n.router.addr, prefixes: prefixes(100)}
			v := n.publish(c.String())
			n.start()
			n.settled(v, handoff.OutcomeApplied)
			n.router.has(c.prefixes...)
			want := map[string]string{"bgpd": n.running("bgpd"), "zebra": n.running("zebra"), "bfdd": n.running("bfdd")}

			old := n.pid(daemon)
			begin := time.Now()
			n.signal(daemon, syscall.SIGKILL)
			n.result("restart", func(r handoff.Result) bool {
				for _, d := range r.Daemons {
					if d.Name == daemon && d.State == "up" && d.PID != old && d.PID != 0 && d.Restarts == 1 {
						return r.Outcome == handoff.OutcomeApplied && r.Running == v && r.Phase == handoff.PhaseIdle
					}
				}
				return false
			})
			t.Logf("configured again %s after the kill", time.Since(begin))
			n.router.has(c.prefixes...)
			t.Logf("routes back %s after the kill", time.Since(begin))
			for name, text := range want {
				if got := n.running(name); got != text {
					t.Errorf("%s runs\n%s\nwant\n%s", name, got, text)
				}
			}
		})
	}
}

func TestDriftIsRepaired(t *testing.T) {
	n := newNode(t)
	c := text{peer: n.router.addr, prefixes: prefixes(3)}
	v := n.publish(c.String())
	n.start()
	n.settled(v, handoff.OutcomeApplied)
	n.router.has(c.prefixes...)
	want := n.running("bgpd")

	begin := time.Now()
	n.tell("bgpd", "router bgp 64512", "address-family ipv4 unicast", "no network "+c.prefixes[1], "network 203.0.113.0/24",
		"exit-address-family", "neighbor 203.0.113.5 remote-as 5", "neighbor 203.0.113.5 password hunter2")
	n.result("drift counted", func(r handoff.Result) bool { return r.Counters.Drifts == 1 })
	t.Logf("noticed after %s", time.Since(begin))
	n.result("drift repaired", func(r handoff.Result) bool { return len(r.Drift) == 0 })
	t.Logf("repaired after %s", time.Since(begin))
	if got := n.running("bgpd"); got != want {
		t.Errorf("bgpd runs\n%s\nwant\n%s", got, want)
	}
	n.router.has(c.prefixes...)
	logs := n.logs.String()
	if strings.Contains(logs, "hunter2") {
		t.Error("a password is in the log")
	}
	if !strings.Contains(logs, "network 203.0.113.0/24") {
		t.Error("the changed line is not in the log")
	}
}

func TestDriftIsOnlyReported(t *testing.T) {
	n := newNode(t)
	n.options.Repair = false
	c := text{peer: n.router.addr, prefixes: prefixes(3)}
	v := n.publish(c.String())
	n.start()
	n.settled(v, handoff.OutcomeApplied)
	n.tell("bgpd", "router bgp 64512", "address-family ipv4 unicast", "network 203.0.113.0/24")
	r := n.result("drift", func(r handoff.Result) bool { return len(r.Drift) > 0 })
	if len(r.Drift) != 1 || r.Drift[0].Line != "network 203.0.113.0/24" || !r.Drift[0].Extra || r.Drift[0].Daemon != "bgpd" {
		t.Errorf("drift %s", asJSON(r.Drift))
	}
	begin := n.logs.String()
	eventually(t, time.Minute, "two more looks", func() bool { return time.Since(r.Since) > 3*driftInterval }, func() string { return "" })
	if !strings.Contains(n.running("bgpd"), "network 203.0.113.0/24") {
		t.Error("the drift was repaired")
	}
	if now := n.logs.String(); strings.Count(now, "changed by somebody") != strings.Count(begin, "changed by somebody") {
		t.Error("the same drift was reported again")
	}
	n.tell("bgpd", "router bgp 64512", "address-family ipv4 unicast", "no network 203.0.113.0/24")
	n.result("drift gone", func(r handoff.Result) bool { return len(r.Drift) == 0 })
}

func TestLivingDaemonsAreAdopted(t *testing.T) {
	for _, supervise := range []bool{true, false} {
		t.Run(map[bool]string{true: "by a supervisor", false: "by one that does not supervise"}[supervise], func(t *testing.T) {
			n := newNode(t)
			c := text{peer: n.router.addr, prefixes: prefixes(10)}
			v := n.publish(c.String())
			cmd := n.startProcess()
			n.settled(v, handoff.OutcomeApplied)
			n.router.has(c.prefixes...)
			pid := n.pid("bgpd")
			if err := cmd.Kill(); err != nil {
				t.Fatal(err)
			}
			_, _ = cmd.Wait()
			if err := os.Remove(n.options.Handoff.Path(handoff.StatusFile)); err != nil {
				t.Fatal(err)
			}

			n.options.Supervise = supervise
			n.start()
			n.settled(v, handoff.OutcomeApplied)
			if got := n.pid("bgpd"); got != pid {
				t.Errorf("bgpd is process %d, was %d", got, pid)
			}
			if d := n.router.drops(); d != 0 {
				t.Errorf("the session dropped %d times", d)
			}
			c.prefixes = prefixes(11)
			n.settled(n.publish(c.String()), handoff.OutcomeApplied)
			n.router.has(c.prefixes...)
			n.stop()
			if alive := lives(pid); alive == supervise {
				t.Errorf("bgpd lives on: %t, supervised: %t", alive, supervise)
			}
		})
	}
}

// lives tells whether a process runs; one that ended and was not waited for yet does not.
func lives(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, _, err := parseStat(b)
	return err == nil && state != 'Z'
}

func TestLastGoodRunsBeforeSpeakerSaysAnything(t *testing.T) {
	n := newNode(t)
	c := text{peer: n.router.addr, prefixes: prefixes(4)}
	if err := n.options.Handoff.WriteLastGood(5, []byte(c.String())); err != nil {
		t.Fatal(err)
	}
	n.start()
	n.router.has(c.prefixes...)
	r := n.result("what runs", func(r handoff.Result) bool { return r.Running.Generation == 5 && r.Phase == handoff.PhaseIdle })
	if r.Outcome != handoff.OutcomeNone || r.Desired != (handoff.Version{}) {
		t.Errorf("result %s", asJSON(r))
	}
}

func TestLastGoodRunsWhenTheTextIsRefusedAtStart(t *testing.T) {
	n := newNode(t)
	c := text{peer: n.router.addr, prefixes: prefixes(4)}
	if err := n.options.Handoff.WriteLastGood(5, []byte(c.String())); err != nil {
		t.Fatal(err)
	}
	v := n.publish(strings.Replace(c.String(), "coalesce-time 0", "coalesce-time nonsense", 1))
	n.start()
	r := n.settled(v, handoff.OutcomeRefused)
	if r.Running.Generation != 5 {
		t.Errorf("running %+v, want generation 5", r.Running)
	}
	n.router.has(c.prefixes...)
}

func TestDamagedTextChangesNothing(t *testing.T) {
	n := newNode(t)
	c := text{peer: n.router.addr, prefixes: prefixes(4)}
	good := n.publish(c.String())
	n.start()
	n.settled(good, handoff.OutcomeApplied)
	path := n.options.Handoff.Path(handoff.ConfFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{"truncated": whole[:len(whole)/2], "empty": {}, "binary": {0, 1, 2, 3}} {
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		n.result(name+" text refused", func(r handoff.Result) bool {
			return r.Outcome == handoff.OutcomeRefused && r.Running == good
		})
		n.router.has(c.prefixes...)
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		n.settled(good, handoff.OutcomeApplied)
	}
	if d := n.router.drops(); d != 0 {
		t.Errorf("the session dropped %d times", d)
	}
}

func TestHungDaemonIsReportedAndRestarted(t *testing.T) {
	n := newNode(t)
	n.options.HangTimeout = 2 * time.Second
	c := text{peer: n.router.addr, prefixes: prefixes(4)}
	v := n.publish(c.String())
	n.start()
	n.settled(v, handoff.OutcomeApplied)
	old := n.pid("bgpd")
	n.signal("bgpd", syscall.SIGSTOP)
	n.result("hung", func(r handoff.Result) bool { return daemonState(r, "bgpd") == "hung" })
	eventually(t, time.Minute, "restart", func() bool {
		r, err := n.options.Handoff.ReadResult()
		return err == nil && daemonState(r, "bgpd") == "up" && r.Outcome == handoff.OutcomeApplied && r.Phase == handoff.PhaseIdle && n.pid("bgpd") != old
	}, func() string { return n.logs.String() })
	n.router.has(c.prefixes...)
}

func daemonState(r handoff.Result, name string) string {
	for _, d := range r.Daemons {
		if d.Name == name {
			return d.State
		}
	}
	return ""
}
