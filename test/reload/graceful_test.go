package reload

import (
	"context"
	"fmt"
	"testing"
	"time"

	"frr-speaker/test/lab"
	"frr-speaker/test/lab/collector"
)

// TestGracefulRestartKeepsRoutes kills bgpd, and the container, while peers help with graceful
// restart (RFC 4724). The sessions go down and no peer is without a route at any time.
func TestGracefulRestartKeepsRoutes(t *testing.T) {
	deaths := []struct {
		name string
		of   func(context.Context, *rig) error
	}{
		{"bgpd is killed", killed("bgpd")},
		{"bgpd is killed again", killed("bgpd")},
		{"the container is killed", func(_ context.Context, r *rig) error {
			if err := r.node.KillReloader(); err != nil {
				return err
			}
			return r.start()
		}},
	}
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		r := newRig(t, v, rigOptions{container: true, restart: time.Minute})
		w := plainWorld(0)
		for n := range w.sessions {
			w.sessions[n].GracefulRestart = true
		}
		who := &collectors{rig: r, state: at(w.state())}
		r.publish(t, who.state.state)
		if err := r.start(); err != nil {
			t.Fatal(err)
		}
		if err := r.settled(t.Context(), who); err != nil {
			t.Fatal(err)
		}
		for _, death := range deaths {
			if err := who.survive(t.Context(), death.of); err != nil {
				t.Fatalf("%s: %v\n%s", death.name, err, r.lab.Tails(15))
			}
		}
	})
}

// survive lets a death happen, waits until every session is up again and every route was announced
// again, and fails if a peer lost one meanwhile.
func (c *collectors) survive(ctx context.Context, death func(context.Context, *rig) error) error {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	if err := c.mark(ctx); err != nil {
		return err
	}
	if err := death(ctx, c.rig); err != nil {
		return err
	}
	if err := c.gone(ctx); err != nil {
		return err
	}
	for ch, want := range c.state.means {
		peer := c.rig.peers[ch.peer]
		err := peer.Wait(ctx, func() error {
			have := peer.RIB(ch.source)
			if err := holds(have, want); err != nil {
				return err
			}
			for prefix, route := range have {
				if route.Stale {
					return fmt.Errorf("%v was not announced again", prefix)
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("%v: %w", ch, err)
		}
	}
	for name, mark := range c.marks {
		for _, e := range c.rig.peers[name].Events(mark) {
			if e.Kind == collector.Withdraw {
				return fmt.Errorf("%s lost a route: %v", name, e)
			}
		}
	}
	return nil
}
