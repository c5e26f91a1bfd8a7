package nodes

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"time"

	"frr-speaker/test/lab"
)

// traffic is a client that asks for a page fifty times per second, over a connection each.
type traffic struct {
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu     sync.Mutex // guards the rest
	asked  int
	failed []error
}

const requestInterval = 20 * time.Millisecond

func startTraffic(ctx context.Context, from *lab.Host, to netip.Addr) *traffic {
	ctx, cancel := context.WithCancel(ctx)
	c := &traffic{cancel: cancel}
	c.done.Go(func() {
		tick := time.NewTicker(requestInterval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				c.done.Go(func() { c.ask(context.WithoutCancel(ctx), from, to) }) // what is under way is waited for
			}
		}
	})
	return c
}

func (c *traffic) ask(ctx context.Context, from *lab.Host, to netip.Addr) {
	_, err := get(ctx, from, to)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	if err != nil {
		c.failed = append(c.failed, err)
	}
}

// stop returns how many requests were made, and why some failed.
func (c *traffic) stop() (asked int, failed []error) {
	c.cancel()
	c.done.Wait()
	return c.asked, c.failed
}

// updateLosesNothing replaces every speaker pod while a client asks for pages. The peer
// restarts gracefully (RFC 4724), and nodes forward meanwhile.
func (s *site) updateLosesNothing(t *testing.T) {
	addr := s.address(t, "web")
	s.answered(t, s.client, addr)
	client := startTraffic(t.Context(), s.client, addr)
	s.kubectl(t, "--namespace=metallb-system", "rollout", "restart", "daemonset/speaker")
	s.kubectl(t, "--namespace=metallb-system", "rollout", "status", "daemonset/speaker", "--timeout="+patience.String())
	s.eventually(t, func() error { return s.pathsThroughEveryNode(t, netip.PrefixFrom(addr, 32)) })
	asked, failed := client.stop()
	t.Logf("%d requests while both pods were replaced, %d failed", asked, len(failed))
	if len(failed) > 0 {
		t.Errorf("%d of %d requests failed, the first with: %v", len(failed), asked, failed[0])
	}
}
