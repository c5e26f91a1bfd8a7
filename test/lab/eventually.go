package lab

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// pollInterval is how often Eventually tries: often beside what it waits for.
const pollInterval = 20 * time.Millisecond

// Permanent marks an error that waiting does not cure: Eventually returns it at once.
func Permanent(err error) error { return &permanent{err} }

type permanent struct{ error }

func (p *permanent) Unwrap() error { return p.error }

// Eventually calls check until it returns nil. When the timeout, which is one of
// WithTimeout, or ctx ends first, the error holds check's last one.
func Eventually(ctx context.Context, timeout time.Duration, check func() error) error {
	ctx, cancel := WithTimeout(ctx, timeout)
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return nil
		}
		var final *permanent
		if errors.As(err, &final) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not within %v: %w", timeout, err)
		case <-tick.C:
		}
	}
}
