package reloader

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/handoff"
)

func TestBackoffDoublesUpToItsLimit(t *testing.T) {
	t.Parallel()
	b := backoff{min: time.Second, max: 5 * time.Second}
	var got []time.Duration
	for range 5 {
		got = append(got, b.step())
	}
	b.reset()
	got = append(got, b.step())
	want := []time.Duration{1 * time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second, 5 * time.Second, 1 * time.Second}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
}

func TestPathspace(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, run, want string }{
		{"the default directory needs no name", "/var/run/frr", ""},
		{"nor under another spelling", "/var/run/frr/", ""},
		{"one right below it has its own", "/var/run/frr/blue", "blue"},
		{"any other gets one of its path", "/srv/a", pathspace("/srv/a/")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := pathspace(tt.run); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	if a, b := pathspace("/srv/a"), pathspace("/srv/b"); a == b || strings.ContainsRune(a, '/') {
		t.Errorf("%q and %q for two directories", a, b)
	}
}

func TestParseStat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, line  string
		pid, parent int
		state       byte
	}{
		{"a plain name", "12 (bgpd) Z 1 12 12 0 -1", 12, 1, 'Z'},
		{"a name with a parenthesis and a space", "12 (a) S 7 (b) R 3 12", 12, 3, 'R'},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pid, state, parent, err := parseStat([]byte(tt.line))
			if err != nil || pid != tt.pid || state != tt.state || parent != tt.parent {
				t.Errorf("%d %c %d, %v", pid, state, parent, err)
			}
		})
	}
	for _, line := range []string{"", "12", "12 (a", "12 (a)", "x (a) Z 1"} {
		if _, _, _, err := parseStat([]byte(line)); err == nil {
			t.Errorf("%q was read", line)
		}
	}
}

func TestOrphansAreReapedAndChildrenAreNot(t *testing.T) {
	t.Parallel()
	procs := newChildren()
	orphan, err := syscall.ForkExec("/bin/true", []string{"true"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	child, err := syscall.ForkExec("/bin/true", []string{"true"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	procs.pids[child] = true
	o := orphans{children: only{procs, map[int]bool{orphan: true, child: true}}}
	eventually(t, 10*time.Second, "orphan reaped", func() bool {
		o.reap()
		return syscall.Kill(orphan, 0) == syscall.ESRCH
	}, func() string { return "still there" })
	if _, err := syscall.Wait4(child, nil, 0, nil); err != nil {
		t.Errorf("the child was reaped by somebody else: %v", err)
	}
}

// only keeps the hands of a reaper off the children of other tests.
type only struct {
	*children
	mine map[int]bool
}

func (o only) has(pid int) bool { return !o.mine[pid] || o.children.has(pid) }

func TestRelayTurnsOutputIntoLogEntries(t *testing.T) {
	t.Parallel()
	out := &logBuffer{}
	log := slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	in := "2026/11/24 23:49:19 BGP: [T83RR-8SM5G] bgpd 8.4.4 starting\n\n2026/11/24 23:49:19.123456 BGP: with microseconds\n" +
		"neighbor 192.0.2.1 password hunter2\n" + strings.Repeat("x", maxLogLine+10) + "\nno newline"
	relay(io.NopCloser(strings.NewReader(in)), log)
	want := "level=INFO msg=\"frr: BGP: [T83RR-8SM5G] bgpd 8.4.4 starting\"\n" +
		"level=INFO msg=\"frr: BGP: with microseconds\"\n" +
		"level=INFO msg=\"frr: neighbor 192.0.2.1 password [redacted]\"\n" +
		"level=INFO msg=\"frr: " + strings.Repeat("x", maxLogLine) + "\"\n" +
		"level=INFO msg=\"frr: xxxxxxxxxx\"\n" +
		"level=INFO msg=\"frr: no newline\"\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

// pass lets time pass in a bubble, and what is due then be done.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// statusFile remembers what was written, the failed attempts too.
type statusFile struct {
	mu      sync.Mutex // guards all
	written []handoff.Result
	failure error
}

func (f *statusFile) write(r handoff.Result) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.written = append(f.written, r)
	return f.failure
}

func (f *statusFile) all() []handoff.Result {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.written)
}

func (f *statusFile) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failure = err
}

func TestBoardWritesChangesAndRefreshes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &statusFile{}
		b := newBoard(f.write, quiet())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- b.Run(ctx) }()
		pass(time.Second)
		if written := f.all(); len(written) != 1 || written[0].Phase != handoff.PhaseStarting || !written[0].Updated.Equal(time.Now().Add(-time.Second)) {
			t.Fatalf("written at first: %+v", written)
		}
		for range 100 {
			b.count(func(c *handoff.Counters) { c.Applied++ })
		}
		pass(time.Second)
		written := f.all()
		if last := written[len(written)-1]; last.Counters.Applied != 100 || len(written) > 3 {
			t.Errorf("%d writes, the last with %d, want at most 3, and 100", len(written), last.Counters.Applied)
		}
		n := len(written)
		pass(handoff.RefreshInterval)
		if len(f.all()) == n {
			t.Error("no refresh within the promised interval")
		}
		f.fail(errors.New("no space left on device"))
		b.daemon("bgpd", func(d *handoff.Daemon) { d.State = stateUp })
		pass(time.Second)
		f.fail(nil)
		pass(handoff.RefreshInterval)
		written = f.all()
		if last := written[len(written)-1]; len(last.Daemons) != 1 || last.Daemons[0].State != stateUp {
			t.Errorf("after the disk was full: %+v", last)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestSinceIsWhenTheOutcomeChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(nil, nil)
		time.Sleep(time.Second)
		b.update(func(r *handoff.Result) { r.Outcome = handoff.OutcomeApplied })
		at := b.snapshot().Since
		time.Sleep(time.Second)
		b.update(func(r *handoff.Result) { r.Outcome, r.FRRVersion = handoff.OutcomeApplied, "8.4.4" })
		if got := b.snapshot().Since; !got.Equal(at) || at.Add(time.Second) != time.Now() {
			t.Errorf("since %s, want %s", got, at)
		}
	})
}

func TestKeeperWritesTheLatestOnce(t *testing.T) {
	t.Parallel()
	d := handoff.Dir(t.TempDir())
	k := newKeeper(d.WriteLastGood, quiet())
	ctx, cancel := context.WithCancel(t.Context())
	k.keep(&target{version: handoff.Version{Generation: 1, Digest: "a"}, body: []byte("one\n")})
	k.keep(&target{version: handoff.Version{Generation: 2, Digest: "b"}, body: []byte("two\n")})
	cancel()
	if err := k.Run(ctx); err != nil {
		t.Fatal(err)
	}
	text, err := d.ReadLastGood()
	if err != nil || text.Generation != 2 || string(text.Body) != "two\n" {
		t.Errorf("%+v %q, %v", text.Version, text.Body, err)
	}
}

func TestKeeperTriesAgainAfterAFailure(t *testing.T) {
	t.Parallel()
	var written []int64
	failure := errors.New("no space left on device")
	k := newKeeper(func(generation int64, _ []byte) error {
		written = append(written, generation)
		return failure
	}, quiet())
	one := &target{version: handoff.Version{Generation: 1, Digest: "a"}}
	k.keep(one)
	k.flush()
	failure = nil
	k.flush() // as the timer does
	k.keep(one)
	k.flush()
	if diff := cmp.Diff([]int64{1, 1}, written); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

func TestAdoptIgnoresWhatIsNotTheDaemon(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{"gone": "999999999\n", "other": "1\n", "text": "bgpd\n", "empty": ""} {
		if err := os.WriteFile(filepath.Join(dir, name+".pid"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if p := adoptProcess(name, dir); p != nil {
			t.Errorf("%s: adopted process %d", name, p.pid)
		}
	}
	if p := adoptProcess("absent", dir); p != nil {
		t.Errorf("adopted process %d without a pid file", p.pid)
	}
}
