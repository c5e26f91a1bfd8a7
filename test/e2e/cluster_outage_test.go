package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"frr-speaker/test/lab"
	"frr-speaker/test/lab/collector"
	"frr-speaker/test/stage"
)

// outage is how long the API server is away.
const outage = time.Minute

// The API server is killed under churn and stays away for a minute, in which one
// speaker is killed and the other restarted: no route is lost but those of the
// churn, and afterwards the routers have what the cluster has.
func TestAPIServerIsAwayForAMinute(t *testing.T) {
	versions := lab.FRRVersions()
	w := newWorld(t, versions[len(versions)-1])
	want := stage.Examples()
	w.expect(t, want)
	heard := joinCollector(t, w.lab, w.Stage, 5, 65005, func(peer string) { w.apply(t, peer) })
	prepareChurn(t, w)
	for _, node := range w.Nodes {
		wait(t, func(ctx context.Context) error { return heard.WaitTable(ctx, node.Addr4(), examplesOf(node)) })
	}
	mark := heard.Mark()

	churn := startChurn(t, w)
	wait(t, func(ctx context.Context) error {
		_, err := heard.WaitEvent(ctx, mark, func(e collector.Event) bool { return e.Kind == collector.Withdraw })
		return err
	})
	if err := w.cluster.KillAPIServer(); err != nil {
		t.Fatal(err)
	}
	back := time.Now().Add(outage)
	restartSpeakers(t, w)
	stay(t, w, back)
	if err := w.cluster.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.expect(t, with(want, churn.stop(t)...))

	for _, event := range heard.Withdrawn(mark) {
		if !churned(event.Prefix) {
			t.Errorf("withdrawn: %v", event)
		}
	}
	for _, event := range heard.Events(mark) {
		if event.Kind == collector.Down {
			t.Errorf("a session ended: %v", event)
		}
	}
}

// restartSpeakers kills the speaker of one node and stops that of the other, and starts both.
func restartSpeakers(t *testing.T, w *world) {
	t.Helper()
	if err := w.Nodes[0].KillSpeaker(); err != nil {
		t.Fatal(err)
	}
	if err := w.Nodes[1].StopSpeaker(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, node := range w.Nodes {
		if err := node.StartSpeaker(); err != nil {
			t.Fatal(err)
		}
	}
}

// stay looks at the routers until a time: all along they have what examples/ announce.
func stay(t *testing.T, w *world, until time.Time) {
	t.Helper()
	want := stage.Examples()
	err := lab.Eventually(t.Context(), time.Until(until)+patience, func() error {
		for _, router := range w.Routers {
			routes, err := router.Routes(t.Context())
			if err != nil {
				return lab.Permanent(err)
			}
			has := strings.Join(w.Lines(routes), "\n")
			for _, line := range want[router.Name()] {
				if !strings.Contains(has, line) {
					return lab.Permanent(fmt.Errorf("%s lost %s; it has\n%s", router.Name(), line, has))
				}
			}
		}
		if time.Now().Before(until) {
			return fmt.Errorf("it is not %s yet", until)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// churnServices are the services that come and go.
const churnServices = 5

func churnAddress(i int) string { return fmt.Sprintf("198.51.100.%d", 100+i) }

func churned(prefix netip.Prefix) bool {
	for i := range churnServices {
		if prefix.Addr().String() == churnAddress(i) {
			return true
		}
	}
	return false
}

// prepareChurn writes the endpoints of the services that are to come.
func prepareChurn(t *testing.T, w *world) {
	t.Helper()
	var slices strings.Builder
	for i := range churnServices {
		_, slice, _ := strings.Cut(service(fmt.Sprintf("churn-%d", i), churnAddress(i)), "\n---\n")
		slices.WriteString(slice)
	}
	w.apply(t, slices.String())
}

// churn writes and deletes services until it is stopped, whether or not the API server is there.
type churn struct {
	world *world
	end   context.CancelFunc
	task  errgroup.Group
}

func startChurn(t *testing.T, w *world) *churn {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &churn{world: w, end: cancel}
	c.task.Go(func() error {
		for i := 0; ctx.Err() == nil; i++ {
			c.write(ctx, i)
		}
		return nil
	})
	return c
}

// write makes one change; each service is there for a while, then not.
func (c *churn) write(ctx context.Context, i int) {
	name := fmt.Sprintf("churn-%d", i%churnServices)
	kubectl := func(stdin string, args ...string) {
		// While the API server is away this fails, and what it did is read from the cluster in the end.
		_, _ = c.world.cluster.Kubectl(ctx, stdin, args...)
	}
	if i/churnServices%2 == 1 {
		kubectl("", "delete", "service", name, "--wait=false", "--request-timeout=2s")
		return
	}
	object, _, _ := strings.Cut(service(name, churnAddress(i%churnServices)), "\n---\n")
	kubectl(object, "apply", "--request-timeout=2s", "-f", "-")
	kubectl(object, "replace", "--subresource=status", "--request-timeout=2s", "-f", "-")
}

// stop ends the churn and returns the lines that it leaves at a router.
func (c *churn) stop(t *testing.T) []string {
	t.Helper()
	c.end()
	if err := c.task.Wait(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for i := range churnServices {
		address := churnAddress(i)
		has := c.world.kubectl(t, "", "get", "services", "-o",
			`jsonpath={.items[*].status.loadBalancer.ingress[?(@.ip=="`+address+`")].ip}`)
		if has == address {
			lines = append(lines, fromBothNodes(address)...)
		}
	}
	return lines
}

// examplesOf is how many prefixes of examples/ a node announces to a peer that no advertisement names.
func examplesOf(node *lab.Node) int {
	n := 0
	for _, line := range stage.Examples()["tor-bird"] {
		if strings.Contains(line, " through "+node.Name()+" ") {
			n++
		}
	}
	return n
}
