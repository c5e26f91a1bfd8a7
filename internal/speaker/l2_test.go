package speaker

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"frr-speaker/internal/l2"
)

// Without news for an hour it is as alive as with it: kubelet kills what falls silent.
func TestL2BeatsWithoutNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var beats atomic.Int64
		sink := &L2{Announcer: l2.New(l2.Options{Log: slog.New(slog.DiscardHandler)}), Beat: func() { beats.Add(1) }}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		sink.tell(ctx)
		if want := int64(time.Hour / beatTimeout); beats.Load() < want {
			t.Errorf("%d beats in an hour, want at least one every %v", beats.Load(), beatTimeout)
		}
	})
}
