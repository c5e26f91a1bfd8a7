package frrdiff

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRandomChanges takes a model of FRR from one random configuration to another,
// small ones first: what fails first is small.
func TestRandomChanges(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for size := 1; size <= 24; size++ {
		for n := range uint64(60) {
			if err := randomChange(seed+n, size); err != nil {
				t.Fatalf("seed %d, size %d: %v", seed+n, size, err)
			}
		}
	}
}

// TestRandomFilterEdits changes entries of filters in use, and nothing else: all of it
// has to reach the wire without bgpd's timer, and no session may notice.
func TestRandomFilterEdits(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for size := 1; size <= 24; size++ {
		for n := range uint64(20) {
			r := rand.New(rand.NewPCG(seed+n, uint64(size)))
			a := newWorld(r, size)
			b := a.clone()
			for key := range a.sessions {
				a.open[key], b.open[key] = r.IntN(3), r.IntN(3)
			}
			if err := checkChange(a.text(), b.text()); err != nil {
				t.Fatalf("seed %d, size %d: %v", seed+n, size, err)
			}
		}
	}
}

func randomChange(seed uint64, size int) error {
	r := rand.New(rand.NewPCG(seed, uint64(size)))
	a := newWorld(r, size)
	b := a.clone()
	for range 1 + r.IntN(1+size/2) {
		b.mutate(r)
	}
	if r.IntN(8) == 0 {
		b = newWorld(r, size)
	}
	return checkChange(a.text(), b.text())
}

// checkChange applies the script between two texts to a model of FRR, and looks at
// the model after every command.
func checkChange(a, b string) error {
	from, err := Parse([]byte(a))
	if err != nil {
		return err
	}
	to, err := Parse([]byte(b))
	if err != nil {
		return err
	}
	if s := Diff(to, to); s.Len() > 0 {
		return fmt.Errorf("a configuration differs from itself by %q", s[0].Commands[0].Text)
	}
	script := Diff(from, to)
	if err := walkScript(a, b, script); err != nil {
		return fmt.Errorf("%w\nfrom:\n%sto:\n%sscript:\n%s", err, a, b, printScript(script))
	}
	return nil
}

func walkScript(a, b string, script Script) error {
	m, want := newModel(), newModel()
	if err := m.load(a); err != nil {
		return fmt.Errorf("load from: %w", err)
	}
	if err := want.load(b); err != nil {
		return fmt.Errorf("load to: %w", err)
	}
	before, after := m.announced(), want.announced()
	stays := stayingNeighbors(m, want)
	m.resets = map[string]bool{}
	m.tell("")
	announcedResets := script.Resets()
	for _, step := range script {
		for n, c := range step.Commands {
			if step.Atomic && !strings.Contains(strings.Join(append(slices.Clone(c.Context), c.Text), " "), "route-map") && !strings.Contains(c.Text, "prefix-list") {
				return fmt.Errorf("%q is in an atomic step", c.Text)
			}
			if err := m.exec(c.Context, c.Text); err != nil {
				return fmt.Errorf("%q: %w", c.Text, err)
			}
			if step.Atomic && n < len(step.Commands)-1 {
				continue
			}
			if err := checkMoment(m, before, after, stays); err != nil {
				return fmt.Errorf("after %q: %w", c.Text, err)
			}
		}
	}
	if err := m.waiting(); err != nil {
		return err
	}
	m.flushedOut(want)
	if diff := cmp.Diff(want, m, cmp.AllowUnexported(model{})); diff != "" {
		return fmt.Errorf("the end is not what was wanted (-want +got):\n%s", diff)
	}
	return checkResets(m, stays, announcedResets)
}

// flushedOut makes models comparable: how they came about is not part of it, nor is
// what is left of families nobody uses.
func (m *model) flushedOut(want *model) {
	want.resets, want.wire = m.resets, m.wire
	for _, i := range slices.Concat(slices.Collect(maps.Values(m.instances)), slices.Collect(maps.Values(want.instances))) {
		for family := range i.Families {
			if len(i.Families[family]) == 0 && len(i.Networks[family]) == 0 {
				delete(i.Families, family)
				delete(i.Networks, family)
			}
		}
	}
}

// waiting finds a neighbor that would be told something else once bgpd looks again, by
// its timer, at routes whose filters were edited.
func (m *model) waiting() error {
	for session := range m.resets {
		m.tell(session + "/") // it has come up again
	}
	if diff := cmp.Diff(m.announced(), m.wire); diff != "" {
		return fmt.Errorf("filters that were edited have not reached the wire (-will be +is):\n%s", diff)
	}
	return nil
}

// stayingNeighbors are those of instances that are before and after the same.
func stayingNeighbors(before, after *model) map[string]bool {
	stays := map[string]bool{}
	for vrf, i := range before.instances {
		j := after.instances[vrf]
		for name := range i.Neighbors {
			if j != nil && j.Neighbors[name] != nil {
				stays[vrf+"/"+name] = true
			}
		}
	}
	return stays
}

// checkMoment: a route that is wanted before and after is there now, unless its session
// is down; and nothing is told that is not told before or after.
func checkMoment(m *model, before, after map[string]string, stays map[string]bool) error {
	if err := m.unguarded(); err != nil {
		return err
	}
	now := m.announced()
	for route, attributes := range now {
		was, inBefore := before[route]
		will, inAfter := after[route]
		if !(inBefore && was == attributes) && !(inAfter && will == attributes) {
			return fmt.Errorf("%s leaks with %q", route, attributes)
		}
	}
	for route := range before {
		f := strings.Split(route, "/")
		session := f[0] + "/" + f[1]
		if _, wanted := after[route]; !wanted || m.resets[session] {
			continue
		}
		if _, there := now[route]; !there {
			return fmt.Errorf("%s is withdrawn", route)
		}
	}
	return nil
}

// checkResets: sessions of neighbors that stay go down only when Resets says so, and then do.
func checkResets(m *model, stays map[string]bool, announced []string) error {
	said := map[string]bool{}
	for _, line := range announced {
		who, _, _ := strings.Cut(line, ": ")
		name, vrf, _ := strings.Cut(who, " vrf ")
		said[vrf+"/"+name] = true
	}
	for session := range stays {
		if m.resets[session] != said[session] {
			return fmt.Errorf("session %s: reset is %v, Resets says %v", session, m.resets[session], announced)
		}
	}
	return nil
}

func printScript(s Script) string {
	var b strings.Builder
	for _, step := range s {
		fmt.Fprintf(&b, "-- %v, atomic %v\n", step.Phase, step.Atomic)
		for _, c := range step.Commands {
			fmt.Fprintf(&b, "%s%s\n", strings.Repeat(" ", len(c.Context)), c.Text)
		}
	}
	return b.String()
}
