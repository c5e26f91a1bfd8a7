package handoff_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"frr-speaker/internal/handoff"
)

// follow starts a watch and returns where its pokes arrive. The watch must end without an error.
func follow(t *testing.T, d handoff.Dir, interval time.Duration) <-chan struct{} {
	t.Helper()
	pokes := make(chan struct{}, 100)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		done <- d.Watch(ctx, handoff.ConfFile, interval, func() {
			select {
			case pokes <- struct{}{}:
			default:
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("watch ended with %v", err)
		}
	})
	return pokes
}

func await(t *testing.T, pokes <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-pokes:
	case <-time.After(time.Minute): // milliseconds, on an idle machine
		t.Fatalf("no poke %s", what)
	}
}

func TestWatchPokesAtOnceAndOnChange(t *testing.T) {
	t.Parallel()
	d := handoff.Dir(t.TempDir())
	pokes := follow(t, d, time.Hour)
	await(t, pokes, "at the start")
	publish(t, d, body)
	await(t, pokes, "for a new file")
	publish(t, d, "hostname b\n")
	await(t, pokes, "for a replaced file")
	if err := os.Remove(d.Path(handoff.ConfFile)); err != nil {
		t.Fatal(err)
	}
	await(t, pokes, "for a removed file")
}

func TestWatchIgnoresOtherFiles(t *testing.T) {
	t.Parallel()
	d := handoff.Dir(t.TempDir())
	pokes := follow(t, d, time.Hour)
	await(t, pokes, "at the start")
	if err := d.WriteResult(handoff.Result{}); err != nil {
		t.Fatal(err)
	}
	publish(t, d, body) // comes behind whatever the other file caused
	await(t, pokes, "for the file")
	for len(pokes) > 0 {
		<-pokes
	}
	if err := d.WriteResult(handoff.Result{}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-pokes:
		t.Error("a poke for another file")
	case <-time.After(100 * time.Millisecond):
	}
}

func TestWatchSurvivesADirectoryThatVanishes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "shared")
	pokes := follow(t, handoff.Dir(dir), 10*time.Millisecond)
	await(t, pokes, "without a directory")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	publish(t, handoff.Dir(dir), body)
	for range 5 {
		await(t, pokes, "with a directory")
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for range 20 { // more than were under way
		await(t, pokes, "without a directory again")
	}
}
