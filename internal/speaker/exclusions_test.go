package speaker

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"frr-speaker/internal/l2"
)

// exclusionsInUse is what was applied last, and what was logged.
type exclusionsInUse struct {
	mu   sync.Mutex // guards both
	list l2.Exclusions
	log  bytes.Buffer
}

func (u *exclusionsInUse) apply(e l2.Exclusions) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.list = e
}

func (u *exclusionsInUse) Write(p []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.log.Write(p)
}

// await waits until a condition holds.
func (u *exclusionsInUse) await(t *testing.T, what string, holds func(l2.Exclusions, string) bool) {
	t.Helper()
	const patience = time.Minute // for what takes milliseconds on an idle machine
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		u.mu.Lock()
		ok := holds(u.list, u.log.String())
		u.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%s: not within %v; log: %s", what, patience, u.log.String())
		case <-tick.C:
		}
	}
}

func TestTheListOfInterfacesToExcludeIsFollowed(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "excludel2.yaml")
	var used exclusionsInUse
	e := &Exclusions{File: file, Apply: used.apply, Log: slog.New(slog.NewTextHandler(&used, nil))}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	}()

	excludes := func(name string, want bool) func(l2.Exclusions, string) bool {
		return func(list l2.Exclusions, _ string) bool { return list.Match(name) == want }
	}
	used.await(t, "without a file the default list holds", excludes("docker0", true))

	write(t, file, "announcedInterfacesToExclude: [^eth7]\n")
	used.await(t, "a file that comes later is used", excludes("eth7", true))
	used.await(t, "it replaces the default list", excludes("docker0", false))

	write(t, file, "announcedInterfacesToExclude: [(]\n")
	used.await(t, "a bad expression is said", func(list l2.Exclusions, log string) bool {
		return strings.Contains(log, `announcedInterfacesToExclude[0]`) && list.Match("eth7")
	})

	write(t, file, "announcedInterfacesToExclude: [^eth8]\n")
	used.await(t, "a corrected file is used", excludes("eth8", true))

	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	used.await(t, "when the file goes the default list holds again", excludes("docker0", true))
}

// write exchanges a file, as the kubelet does.
func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}
