package objects

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"frr-speaker/internal/intent"
)

// patience is how long a test waits for what takes milliseconds on an idle machine.
const patience = 20 * time.Second

// run follows a directory until the test ends. Only the watch finds changes.
func run(t *testing.T, dir string) *Source {
	t.Helper()
	s := NewSource(dir, Options{})
	s.interval = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return s
}

// await waits for a poke after which ok holds. It fails on a snapshot that never may be.
func await(t *testing.T, s *Source, what string, ok func(services []string, problems []intent.Problem, complete bool) bool) time.Duration {
	t.Helper()
	begin := time.Now()
	deadline := time.After(patience)
	for {
		objs, problems, complete := s.Snapshot()
		names := namesOf(objs.Services)
		if ok(names, problems, complete) {
			return time.Since(begin)
		}
		select {
		case <-s.Changed():
		case <-deadline:
			t.Fatalf("waited for %s; there are services %v, problems %v, complete %t", what, names, problems, complete)
		}
	}
}

// services is a condition of await: these, without problems.
func services(want ...string) func([]string, []intent.Problem, bool) bool {
	return func(got []string, problems []intent.Problem, complete bool) bool {
		return complete && len(problems) == 0 && slices.Equal(got, want)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func TestASourceFollowsItsDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "objects")
	s := run(t, dir)
	await(t, s, "a problem and no objects", func(_ []string, problems []intent.Problem, complete bool) bool {
		return !complete && len(problems) == 1 && problems[0].Object == intent.Ref{Kind: "Directory", Name: dir}
	})

	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	x := filepath.Join(dir, "x.yaml")
	put(t, x, named("a"))
	await(t, s, "the directory to appear", services("a"))

	put(t, filepath.Join(dir, ".new"), named("a")+"---\n"+named("b"))
	rename(t, filepath.Join(dir, ".new"), x)
	t.Logf("a rename is told of after %v", await(t, s, "a file renamed into place", services("a", "b")))

	put(t, x, named("a")+"---\n"+named("b")+"---\n"+named("c"))
	t.Logf("a write is told of after %v", await(t, s, "a file written in place", services("a", "b", "c")))

	put(t, x, named("c"))
	t.Logf("a loss is told of after %v", await(t, s, "a file written in place with fewer objects", services("c")))

	put(t, x, "a: [\n")
	await(t, s, "a complaint", func(got []string, problems []intent.Problem, _ bool) bool {
		return len(problems) == 1 && slices.Equal(got, []string{"c"})
	})
	put(t, x, named("c")+"---\n"+named("d"))
	await(t, s, "the file to be mended", services("c", "d"))

	put(t, filepath.Join(dir, "y.yaml"), named("e"))
	await(t, s, "another file", services("c", "d", "e"))
	if err := os.Remove(filepath.Join(dir, "y.yaml")); err != nil {
		t.Fatal(err)
	}
	await(t, s, "a file to be removed", services("c", "d"))

	rename(t, dir, dir+"-away")
	await(t, s, "a complaint about the directory", func(got []string, problems []intent.Problem, complete bool) bool {
		return complete && len(problems) == 1 && slices.Equal(got, []string{"c", "d"})
	})
	rename(t, dir+"-away", dir)
	await(t, s, "the directory to return", services("c", "d"))
	put(t, x, named("c")+"---\n"+named("d")+"---\n"+named("f"))
	await(t, s, "a change in the returned directory", services("c", "d", "f"))
}

func TestASourceFollowsASwapOfLinks(t *testing.T) {
	dir := t.TempDir()
	swap := func(version, text string) {
		t.Helper()
		if err := os.Mkdir(filepath.Join(dir, version), 0o755); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, version, "x.yaml"), text)
		if err := os.Symlink(version, filepath.Join(dir, "..tmp")); err != nil {
			t.Fatal(err)
		}
		rename(t, filepath.Join(dir, "..tmp"), filepath.Join(dir, "..data"))
	}
	swap("..1", named("a")+"---\n"+named("b"))
	if err := os.Symlink(filepath.Join("..data", "x.yaml"), filepath.Join(dir, "x.yaml")); err != nil {
		t.Fatal(err)
	}
	s := run(t, dir)
	await(t, s, "the first version", services("a", "b"))
	swap("..2", named("c"))
	t.Logf("a swap is told of after %v", await(t, s, "the second version", services("c")))
}

func TestASourceFollowsTheNameOfItsDirectory(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "objects")
	for version, text := range map[string]string{"1": named("a"), "2": named("b")} {
		if err := os.Mkdir(filepath.Join(parent, version), 0o755); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(parent, version, "x.yaml"), text)
	}
	link := func(version string) {
		t.Helper()
		if err := os.Symlink(version, dir+".tmp"); err != nil {
			t.Fatal(err)
		}
		rename(t, dir+".tmp", dir)
	}
	link("1")
	s := run(t, dir)
	await(t, s, "the first directory", services("a"))
	link("2")
	await(t, s, "the second directory", services("b"))
	put(t, filepath.Join(dir, "x.yaml"), named("b")+"---\n"+named("c"))
	await(t, s, "a change in the second directory", services("b", "c"))
}

func TestASlowWriterIsNeverSeenHalfway(t *testing.T) {
	dir := t.TempDir()
	x := filepath.Join(dir, "x.yaml")
	before, after := []string{"a", "b", "c"}, []string{"a", "b", "d"}
	text := func(names []string) string {
		return named(names[0]) + "---\n" + named(names[1]) + "---\n" + named(names[2])
	}
	put(t, x, text(before))
	s := run(t, dir)
	await(t, s, "the file", services(before...))
	deadline := time.Now().Add(8 * patience)
	for rounds := 0; rounds < 5; {
		half, slowest, took := writeSlowly(t, s, x, text(after), before)
		switch {
		case slowest < settleTime/2 && took < settleLimit/2:
			if half != "" {
				t.Fatalf("round %d, with %v from byte to byte at most: %s", rounds, slowest, half)
			}
			rounds++
		case time.Now().After(deadline):
			t.Fatalf("the machine is too busy to write without a rest: %d rounds of 5", rounds)
		default: // the writer was kept waiting, and what it had left half done may be believed
		}
		await(t, s, "the whole file", services(after...))
		before, after = after, before
	}
}

// writeSlowly writes a file in place, byte by byte. It returns what was seen before the end
// other than what was there before, how long one byte came after another, and all took.
func writeSlowly(t *testing.T, s *Source, path, text string, before []string) (half string, slowest, took time.Duration) {
	t.Helper()
	began := time.Now()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	pace := time.NewTicker(settleTime / 20)
	defer pace.Stop()
	last := began
	for i := range text {
		if i%16 == 0 {
			<-pace.C
		}
		if objs, problems, _ := s.Snapshot(); half == "" && (!slices.Equal(namesOf(objs.Services), before) || len(problems) > 0) {
			half = fmt.Sprintf("services %v and problems %v after %d bytes of %d", namesOf(objs.Services), problems, i, len(text))
		}
		if _, err := f.WriteString(text[i : i+1]); err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		slowest, last = max(slowest, now.Sub(last)), now
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return half, slowest, time.Since(began)
}

func namesOf(list []*corev1.Service) []string {
	var names []string
	for _, x := range list {
		names = append(names, x.Name)
	}
	return names
}

func TestWithoutAWatchTheIntervalFindsChanges(t *testing.T) {
	w := &watch{hints: hints{blind: true}}
	if !w.wait(t.Context(), time.Millisecond) {
		t.Error("the interval is taken for the end")
	}
	for range 2 {
		if !w.take().blind {
			t.Error("a file may have been written that nobody told of")
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if w.wait(ended, time.Hour) {
		t.Error("the end is taken for an event")
	}
}

func TestSourceKnowsWhenItSawWhatIsNew(t *testing.T) {
	dir := t.TempDir()
	began := time.Now()
	if err := os.WriteFile(filepath.Join(dir, "web.yaml"), []byte("{apiVersion: v1, kind: Service, metadata: {name: web}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := run(t, dir)
	await(t, s, "the service", services("web"))
	if oldest := s.Oldest(); oldest.Before(began) || time.Since(oldest) < 0 {
		t.Errorf("the change was seen at %v, not since %v", oldest, began)
	}
	s.Snapshot()
	if oldest := s.Oldest(); !oldest.IsZero() {
		t.Errorf("a snapshot without news has some of %v", oldest)
	}
}
