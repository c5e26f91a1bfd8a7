package reload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"frr-speaker/test/lab"
)

// A walk as make test does it. WALK_STEPS and WALK_SEED ask for another.
const (
	walkSteps = 500
	coldEvery = 25 // steps between two comparisons with a cold start
	// atPeers is how soon after "applied" the peers are to hold what is wanted. It is less than FRR lets pass before
	// it dials a neighbor that it has given up (16 s and more), and enough for a machine that is busy.
	atPeers = 15 * time.Second
)

// TestRandomWalk goes through random states, each a few changes away from the one before. After
// each, the reloader says that it is applied, bgpd shows its networks and neighbors, and the
// peers hold what it means; on the way no session was reset that need not be, and no route was
// withdrawn, or announced otherwise, that was not to be. Now and then all that all daemons show is
// compared with a cold start.
func TestRandomWalk(t *testing.T) {
	steps := int(number(t, "WALK_STEPS", walkSteps))
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		t.Parallel() // a step is mostly waiting, for a timer of FRR's more often than for the machine
		seed := number(t, "WALK_SEED", rand.Uint64())
		t.Logf("WALK_SEED=%d WALK_STEPS=%d", seed, steps)
		states := generate(seed, steps)
		f := walk(t, v, states)
		if f == nil {
			return
		}
		t.Errorf("step %d of %d: %v", f.step, steps, f.err)
		shrink(t, v, states[:f.step+1])
	})
}

// number reads an environment variable.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// failure is the first thing that went wrong in a walk.
type failure struct {
	step int
	err  error
}

// walk goes through the states on a new node, and returns nil when all was well.
func walk(t *testing.T, v lab.FRRVersion, states []state) (f *failure) {
	began := time.Now()
	// A subtest ends the lab before the next begins.
	t.Run(fmt.Sprintf("%d steps", len(states)), func(t *testing.T) {
		r := newRig(t, v, rigOptions{})
		w := &walker{rig: r, twin: newTwin(t, r)}
		if err := r.node.StartReloader(); err != nil {
			t.Fatal(err)
		}
		for n, s := range states {
			hasty := s.hasty && n+1 < len(states)
			if err := w.step(t.Context(), t, s, hasty, n%coldEvery == coldEvery-1 || n+1 == len(states)); err != nil {
				f = &failure{n, err}
				t.Logf("what the processes said last:\n%s", r.lab.Tails(20))
				return
			}
		}
		took := time.Since(began)
		t.Logf("%d steps in %s, %s each; the longest %s", len(states), took.Round(time.Millisecond), (took / time.Duration(len(states))).Round(time.Millisecond), w.longest.Round(time.Millisecond))
	})
	return f
}

// walker is a walk under way.
type walker struct {
	*rig
	twin    *twin
	past    []moment // since the last look: the state settled then, and those published since
	longest time.Duration
}

// step publishes a state. Unless it is in haste it waits and looks.
func (w *walker) step(ctx context.Context, t testing.TB, s state, hasty, cold bool) error {
	begin := time.Now()
	version := w.publish(t, s)
	w.past = append(w.past, at(s))
	if hasty {
		return nil
	}
	if err := awaitApplied(ctx, w.dir(), version); err != nil {
		return err
	}
	if err := runs(ctx, w.node, s); err != nil {
		return err
	}
	now := w.past[len(w.past)-1]
	if len(w.past) == 1 {
		w.past = append([]moment{{}}, now) // before the first there was nothing
	}
	ledger := newLedger(w.version, w.past)
	w.awaitResets(ctx, ledger)
	if err := w.await(ctx, now.means, atPeers); err != nil {
		return fmt.Errorf("applied, but: %w", err)
	}
	if err := w.audit(ledger); err != nil {
		return err
	}
	w.past = []moment{now}
	w.longest = max(w.longest, time.Since(begin))
	if cold {
		return w.sameAsCold(ctx, t, w.twin, s)
	}
	return nil
}
