package controller

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/ipam"
)

// counter keeps the status of pools, each written at most once a second.
type counter struct {
	write func(ctx context.Context, pool string, s v1beta1.IPAddressPoolStatus) error
	log   *slog.Logger

	mu   sync.Mutex // guards what follows
	want map[string]v1beta1.IPAddressPoolStatus
	have map[string]v1beta1.IPAddressPoolStatus // as snapshots show it
}

func newCounter(write func(context.Context, string, v1beta1.IPAddressPoolStatus) error, log *slog.Logger) *counter {
	return &counter{write: write, log: log}
}

// countInterval is how often statuses are written.
const countInterval = time.Second

// set says how full pools are, and what their objects say.
func (c *counter) set(usage []ipam.Usage, pools []*v1beta1.IPAddressPool) {
	want := make(map[string]v1beta1.IPAddressPoolStatus, len(usage))
	for _, u := range usage {
		want[u.Pool] = v1beta1.IPAddressPoolStatus{
			AssignedIPv4: int64(u.V4.Used), AssignedIPv6: int64(u.V6.Used),
			AvailableIPv4: u.V4.Free().Int64(), AvailableIPv6: u.V6.Free().Int64(),
		}
	}
	have := make(map[string]v1beta1.IPAddressPoolStatus, len(pools))
	for _, p := range pools {
		have[p.Name] = p.Status
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.want, c.have = want, have
}

// run writes until ctx ends.
func (c *counter) run(ctx context.Context) {
	tick := time.NewTicker(countInterval)
	defer tick.Stop()
	failures, quiet := 0, time.Time{}
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if now.Before(quiet) {
				continue
			}
			if c.writeAll(ctx) {
				failures = 0
				continue
			}
			failures++
			quiet = now.Add(backoff(failures))
		}
	}
}

// writeAll writes what differs, and reports whether all went well.
func (c *counter) writeAll(ctx context.Context) bool {
	c.mu.Lock()
	want, have := c.want, c.have
	c.mu.Unlock()
	well := true
	for pool, s := range want {
		if have[pool] == s {
			continue
		}
		if err := c.write(ctx, pool, s); err != nil {
			c.log.Warn("counters of a pool cannot be written, will retry", "pool", pool, "error", err)
			well = false
		}
	}
	return well
}
