package bench

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"frr-speaker/test/lab"
	"frr-speaker/test/lab/collector"
	"frr-speaker/test/lab/labtest"
)

// settleTimeout bounds every wait for routes and for our processes. It is for what
// hangs: 10,000 routes for each of 16 peers take seconds.
const settleTimeout = 2 * time.Minute

// stage is one network: the peers, a node with our processes, and one whose FRR
// gets its configuration from frr-reload.py. The two announce the same.
type stage struct {
	lab    *lab.Lab
	work   workload
	peers  []*lab.Collector
	ours   *ours
	theirs *theirs // nil where they are not measured
}

func newStage(ctx context.Context, b *testing.B, c cell) *stage {
	b.Helper()
	s := &stage{lab: labtest.New(b, lab.Options{Name: "bench"})}
	network := labtest.Network(ctx, b, s.lab)
	at := func(name string) lab.HostOptions { return lab.HostOptions{Name: name, Networks: lab.On(network)} }
	var addrs []netip.Addr
	for n := range c.peers {
		peer := labtest.Must(s.lab.StartCollector(ctx, lab.CollectorOptions{
			HostOptions: at(peerName(n)), Options: collector.Options{ASN: peersASN},
		}))(b)
		s.peers = append(s.peers, peer)
		addrs = append(addrs, peer.Addr4())
	}
	s.work = newWorkload(c.services, addrs)
	objects := filepath.Join(s.lab.Dir(), "objects")
	if err := s.work.writeObjects(objects, "ours"); err != nil {
		b.Fatal(err)
	}
	node := labtest.Must(s.lab.NewNode(ctx, lab.NodeOptions{
		HostOptions: at("ours"), Version: c.version, ObjectsDir: objects,
	}))(b)
	s.ours = &ours{stage: s, node: node, objects: objects, drafts: b.TempDir()}
	if c.theirs {
		frr := labtest.Must(s.lab.StartFRR(ctx, lab.FRROptions{HostOptions: at("theirs"), Version: c.version}))(b)
		s.theirs = &theirs{stage: s, frr: frr}
	}
	return s
}

// mark is a position in the record of each peer.
type mark []int

func (s *stage) mark() mark {
	m := make(mark, len(s.peers))
	for n, p := range s.peers {
		m[n] = p.Mark()
	}
	return m
}

// heard returns when the last peer heard from node what match accepts.
func (s *stage) heard(ctx context.Context, from mark, node netip.Addr, match func(collector.Event) bool) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	var last time.Time
	for n, p := range s.peers {
		e, err := p.WaitEvent(ctx, from[n], func(e collector.Event) bool { return e.Neighbor == node && match(e) })
		if err != nil {
			return last, fmt.Errorf("%s: %w", p.Name(), err)
		}
		if e.Time.After(last) {
			last = e.Time
		}
	}
	return last, nil
}

// complete returns when the last peer had all routes of the base from node.
func (s *stage) complete(ctx context.Context, from mark, node netip.Addr) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	var last time.Time
	for n, p := range s.peers {
		if err := p.WaitLen(ctx, node, len(s.work.base)); err != nil {
			return last, fmt.Errorf("%s: %w", p.Name(), err)
		}
		for _, e := range p.Events(from[n]) {
			if e.Neighbor == node && e.Kind == collector.Announce && e.Time.After(last) {
				last = e.Time
			}
		}
	}
	return last, nil
}

// silent waits until no peer has a session with node.
func (s *stage) silent(ctx context.Context, node netip.Addr) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	for _, p := range s.peers {
		err := p.Wait(ctx, func() error {
			if p.Established(node) {
				return fmt.Errorf("%s still has a session with %v", p.Name(), node)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// same compares what both nodes announce, route by route; next hops are their own.
func (s *stage) same() error {
	var errs []error
	for _, p := range s.peers {
		diff := cmp.Diff(p.RIB(s.theirs.frr.Addr4()), p.RIB(s.ours.node.Addr4()), cmpopts.EquateComparable(netip.Prefix{}),
			cmpopts.IgnoreFields(collector.Route{}, "Since"), cmpopts.IgnoreTypes(netip.Addr{}))
		if diff != "" {
			errs = append(errs, fmt.Errorf("%s hears something else from theirs (-) than from ours (+):\n%s", p.Name(), diff))
		}
	}
	return errors.Join(errs...)
}

// change is one service more, or the same one less.
type change struct {
	prefix   netip.Prefix
	withdraw bool
}

func (c change) match(e collector.Event) bool {
	want := collector.Announce
	if c.withdraw {
		want = collector.Withdraw
	}
	return e.Kind == want && e.Prefix == c.prefix
}
