package cluster

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"frr-speaker/bench/report"
	"frr-speaker/test/lab"
)

// large is the cluster that the targets speak of, with four more peers that are of the node.
func large() size { return size{nodes: 1000, services: 10_000, endpoints: 3, peers: 96} }

// cost is what a cluster costs one speaker.
type cost struct {
	wall, cpu     time.Duration // from the start of the process to frr.conf with all routes
	peak, settled float64       // MiB: most so far, and some seconds later
	unrelated     time.Duration // CPU of an EndpointSlice that changes and is of no load balancer
	heartbeat     time.Duration // CPU of a node's status that changes in nothing but time
	related       time.Duration // CPU of an endpoint of a load balancer that changes its readiness
}

// How often a change is made whose cost is too small for the clock of the kernel.
const (
	manyChanges = 400
	someChanges = 100
)

// BenchmarkScale starts a speaker in a large cluster.
func BenchmarkScale(b *testing.B) {
	s := large()
	a := newAPI(b)
	routers := []netip.Addr{
		netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3"), netip.MustParseAddr("192.0.2.4"),
	}
	if err := a.populate(b.Context(), s, routers); err != nil {
		b.Fatal(err)
	}
	file := build(b, "speaker")
	var rows []row
	for _, mode := range []string{"none", "all"} {
		b.Run("status="+mode, func(b *testing.B) {
			for range 1 { // whatever b.N is: once is minutes
				c, err := a.measure(b, s, file, "--kubeconfig", a.kubeconfig, "--status="+mode)
				if err != nil {
					b.Fatal(err)
				}
				rows = append(rows, row{mode, c})
				b.ReportMetric(float64(c.cpu)/1e6, "sync-cpu-ms")
				b.ReportMetric(c.settled, "MiB")
				b.ReportMetric(float64(c.unrelated)/1e6, "unrelated-cpu-ms")
			}
		})
	}
	if err := writeScale(s, rows); err != nil {
		b.Fatal(err)
	}
}

// row is one line of the table.
type row struct {
	status string
	cost
}

// startTimeout bounds the wait for a speaker that hangs.
const startTimeout = 3 * time.Minute

func (a *api) measure(b *testing.B, s size, file string, args ...string) (cost, error) {
	var c cost
	began := time.Now()
	p := startProcess(b, file, args...)
	err := lab.Eventually(b.Context(), startTimeout, func() error {
		if n := p.networks(); n != s.services {
			return fmt.Errorf("frr.conf has %d routes", n)
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	c.wall = time.Since(began)
	if c.cpu, err = p.cpu(); err != nil {
		return c, err
	}
	if err := p.quiet(b.Context()); err != nil {
		return c, err
	}
	if c.settled, c.peak, err = p.memory(); err != nil {
		return c, err
	}
	if c.unrelated, err = p.each(b.Context(), manyChanges, func(n int) error { return a.flip(b.Context(), "unrelated-1", n) }); err != nil {
		return c, err
	}
	if c.heartbeat, err = p.each(b.Context(), manyChanges, func(n int) error { return a.beat(b.Context(), nodeName(n%s.nodes)) }); err != nil {
		return c, err
	}
	c.related, err = p.each(b.Context(), someChanges, func(n int) error { return a.flip(b.Context(), serviceName(7)+"-1", n) })
	return c, err
}

// flip changes the readiness of an endpoint.
func (a *api) flip(ctx context.Context, slice string, n int) error {
	current, err := a.client.Resource(endpointSliceResource()).Namespace("default").Get(ctx, slice, metav1.GetOptions{})
	if err != nil {
		return err
	}
	endpoints, _, err := unstructured.NestedSlice(current.Object, "endpoints")
	if err != nil {
		return err
	}
	if first, ok := endpoints[0].(object); ok {
		first["conditions"] = object{"ready": n%2 == 0, "serving": n%2 == 0, "terminating": false}
	}
	current.Object["endpoints"] = endpoints
	_, err = a.client.Resource(endpointSliceResource()).Namespace("default").Update(ctx, current, metav1.UpdateOptions{})
	return err
}

// beat is what a kubelet writes every few minutes: nothing new but the time, which is another one each time.
func (a *api) beat(ctx context.Context, node string) error {
	a.beats++
	at := time.Unix(1_700_000_000+a.beats, 0).UTC().Format(time.RFC3339)
	patch := fmt.Sprintf(`{"status":{"conditions":[{"type":"Ready","status":"True","reason":"Kubelet","message":"ready","lastHeartbeatTime":%q}]}}`, at)
	return a.patch(ctx, core("nodes"), "", node, patch, "status")
}

// quiet waits until the process has nothing left to do.
func (p *process) quiet(ctx context.Context) error {
	last, err := p.cpu()
	if err != nil {
		return err
	}
	const pause, idle = 2 * time.Second, 30 * time.Millisecond
	next := time.Now().Add(pause)
	return lab.Eventually(ctx, startTimeout, func() error {
		if time.Now().Before(next) {
			return fmt.Errorf("the speaker may still be busy")
		}
		now, err := p.cpu()
		if err != nil {
			return err
		}
		used := now - last
		last, next = now, time.Now().Add(pause)
		if used > idle {
			return fmt.Errorf("the speaker has used %v within %v", used, pause)
		}
		return nil
	})
}

// each is the CPU time of one of so many changes, and of all that they lead to.
func (p *process) each(ctx context.Context, times int, change func(n int) error) (time.Duration, error) {
	before, err := p.cpu()
	if err != nil {
		return 0, err
	}
	for n := range times {
		if err := change(n); err != nil {
			return 0, err
		}
	}
	if err := p.quiet(ctx); err != nil {
		return 0, err
	}
	after, err := p.cpu()
	return (after - before) / time.Duration(times), err
}

func writeScale(s size, rows []row) error {
	t := report.Table{Header: []string{
		"status objects", "start, wall", "start, CPU", "memory, most", "memory, settled", "unrelated EndpointSlice, CPU", "heartbeat of a node, CPU", "endpoint of a load balancer, CPU",
	}}
	for _, r := range rows {
		t.Add(r.status, report.Duration(r.wall), report.Duration(r.cpu), fmt.Sprintf("%.0f MiB", r.peak), fmt.Sprintf("%.0f MiB", r.settled),
			report.Duration(r.unrelated), report.Duration(r.heartbeat), report.Duration(r.related))
	}
	text := fmt.Sprintf("# One speaker in a large cluster\n\n%s\n"+
		"%d nodes, %d services of type LoadBalancer with %d endpoints each, %d BGPPeers of which 4 are of the node, on a real\n"+
		"API server. *Start* is from exec to frr.conf with every route. CPU is user and system time of the process; that of a\n"+
		"change is the mean of %d (an endpoint of a load balancer: %d), with all that followed. *Status objects* is --status.\n\n"+
		"Targets: start ≤ 2 s of CPU, memory ≤ 100 MiB, unrelated EndpointSlice ≤ 2 ms.\n\n%s",
		machine(), s.nodes, s.services, s.endpoints, s.peers+4, manyChanges, someChanges, t.String())
	return writeResults("scale.md", text)
}
