package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"frr-speaker/test/lab"
)

// The size whose figures stand first.
const headlineServices, headlinePeers = 1000, 4

// cell is one size of a cluster on one FRR.
type cell struct {
	version         lab.FRRVersion
	services, peers int
	theirs          bool // frr-reload.py is measured
}

// plan is what a run measures. BENCH=full asks for everything.
type plan struct {
	full  bool
	limit time.Duration // of one run of frr-reload.py
	file  string
}

func readPlan() plan {
	p := plan{limit: 10 * time.Minute, file: "results/README.md"}
	if os.Getenv("BENCH") == "full" {
		p.full, p.file = true, "results/full.md"
	}
	return p
}

func (p plan) cells(v lab.FRRVersion) []cell {
	var cells []cell
	for _, services := range []int{10, 100, 1000, 10_000} {
		for _, peers := range []int{1, 4, 16} {
			c := cell{version: v, services: services, peers: peers}
			c.theirs = p.full || bearable(c)
			cells = append(cells, c)
		}
	}
	return cells
}

// bearable tells where frr-reload.py takes part in a short run: where it takes less
// than a minute and, whatever it takes, where the headline is.
func bearable(c cell) bool {
	switch size := c.services * c.peers; {
	case c.services == headlineServices && c.peers == headlinePeers:
		return true
	case c.version == lab.FRR8:
		return size <= 1000
	default:
		return size <= 4000 || c.peers == 1
	}
}

// middle tells whether a prefix that sorts in the middle is measured. On FRR 8.4
// frr-reload.py takes minutes for each.
func (p plan) middle(c cell) bool {
	return c.services == headlineServices && c.peers == headlinePeers && (p.full || c.version != lab.FRR8)
}

// BenchmarkReload measures cold loads and single changes of all sizes, and writes
// the tables. An operation is one round: the change on one side, then on the other,
// the side that begins changing from round to round.
func BenchmarkReload(b *testing.B) {
	p := readPlan()
	r := &results{began: time.Now(), load: loadAverage()}
	for _, v := range lab.FRRVersions() {
		for _, c := range p.cells(v) {
			b.Run(fmt.Sprintf("frr=%d/services=%d/peers=%d", v, c.services, c.peers), func(b *testing.B) {
				benchmarkCell(b, p, c, r)
				if err := r.write(p.file); err != nil {
					b.Error(err)
				}
			})
		}
	}
}

func benchmarkCell(b *testing.B, p plan, c cell, r *results) {
	ctx := b.Context()
	s := newStage(ctx, b, c)
	b.Run("cold-load", func(b *testing.B) { benchmarkColdLoad(b, p, s, r.add(c, coldLoad)) })
	if err := s.load(ctx, p); err != nil {
		b.Fatal(err)
	}
	b.Run("one-service", func(b *testing.B) {
		benchmarkChange(b, p, s, r.add(c, announceLast), r.add(c, withdrawLast), change{prefix: s.work.last})
	})
	if p.middle(c) {
		b.Run("one-service-in-the-middle", func(b *testing.B) {
			benchmarkChange(b, p, s, r.add(c, announceMiddle), r.add(c, withdrawMiddle), change{prefix: s.work.middle})
		})
	}
}

// The number of rounds. frr-reload.py takes part in the first and, while it has
// not had its budget, in the others.
const (
	coldRounds   = 3
	changeRounds = 10
	coldBudget   = 10 * time.Second
	changeBudget = 15 * time.Second
)

func benchmarkColdLoad(b *testing.B, p plan, s *stage, out *series) {
	ctx := b.Context()
	for b.Loop() {
		for round := range coldRounds {
			if err := inTurn(round, func() error { return s.coldOurs(ctx, out) },
				func() error { return s.coldTheirs(ctx, p, out) }); err != nil {
				b.Fatal(err)
			}
		}
	}
	if s.measures() {
		if err := s.same(); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.use(out); err != nil {
		b.Fatal(err)
	}
	out.metrics(b)
}

// use notes what the processes have taken since their start, which is where a cold load begins.
func (s *stage) use(out *series) (err error) {
	if out.oursUse, err = usageOf(s.ours.node.Host); err != nil || !s.measures() {
		return err
	}
	out.theirsUse, err = usageOf(s.theirs.frr.Host)
	return err
}

func (s *stage) coldOurs(ctx context.Context, out *series) error {
	a, err := s.ours.cold(ctx)
	if err == nil {
		out.addOurs(a)
	}
	return err
}

func (s *stage) coldTheirs(ctx context.Context, p plan, out *series) error {
	if !s.measures() || out.total.Sum() > coldBudget {
		return nil
	}
	r, err := s.theirs.cold(ctx, p.limit)
	return out.addOrStop(r, err, p)
}

// load brings to the base what no cold load has brought there.
func (s *stage) load(ctx context.Context, p plan) error {
	if !s.ours.loaded {
		if _, err := s.ours.cold(ctx); err != nil {
			return err
		}
	}
	if s.measures() && !s.theirs.loaded {
		if _, err := s.theirs.cold(ctx, p.limit); err != nil && !errors.Is(err, errStopped) {
			return err
		}
	}
	return nil
}

// measures tells whether there still are two sides.
func (s *stage) measures() bool { return s.theirs != nil && !s.theirs.broken }

func benchmarkChange(b *testing.B, p plan, s *stage, more, less *series, c change) {
	ctx := b.Context()
	var before series // its usage alone
	if err := s.use(&before); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for round := range changeRounds {
			skip := !s.measures() || more.total.Sum()+less.total.Sum() > changeBudget
			for _, side := range []struct {
				change
				out *series
			}{{c, more}, {change{c.prefix, true}, less}} {
				theirs := func() error { return s.changeTheirs(ctx, p, side.change, side.out) }
				if skip {
					theirs = func() error { return nil }
				}
				if err := inTurn(round, func() error { return s.changeOurs(ctx, side.change, side.out) }, theirs); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	if err := s.use(more); err != nil {
		b.Fatal(err)
	}
	more.oursUse = more.oursUse.since(before.oursUse, more.verified.Len()+less.verified.Len())
	if runs := more.total.Len() + less.total.Len(); runs == 0 {
		more.theirsUse = nil
	} else {
		more.theirsUse = more.theirsUse.since(before.theirsUse, runs)
	}
	more.metrics(b)
}

func (s *stage) changeOurs(ctx context.Context, c change, out *series) error {
	rest(ctx)
	a, err := s.ours.change(ctx, c)
	if err == nil {
		out.addOurs(a)
	}
	return err
}

func (s *stage) changeTheirs(ctx context.Context, p plan, c change, out *series) error {
	if s.theirs.broken { // by the first half of this round
		return nil
	}
	rest(ctx)
	r, err := s.theirs.change(ctx, p.limit, c)
	return out.addOrStop(r, err, p)
}

// inTurn runs both, another one first in every round.
func inTurn(round int, a, b func() error) error {
	if round%2 == 1 {
		a, b = b, a
	}
	return errors.Join(a(), b())
}

// quiet is between two changes, so that each meets a system at rest.
const quiet = 300 * time.Millisecond

// rest waits for quiet.
func rest(ctx context.Context) {
	t := time.NewTimer(quiet)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
