package cli

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"frr-speaker/internal/speaker"
)

// A source that does not beat must not count as a task that is stuck.
func TestADirectoryIsNotExpectedToBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heart := speaker.NewHeart()
		if _, err := (common{objects: t.TempDir()}).open(slog.New(slog.DiscardHandler), heart); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // the bubble's clock, not the machine's
		if stuck := heart.Stuck(); len(stuck) > 0 {
			t.Errorf("stuck: %v", stuck)
		}
	})
}
