package cluster

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"frr-speaker/bench/report"
	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/collector"
	"frr-speaker/test/lab/labtest"
)

// The size that the targets speak of.
const (
	wireServices = 1000
	wirePeers    = 4
	wireChanges  = 50 // announcements, and as many withdrawals
)

// settleTimeout bounds every wait for what hangs.
const settleTimeout = 2 * time.Minute

// wire is a node that follows an API server, and its peers.
type wire struct {
	api   *api
	node  *lab.Node
	peers []*lab.Collector
}

// stages is when something of one change was seen, since the request was sent.
type stages struct {
	written  report.Samples // the API server has answered
	begun    report.Samples // frr-reloader has read frr.conf
	told     report.Samples // FRR has taken it
	applied  report.Samples // frr-reloader has verified
	peers    report.Samples // the last peer has heard
	peersAll []time.Duration
}

// BenchmarkAPIWriteToUpdate writes the address of one service, and takes it away again.
func BenchmarkAPIWriteToUpdate(b *testing.B) {
	a := newAPI(b)
	rows := map[lab.FRRVersion]*stages{}
	for _, version := range lab.FRRVersions() {
		b.Run(version.String(), func(b *testing.B) {
			w := newWire(b, a, version)
			s := &stages{}
			for n := range wireChanges {
				addr := serviceAddr(wireServices + 1)
				for _, withdraw := range []bool{false, true} {
					if err := w.change(b.Context(), s, addr, withdraw); err != nil {
						b.Fatalf("change %d: %v", n, err)
					}
				}
			}
			rows[version] = s
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(s.written.Median())/1e6, "api-ms")
			b.ReportMetric(float64(s.applied.Median())/1e6, "verified-ms")
			b.ReportMetric(float64(s.peers.Median())/1e6, "peers-ms")
			b.ReportMetric(float64(quantile(s.peersAll, 99))/1e6, "peers-p99-ms")
		})
	}
	if err := writeWire(rows); err != nil {
		b.Fatal(err)
	}
}

func newWire(b *testing.B, a *api, version lab.FRRVersion) *wire {
	b.Helper()
	ctx := b.Context()
	b.Setenv("TMPDIR", "/dev/shm") // in memory, as the volume of the manifest is
	l := labtest.New(b, lab.Options{Name: "wire"})
	network := labtest.Network(ctx, b, l)
	at := func(name string) lab.HostOptions { return lab.HostOptions{Name: name, Networks: lab.On(network)} }
	w := &wire{api: a}
	var addrs []netip.Addr
	for n := range wirePeers {
		peer := labtest.Must(l.StartCollector(ctx, lab.CollectorOptions{
			HostOptions: at(fmt.Sprintf("tor-%02d", n)), Options: collector.Options{ASN: peersASN},
		}))(b)
		w.peers = append(w.peers, peer)
		addrs = append(addrs, peer.Addr4())
	}
	w.node = labtest.Must(l.NewNode(ctx, lab.NodeOptions{
		HostOptions: at(nodeName(0)), Version: version, SpeakerArgs: []string{"--kubeconfig", a.kubeconfig, "--metrics=http"},
	}))(b)
	w.forward(b)
	if err := a.empty(ctx, populated()...); err != nil {
		b.Fatal(err)
	}
	if err := a.populate(ctx, size{nodes: 10, services: wireServices, endpoints: 3}, addrs); err != nil {
		b.Fatal(err)
	}
	name := serviceName(wireServices + 1)
	if err := a.create(ctx, core("services"), []object{service(name, "LoadBalancer", "")}); err != nil {
		b.Fatal(err)
	}
	if err := a.create(ctx, endpointSliceResource(), []object{endpointSlice(name, 0, size{nodes: 10, endpoints: 3})}); err != nil {
		b.Fatal(err)
	}
	if err := w.node.StartReloader(); err != nil {
		b.Fatal(err)
	}
	if err := w.node.StartSpeaker(); err != nil {
		b.Fatal(err)
	}
	for _, p := range w.peers {
		wait, cancel := context.WithTimeout(ctx, settleTimeout)
		if err := p.WaitLen(wait, w.node.Addr4(), wireServices); err != nil {
			b.Fatalf("%s: %v", p.Name(), err)
		}
		cancel()
	}
	return w
}

// forward lets the node reach the API server at its own address.
func (w *wire) forward(b *testing.B) {
	b.Helper()
	var listener net.Listener
	err := w.node.Do(func() (err error) {
		listener, err = new(net.ListenConfig).Listen(b.Context(), "tcp", w.api.Address())
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	var relay errgroup.Group
	relay.Go(func() error { return w.api.Forward(b.Context(), listener) })
	b.Cleanup(func() {
		if err := relay.Wait(); err != nil {
			b.Error(err)
		}
	})
}

// change writes the address, or none, into the status of the last service.
func (w *wire) change(ctx context.Context, s *stages, addr netip.Addr, withdraw bool) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	before, err := w.node.Result()
	if err != nil {
		return err
	}
	patch, kind := fmt.Sprintf(`{"status":{"loadBalancer":{"ingress":[{"ip":%q}]}}}`, addr), collector.Announce
	if withdraw {
		patch, kind = `{"status":{"loadBalancer":null}}`, collector.Withdraw
	}
	var marks []int
	for _, p := range w.peers {
		marks = append(marks, p.Mark())
	}
	began := time.Now()
	if err := w.api.patch(ctx, core("services"), "default", serviceName(wireServices+1), patch, "status"); err != nil {
		return err
	}
	s.written.Add(time.Since(began))
	var last time.Time
	for n, p := range w.peers {
		e, err := p.WaitEvent(ctx, marks[n], func(e collector.Event) bool {
			return e.Kind == kind && e.Prefix == netip.PrefixFrom(addr, addr.BitLen())
		})
		if err != nil {
			return fmt.Errorf("%s: %w", p.Name(), err)
		}
		if e.Time.After(last) {
			last = e.Time
		}
	}
	s.peers.Add(last.Sub(began))
	s.peersAll = append(s.peersAll, last.Sub(began))
	return lab.Eventually(ctx, settleTimeout, func() error {
		r, err := w.node.Result()
		if err != nil {
			return err
		}
		if r.Outcome != handoff.OutcomeApplied || r.Phase != handoff.PhaseIdle || r.Running == before.Running || r.Running != r.Desired {
			return fmt.Errorf("outcome %q, phase %q", r.Outcome, r.Phase)
		}
		verified, phases := r.Since.Sub(began), time.Duration(0)
		for _, d := range r.Durations {
			phases += time.Duration(d)
		}
		s.applied.Add(verified)
		s.told.Add(verified - time.Duration(r.Durations[handoff.PhaseVerify]))
		s.begun.Add(verified - phases)
		return nil
	})
}

// quantile is the least of the values that so many percent do not exceed.
func quantile(all []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*percent+99)/100-1]
}

func writeWire(rows map[lab.FRRVersion]*stages) error {
	t := report.Table{Header: []string{"FRR", "API server has answered", "frr-reloader has read frr.conf", "FRR has taken it", "frr-reloader has verified", "UPDATE at the last peer", "p99 of it"}}
	for _, v := range lab.FRRVersions() {
		if s := rows[v]; s != nil {
			t.Add(v.String(), s.written.String(), s.begun.String(), s.told.String(), s.applied.String(), s.peers.String(), report.Duration(quantile(s.peersAll, 99)))
		}
	}
	text := fmt.Sprintf("# From a write at the API server to the UPDATE at routers\n\n%s\n"+
		"%d services and %d peers on one node. The address of one service more is written into its status, as a controller\n"+
		"does, and taken away again. Times are since the request was sent: median, lowest, highest and number. bgpd\n"+
		"itself holds a new route for 50 ms before it tells anybody; the API server, etcd, FRR and the peers run on the same cores.\n\n"+
		"Targets: median ≤ 60 ms, p99 ≤ 120 ms.\n\n%s",
		machine(), wireServices, wirePeers, t.String())
	return writeResults("wire.md", text)
}
