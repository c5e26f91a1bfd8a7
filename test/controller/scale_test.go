package controller

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// services is how many TestManyServicesAreAssigned makes; the target is stated for 10,000,
// which take minutes to create on a small machine.
var services = flag.Int("services", 1_000, "how many `services` to assign at once")

// TestManyServicesAreAssigned measures from the start of the controller until the last
// service has its address. 30 s are for 10,000 on an idle machine; fewer get no less.
func TestManyServicesAreAssigned(t *testing.T) {
	clean(t)
	const limit = 30 * time.Second
	services := *services
	l := follow(t)
	var group errgroup.Group
	group.SetLimit(32)
	began := time.Now()
	for i := range services {
		group.Go(func() error { return create(t.Context(), fmt.Sprintf("s%05d", i)) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d services are created after %s", services, time.Since(began).Round(time.Millisecond))
	kubectl(t, pool("gold", "10.128.0.0/16"), "apply", "-f", "-")

	began = time.Now()
	start(t, "one", "--webhook-mode=disabled")
	eventually(t, 3*limit, func() string {
		if without, all := l.waiting(); without > 0 || all < services {
			return fmt.Sprintf("%d of %d services have no address", without, all)
		}
		return ""
	})
	took := time.Since(began)
	t.Logf("%d services have their addresses after %s", services, took.Round(time.Millisecond))
	if took > limit {
		t.Errorf("it took %s, want at most %s", took, limit)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, v := range l.violations {
		t.Error(v)
	}
}
