package reload

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"frr-speaker/test/lab"
)

// staticBound is how soon a static route is back: staticd by itself looks for a new zebra after ten seconds.
const staticBound = 9 * time.Second

// TestStaticRoutesComeBack kills zebra, with which staticd has to start.
func TestStaticRoutesComeBack(t *testing.T) {
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		ctx := t.Context()
		r := newRig(t, v, rigOptions{})
		version := r.publish(t, plain(0))
		if err := errors.Join(r.start(), awaitApplied(ctx, r.dir(), version), r.installed(ctx, 0)); err != nil {
			t.Fatal(err)
		}
		var took []time.Duration
		for range testRounds {
			old, err := r.node.DaemonPID("zebra")
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if err := errors.Join(r.node.KillDaemon("zebra"), r.installed(ctx, old)); err != nil {
				t.Fatal(err)
			}
			took = append(took, time.Since(began).Round(time.Millisecond))
		}
		t.Logf("%v: the static route is back after %v", v, took)
		if median(took) > staticBound {
			t.Errorf("that is more than %s", staticBound)
		}
	})
}

// installed waits until a zebra of another pid has the static route of plain in the kernel.
func (r *rig) installed(ctx context.Context, old int) error {
	return lab.Eventually(ctx, 2*patience, func() error {
		pid, err := r.node.DaemonPID("zebra")
		if err != nil || pid == old {
			return errors.Join(err, errors.New("zebra is not there again"))
		}
		text, err := r.node.VTY(ctx, "zebra", "show ip route 203.0.113.128/25 json")
		if err == nil && !strings.Contains(text, `"installed":true`) {
			err = fmt.Errorf("zebra says of the route: %s", text)
		}
		return err
	})
}
