package nodes

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func (c *traffic) soFar() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// stop returns how many requests were made, and why some failed.
func (c *traffic) stop() (asked int, failed []error) {
	c.cancel()
	c.done.Wait()
	return c.asked, c.failed
}

// keepsAnswering asks for pages by layer 2 for twice as long as kubelet waits for a sign of
// life, while nothing changes in the cluster: no container may be restarted.
func (s *site) keepsAnswering(t *testing.T) {
	addr := s.address(t, "web-l2")
	s.answered(t, s.client, addr)
	before := s.restartsOfAll(t)
	const enough = int(2 * time.Minute / requestInterval)
	client := startTraffic(t.Context(), s.client, addr)
	err := lab.Eventually(t.Context(), 2*patience, func() error {
		if asked := client.soFar(); asked < enough {
			return fmt.Errorf("%d of %d requests are done", asked, enough)
		}
		return nil
	})
	asked, failed := client.stop()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, s.restartsOfAll(t)); diff != "" {
		t.Errorf("restarts of containers while nothing happens (-before +after):\n%s", diff)
	}
	s.note("layer 2, nothing happens for two minutes", "%d of %d requests lost at 50 per second, no container restarted", len(failed), asked)
	if len(failed) > 0 {
		t.Errorf("%d of %d requests failed, the first with: %v", len(failed), asked, failed[0])
	}
}

// restartsOfAll is a line for each pod of the product.
func (s *site) restartsOfAll(t *testing.T) []string {
	t.Helper()
	return strings.Split(s.kubectl(t, "--namespace=metallb-system", "get", "pods",
		`--output=jsonpath={range .items[*]}{.metadata.name}{" "}{.status.containerStatuses[*].restartCount}{"\n"}{end}`), "\n")
}

// updateLosesNothing replaces every speaker pod while a client asks for pages. The peer
// restarts gracefully (RFC 4724), and nodes forward meanwhile.
func (s *site) updateLosesNothing(t *testing.T) {
	asked, failed := s.update(t)
	s.note("rolling update, graceful restart", "%d of %d requests lost at 50 per second", len(failed), asked)
	if len(failed) > 0 {
		t.Errorf("%d of %d requests failed, the first with: %v", len(failed), asked, failed[0])
	}
}

// updateWithoutGracefulRestart states what the same costs where routers drop the routes
// of a session that is down. It must be over when the sessions are back.
func (s *site) updateWithoutGracefulRestart(t *testing.T) {
	s.kubectl(t, "--namespace=metallb-system", "delete", "bgppeer", "tor") // the setting cannot be changed
	s.apply(t, "testdata/abrupt.yaml")
	prefix := netip.PrefixFrom(s.address(t, "web"), 32)
	s.eventually(t, func() error { return s.pathsThroughEveryNode(t, prefix) })
	asked, failed := s.update(t)
	s.note("rolling update, no graceful restart", "%d of %d requests lost at 50 per second", len(failed), asked)
	if most := s.mostLost(); len(failed) > most {
		t.Errorf("%d of %d requests failed, more than %d: the first with %v", len(failed), asked, most, failed[0])
	}
}

// mostLost is half a second of requests per node: a router that has another path takes it
// as soon as the session is down. It has one: a node waits until the one before has its routes there.
func (s *site) mostLost() int { return len(s.nodes) * int(500*time.Millisecond/requestInterval) }

// update replaces every speaker pod under traffic.
func (s *site) update(t *testing.T) (asked int, failed []error) {
	t.Helper()
	addr := s.address(t, "web")
	s.answered(t, s.client, addr)
	client := startTraffic(t.Context(), s.client, addr)
	s.kubectl(t, "--namespace=metallb-system", "rollout", "restart", "daemonset/speaker")
	s.rolledOut(t)
	s.eventually(t, func() error { return s.pathsThroughEveryNode(t, netip.PrefixFrom(addr, 32)) })
	return client.stop()
}

func (s *site) rolledOut(t *testing.T) {
	t.Helper()
	s.kubectl(t, "--namespace=metallb-system", "rollout", "status", "daemonset/speaker", "--timeout="+patience.String())
}
