package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sync/errgroup"

	"frr-speaker/bench/report"
	"frr-speaker/test/lab"
)

// huge is as large as Kubernetes promises to go, with services for every node.
func huge() size { return size{nodes: 5000, services: 10_000, endpoints: 3, shared: true} }

// speakers is how many of the nodes really have one. What each costs is the same for all.
const speakers = 10

// BenchmarkFleet measures what each speaker of a large cluster costs the API server.
func BenchmarkFleet(b *testing.B) {
	s := huge()
	a := newAPI(b)
	routers := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3"), netip.MustParseAddr("192.0.2.4")}
	if err := a.populate(b.Context(), s, routers); err != nil {
		b.Fatal(err)
	}
	m := newMeter(b, a)
	server, err := apiServerPID()
	if err != nil {
		b.Fatal(err)
	}
	file := build(b, "speaker")
	alone, err := (&fleet{api: a, meter: m, server: server}).events(b.Context(), s)
	if err != nil {
		b.Fatal(err)
	}
	var all []costs
	for _, nodes := range []string{"all", "own"} {
		b.Run("nodes="+nodes, func(b *testing.B) {
			for range 1 { // whatever b.N is: once is minutes
				f := &fleet{api: a, meter: m, server: server}
				c := costs{nodes: nodes}
				if c.start, err = f.start(b, s, file, "--nodes="+nodes); err != nil {
					b.Fatal(err)
				}
				if c.events, err = f.events(b.Context(), s); err != nil {
					b.Fatal(err)
				}
				for _, p := range f.processes {
					p.stop()
				}
				all = append(all, c)
				b.ReportMetric(c.start.bytes/(1<<20), "start-MiB")
				b.ReportMetric(float64(c.start.server)/1e6, "start-API-server-ms")
			}
		})
	}
	if err := writeFleet(s, alone, all); err != nil {
		b.Fatal(err)
	}
}

// costs are those of a fleet with one choice of --nodes.
type costs struct {
	nodes  string
	start  share
	events []share
}

// fleet is several speakers of one cluster, each with a node of its own.
type fleet struct {
	api       *api
	meter     *meter
	server    int // process ID of the API server
	processes []*process
}

// share is what something cost for each speaker.
type share struct {
	what    string
	wall    time.Duration
	server  time.Duration // CPU of the API server
	speaker time.Duration // CPU of the speaker
	bytes   float64       // that the API server sent
	memory  float64       // of the speaker, MiB
}

// start starts all speakers at once.
func (f *fleet) start(b *testing.B, s size, file, nodes string) (share, error) {
	before, err := f.look()
	if err != nil {
		return share{}, err
	}
	began := time.Now()
	for n := range speakers {
		f.processes = append(f.processes, startProcess(b, file, "--kubeconfig", f.meter.kubeconfig, "--status=none", "--events=false", nodes, "--node-name", nodeName(n)))
	}
	for _, p := range f.processes {
		err := lab.Eventually(b.Context(), startTimeout, func() error {
			if n := p.networks(); n != s.services {
				return fmt.Errorf("frr.conf has %d routes", n)
			}
			return nil
		})
		if err != nil {
			return share{}, err
		}
	}
	wall := time.Since(began)
	if err := f.quiet(b.Context()); err != nil {
		return share{}, err
	}
	after, err := f.look()
	if err != nil {
		return share{}, err
	}
	out := after.minus(before, speakers)
	out.what, out.wall, out.memory = "start", wall, after.memory/speakers
	return out, nil
}

// events makes each kind of change some times, and tells what one of them cost.
func (f *fleet) events(ctx context.Context, s size) ([]share, error) {
	var out []share
	for _, e := range []struct {
		what   string
		times  int
		change func(n int) error
	}{
		{"heartbeat of a node", manyChanges, func(n int) error { return f.api.beat(ctx, nodeName(speakers+n%(s.nodes-speakers))) }},
		{"endpoint of no load balancer", manyChanges, func(n int) error { return f.api.flip(ctx, "unrelated-1", n) }},
		{"endpoint of a load balancer", someChanges, func(n int) error { return f.api.flip(ctx, serviceName(7)+"-1", n) }},
		{"address of a service", someChanges, func(n int) error { return f.api.readdress(ctx, serviceName(8), n) }},
	} {
		before, err := f.look()
		if err != nil {
			return nil, err
		}
		for n := range e.times {
			if err := e.change(n); err != nil {
				return nil, err
			}
		}
		if err := f.quiet(ctx); err != nil {
			return nil, err
		}
		after, err := f.look()
		if err != nil {
			return nil, err
		}
		one := after.minus(before, e.times)
		one.what = e.what
		out = append(out, one)
	}
	return out, nil
}

// look adds up what has been taken so far.
func (f *fleet) look() (share, error) {
	var sum share
	var err error
	if sum.server, err = cpuOf(f.server); err != nil {
		return sum, err
	}
	for _, p := range f.processes {
		cpu, err := p.cpu()
		if err != nil {
			return sum, err
		}
		now, _, err := p.memory()
		if err != nil {
			return sum, err
		}
		sum.speaker += cpu
		sum.memory += now
	}
	sum.bytes = float64(f.meter.sent.Load())
	return sum, nil
}

func (f *fleet) quiet(ctx context.Context) error {
	for _, p := range f.processes {
		if err := p.quiet(ctx); err != nil {
			return err
		}
	}
	return nil
}

// minus is the difference, for one of so many.
func (s share) minus(before share, of int) share {
	return share{
		server:  (s.server - before.server) / time.Duration(of),
		speaker: (s.speaker - before.speaker) / time.Duration(of),
		bytes:   (s.bytes - before.bytes) / float64(of),
	}
}

// readdress gives a service another address, and its own again.
func (a *api) readdress(ctx context.Context, name string, n int) error {
	addr := netip.AddrFrom4([4]byte{198, 19, 254, byte(n%2 + 1)})
	return a.patch(ctx, core("services"), "default", name, fmt.Sprintf(`{"status":{"loadBalancer":{"ingress":[{"ip":%q}]}}}`, addr), "status")
}

// meter counts what the API server sends to those who connect through it.
type meter struct {
	net.Listener
	kubeconfig string
	sent       atomic.Int64
}

func newMeter(b *testing.B, a *api) *meter {
	b.Helper()
	listener, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	m := &meter{Listener: listener, kubeconfig: filepath.Join(b.TempDir(), "kubeconfig")}
	text, err := os.ReadFile(a.kubeconfig)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(m.kubeconfig, []byte(strings.ReplaceAll(string(text), a.Address(), listener.Addr().String())), 0o600); err != nil {
		b.Fatal(err)
	}
	var relay errgroup.Group
	relay.Go(func() error { return a.Forward(b.Context(), m) })
	b.Cleanup(func() {
		if err := relay.Wait(); err != nil {
			b.Error(err)
		}
	})
	return m
}

// Accept implements net.Listener.
func (m *meter) Accept() (net.Conn, error) {
	conn, err := m.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &metered{conn, m}, nil
}

type metered struct {
	net.Conn
	meter *meter
}

// Write implements net.Conn.
func (m *metered) Write(p []byte) (int, error) {
	n, err := m.Conn.Write(p)
	m.meter.sent.Add(int64(n))
	return n, err
}

// apiServerPID finds the API server among the children of this process.
func apiServerPID() (int, error) {
	all, err := procfs.AllProcs()
	if err != nil {
		return 0, err
	}
	for _, p := range all {
		if stat, err := p.Stat(); err == nil && stat.PPID == os.Getpid() && strings.HasPrefix(stat.Comm, "kube-apiserver") {
			return p.PID, nil
		}
	}
	return 0, errors.New("there is no API server among the children of this process")
}

func writeFleet(s size, alone []share, all []costs) error {
	var out strings.Builder
	fmt.Fprintf(&out, "# What a speaker costs the API server of a large cluster\n\n%s\n"+
		"%d nodes, %d services of type LoadBalancer with %d endpoints each that every node announces to 4 peers, on a real API\n"+
		"server; %d of the nodes have a speaker. *API server, CPU* is what a change costs without any speaker; the next column\n"+
		"what each adds. Bytes are those on the wire, with TLS. The speakers write no status (--status=none) and no Events.\n",
		machine(), s.nodes, s.services, s.endpoints, speakers)
	for _, c := range all {
		t := report.Table{Header: []string{"what", "API server, CPU", "API server, CPU for each speaker", "sent to each speaker", "speaker, CPU"}}
		t.Add("start of a speaker", report.None, report.Duration(c.start.server), inBytes(c.start.bytes), report.Duration(c.start.speaker))
		for n, one := range c.events {
			t.Add(one.what, report.Duration(alone[n].server), report.Duration((one.server-alone[n].server)/speakers),
				inBytes(one.bytes/speakers), report.Duration(one.speaker/speakers))
		}
		fmt.Fprintf(&out, "\n## --nodes=%s\n\nAll started at the same moment and had all routes after %s, with %.0f MiB each.\n\n%s",
			c.nodes, report.Duration(c.start.wall), c.start.memory, t.String())
	}
	return writeResults("fleet.md", out.String())
}

// inBytes prints bytes in the unit that one reads them in.
func inBytes(bytes float64) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MiB", bytes/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%.1f KiB", bytes/(1<<10))
	}
	return fmt.Sprintf("%.0f B", bytes)
}
