package soak

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"frr-speaker/bench/report"
)

const (
	// defaultDuration is enough for most steps to happen once.
	defaultDuration = 45 * time.Second
	// truthEvery is how many steps lie between two looks at what the nodes say of themselves,
	// which they do with gaps of seconds.
	truthEvery = 20
	// firstServices are there before the first step.
	firstServices = 100
)

// TestSoak makes one random step after the other and, after each, looks at everything.
func TestSoak(t *testing.T) {
	duration, seed := settings(t)
	t.Logf("SOAK_SEED=%d SOAK_DURATION=%s", seed, duration)
	r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // to be repeated
	w := newWorld(t)
	run := &run{world: w, random: r, counts: map[string]int{}, waits: map[string]*report.Samples{}, footprints: footprints{}}
	ctx := t.Context()
	for range firstServices {
		if err := w.api.write(ctx, w.model.add(r)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.settle(ctx); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for time.Since(began) < duration {
		if err := run.step(ctx, t); err != nil {
			t.Fatalf("after %d steps and %s: %v", run.steps, time.Since(began).Round(time.Second), err)
		}
	}
	if err := w.truthful(ctx); err != nil {
		t.Error(err)
	}
	for _, grown := range run.footprints.growth() {
		t.Error(grown)
	}
	summary := run.summary(time.Since(began), seed)
	t.Log(summary)
	if file := os.Getenv("SOAK_SUMMARY"); file != "" && !t.Failed() {
		if err := os.WriteFile(file, []byte(summary), 0o644); err != nil {
			t.Error(err)
		}
	}
}

func settings(t *testing.T) (time.Duration, uint64) {
	t.Helper()
	duration, seed := defaultDuration, rand.Uint64()
	var err error
	if text := os.Getenv("SOAK_DURATION"); text != "" {
		if duration, err = time.ParseDuration(text); err != nil {
			t.Fatalf("SOAK_DURATION: %v", err)
		}
	}
	if text := os.Getenv("SOAK_SEED"); text != "" {
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("SOAK_SEED: %v", err)
		}
	}
	return duration, seed
}

// run is what was done and seen.
type run struct {
	world      *world
	random     *rand.Rand
	steps      int
	counts     map[string]int
	waits      map[string]*report.Samples // until all routers have what is meant, by step
	events     int
	footprints footprints
}

// step does one thing, waits for its effect, and looks for what it should not have had.
func (r *run) step(ctx context.Context, t *testing.T) error {
	t.Helper()
	w, next := r.world, choose(r.random, steps())
	before, addresses := w.meant(), w.model.addresses()
	marks := make([]int, len(w.routers))
	for i, router := range w.routers {
		marks[i] = router.Mark()
	}
	excuse, err := next.do(ctx, w, r.random)
	if err != nil {
		return fmt.Errorf("%s: %w", next.name, err)
	}
	began := time.Now()
	if err := w.ended(ctx, marks, excuse); err != nil {
		return fmt.Errorf("%s: %w", next.name, err)
	}
	if err := w.settle(ctx); err != nil {
		return fmt.Errorf("%s: %w", next.name, err)
	}
	took := time.Since(began)
	after := w.meant()
	w.model.hide()
	maps.Copy(addresses, w.model.addresses())
	for i, router := range w.routers {
		r.events += router.Mark() - marks[i]
		for _, fault := range w.judge(router, marks[i], before, after, excuse, addresses) {
			t.Errorf("step %d, %s: %s", r.steps, next.name, fault)
		}
	}
	r.steps++
	r.counts[next.name]++
	if r.waits[next.name] == nil {
		r.waits[next.name] = &report.Samples{}
	}
	r.waits[next.name].Add(took)
	if r.steps%truthEvery != 0 {
		return nil
	}
	if err := w.truthful(ctx); err != nil {
		return fmt.Errorf("after %s: %w", next.name, err)
	}
	return r.footprints.take(w)
}

// summary is a page about the run, in Markdown.
func (r *run) summary(took time.Duration, seed uint64) string {
	var out strings.Builder
	fmt.Fprintf(&out, `# Soak

Written by %[1]smake soak%[1]s: %[2]s, %[3]d steps, seed %[4]d. FRR 8.4 on node-1, FRR 10.3 on node-2; a real API server;
two routers and a guest, which heard %[5]d messages. After each step the routers held what the objects mean, from
both nodes; no session ended, no wanted route was withdrawn and no other announced but where the step had to.
A node that is excluded from load balancers no more may announce for a moment what went meanwhile: it sees Nodes and
endpoints by watches of their own.

`, "`", took.Round(time.Second), r.steps, seed, r.events)
	table := report.Table{Header: []string{"step", "times", "until all routers had it: median (range, number)"}}
	names := slices.SortedFunc(maps.Keys(r.counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.counts[b], r.counts[a]), cmp.Compare(a, b))
	})
	for _, name := range names {
		table.Add(name, strconv.Itoa(r.counts[name]), r.waits[name].String())
	}
	out.WriteString(table.String())
	out.WriteString("\n")
	table = report.Table{Header: []string{"process", "second quarter", "last quarter"}}
	for _, name := range slices.Sorted(maps.Keys(r.footprints)) {
		table.Add(name, median(r.footprints[name], 1).String(), median(r.footprints[name], 3).String())
	}
	out.WriteString(table.String())
	return out.String()
}
