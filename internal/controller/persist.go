package controller

import (
	"context"
	"log/slog"
	"time"
)

// Persist tries something until it succeeds or ctx ends.
func Persist(ctx context.Context, log *slog.Logger, what string, try func() error) {
	for failures := 1; ; failures++ {
		err := try()
		if err == nil {
			return
		}
		log.Warn(what+" has to wait, will retry", "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(backoff(failures)):
		}
	}
}
