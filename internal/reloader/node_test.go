package reloader

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/vty"
)

// node is a frr-reloader with its FRR, in the namespace of the test process, and a router across a wire.
type node struct {
	t       *testing.T
	options Options
	logs    *logBuffer
	router  *router

	unchecked bool   // there are no dry runs
	stop      func() // ends the reloader and waits for it
}

// logBuffer keeps a log for when a test fails.
type logBuffer struct {
	mu sync.Mutex // guards b
	b  strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newNode prepares a node and starts nothing on it but its router.
func newNode(t *testing.T) *node {
	t.Helper()
	needFRR(t)
	dir := runnable(t)
	n := &node{t: t, logs: &logBuffer{}, router: newRouter(t)}
	n.options = Options{
		Handoff: handoff.Dir(t.TempDir()), RunDir: filepath.Join(dir, "run"), BinDir: frrBin,
		Supervise: true, Repair: true,
		Log: slog.New(slog.NewTextHandler(n.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of frr-reloader:\n%s", n.logs)
		}
		killDaemons(n.options.RunDir)
	})
	return n
}

// runnable is a directory that user frr may pass through, unlike t.TempDir.
func runnable(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "reloader-") //nolint:usetesting // user frr may not enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// killDaemons ends what a reloader that was killed left behind.
func killDaemons(run string) {
	for _, name := range []string{"mgmtd", "zebra", "staticd", "bfdd", "bgpd"} {
		if p := adoptProcess(name, run); p != nil {
			p.signal(syscall.SIGKILL)
			<-p.exited
		}
	}
}

// start runs a reloader until the test ends or stop is called.
func (n *node) start() {
	n.t.Helper()
	r, err := New(n.options)
	if err != nil {
		n.t.Fatal(err)
	}
	if n.unchecked {
		r.loop().checker.dry.bin = "/nonexistent"
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	n.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			n.t.Errorf("reloader ended with %v", err)
		}
	})
	n.t.Cleanup(n.stop)
}

func (r *Reloader) loop() *loop {
	for _, t := range r.tasks {
		if l, ok := t.(*loop); ok {
			return l
		}
	}
	return nil
}

func (n *node) publish(text string) handoff.Version {
	n.t.Helper()
	v, _, err := n.options.Handoff.Publish([]byte(text))
	if err != nil {
		n.t.Fatal(err)
	}
	return v
}

// result waits until status.json satisfies ok, and returns it.
func (n *node) result(what string, ok func(handoff.Result) bool) handoff.Result {
	n.t.Helper()
	var last handoff.Result
	eventually(n.t, time.Minute, what, func() bool {
		r, err := n.options.Handoff.ReadResult()
		last = r
		return err == nil && ok(r)
	}, func() string { return asJSON(last) })
	return last
}

// settled waits for the end of an attempt at a version.
func (n *node) settled(v handoff.Version, want handoff.Outcome) handoff.Result {
	n.t.Helper()
	return n.result(fmt.Sprintf("outcome %s of generation %d", want, v.Generation), func(r handoff.Result) bool {
		return r.Desired == v && r.Phase == handoff.PhaseIdle && r.Outcome == want
	})
}

func asJSON(v any) string {
	b, _ := json.MarshalIndent(v, "", " ")
	return string(b)
}

// running is what one daemon of the node prints as its configuration.
func (n *node) running(daemon string) string {
	n.t.Helper()
	return query(n.t, filepath.Join(n.options.RunDir, daemon+".vty"), "enable", "show running-config")
}

// tell is a person with vtysh.
func (n *node) tell(daemon string, lines ...string) {
	n.t.Helper()
	query(n.t, filepath.Join(n.options.RunDir, daemon+".vty"), append([]string{"enable", "configure terminal"}, lines...)...)
}

func (n *node) pid(daemon string) int {
	n.t.Helper()
	b, err := os.ReadFile(filepath.Join(n.options.RunDir, daemon+".pid"))
	if err != nil {
		n.t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		n.t.Fatal(err)
	}
	return pid
}

func (n *node) signal(daemon string, s syscall.Signal) {
	n.t.Helper()
	if err := syscall.Kill(n.pid(daemon), s); err != nil {
		n.t.Fatal(err)
	}
}

// query sends lines to a vty and returns the last reply.
func query(t *testing.T, socket string, lines ...string) string {
	t.Helper()
	c, err := vty.Dial(t.Context(), socket)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	text := ""
	for _, line := range lines {
		if text, err = c.Query(t.Context(), line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	return text
}

func eventually(t *testing.T, limit time.Duration, what string, ok func() bool, state func() string) {
	t.Helper()
	until := time.Now().Add(limit)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(until) {
			t.Fatalf("not within %s: %s; last seen:\n%s", limit, what, state())
		}
		<-tick.C
	}
}

// router is a BGP router of another organization, in a network namespace at the other end of a veth.
type router struct {
	t      *testing.T
	socket string
	local  string // address of the node on the wire
	addr   string // address of the router
}

func command(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// wires numbers the links, so that tests do not disturb each other.
var wires struct {
	sync.Mutex
	n int
}

func newRouter(t *testing.T) *router {
	t.Helper()
	wires.Lock()
	defer wires.Unlock()
	wires.n++
	ns := fmt.Sprintf("router%d-%d", os.Getpid(), wires.n) // one that a killed run left is in nobody's way
	here, there := fmt.Sprintf("here%d", wires.n), fmt.Sprintf("there%d", wires.n)
	r := &router{t: t, local: fmt.Sprintf("192.0.2.%d", 4*wires.n+1), addr: fmt.Sprintf("192.0.2.%d", 4*wires.n+2)}
	command(t, "ip", "link", "set", "lo", "up")
	command(t, "ip", "netns", "add", ns)
	t.Cleanup(func() { command(t, "ip", "netns", "del", ns) })
	command(t, "ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", ns)
	command(t, "ip", "address", "add", r.local+"/30", "dev", here)
	command(t, "ip", "link", "set", here, "up")
	command(t, "ip", "-n", ns, "address", "add", r.addr+"/30", "dev", there)
	command(t, "ip", "-n", ns, "link", "set", there, "up")
	r.run(ns)
	return r
}

func (r *router) run(ns string) {
	dir := runnable(r.t)
	if a, err := daemonAccount(); err != nil || a.own(dir) != nil {
		r.t.Fatalf("give the router its directory: %v", err)
	}
	r.socket = filepath.Join(dir, "bgpd.vty")
	cmd := exec.Command("ip", "netns", "exec", ns, filepath.Join(frrBin, "bgpd"), "-n", "-Z", "-f", os.DevNull,
		"--vty_socket", dir, "-i", filepath.Join(dir, "bgpd.pid"), "-P", "0", "--log", "stdout")
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	eventually(r.t, time.Minute, "router starts", func() bool {
		c, err := net.Dial("unix", r.socket)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, func() string { return "no socket" })
	query(r.t, r.socket, "enable", "configure terminal", "router bgp 65001", "bgp router-id "+r.addr, "no bgp ebgp-requires-policy",
		"neighbor "+r.local+" remote-as 64512", "neighbor "+r.local+" timers connect 1", "neighbor "+r.local+" passive")
}

// routes are the prefixes that the router has.
func (r *router) routes() map[string]bool {
	r.t.Helper()
	var table struct {
		Routes map[string]any `json:"routes"`
	}
	text := query(r.t, r.socket, "show bgp ipv4 unicast json")
	if err := json.Unmarshal([]byte(text), &table); err != nil {
		r.t.Fatalf("%v: %s", err, text)
	}
	out := map[string]bool{}
	for prefix := range table.Routes {
		out[prefix] = true
	}
	return out
}

// metrics counts the routes that the router has by their MED.
func (r *router) metrics() string {
	r.t.Helper()
	var table struct {
		Routes map[string][]struct {
			Metric int `json:"metric"`
		} `json:"routes"`
	}
	text := query(r.t, r.socket, "show bgp ipv4 unicast json")
	if err := json.Unmarshal([]byte(text), &table); err != nil {
		r.t.Fatalf("%v: %s", err, text)
	}
	count := map[int]int{}
	for _, paths := range table.Routes {
		for _, p := range paths {
			count[p.Metric]++
		}
	}
	return fmt.Sprint(count)
}

// has waits until the router has just these routes.
func (r *router) has(want ...string) {
	r.t.Helper()
	var last map[string]bool
	eventually(r.t, within, fmt.Sprintf("router has %q", want), func() bool {
		last = r.routes()
		for _, p := range want {
			if !last[p] {
				return false
			}
		}
		return len(last) == len(want)
	}, func() string { return fmt.Sprint(last) })
}

// drops counts how often the session with the node went down.
func (r *router) drops() int {
	r.t.Helper()
	list, err := parseSessions([]byte(query(r.t, r.socket, "show bgp vrf all neighbors json")), time.Now())
	if err != nil || len(list) != 1 {
		r.t.Fatalf("sessions of the router: %v, %v", list, err)
	}
	return list[0].Flaps
}
