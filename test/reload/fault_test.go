package reload

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
)

// fault is something that goes wrong, on a node that runs as it should and, unless calm is set,
// is given one new text after the other meanwhile. Afterwards the node is to run the last text, the peers
// are to hold what it means, and status.json is to have told the truth all the time.
type fault struct {
	name   string // a sentence
	strike func(ctx context.Context, s *scene) error
	calm   bool          // nothing changes meanwhile but what strike changes
	resets bool          // every session may go down, once
	within time.Duration // until all is well again, from the end of strike; 0: usualBound
	lag    time.Duration // how long status.json may be behind; 0: usualLag
	mute   bool          // status.json may be left alone for a while
}

// usualBound is generous, and longer on a machine that is busy; what is usual is logged.
const usualBound = 10 * time.Second

// scene is a node with faults to come.
type scene struct {
	*rig
	witness *witness

	mu     sync.Mutex // guards the rest
	n      int        // version of plain that was published last
	past   []moment   // since the last audit
	latest handoff.Version
}

// strikeAll lets faults happen in turn, on one node.
func strikeAll(t *testing.T, r *rig, faults []fault) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &scene{rig: r, witness: newWitness(ctx, r)}
	defer func() {
		cancel()
		<-s.witness.done
	}()
	if err := s.next(t); err != nil {
		t.Fatal(err)
	}
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	s.past = append([]moment{{}}, s.past...)
	if err := s.settle(ctx, fault{within: 2 * usualBound}); err != nil {
		t.Fatalf("before any fault: %v", err)
	}
	defer r.keepsSecrets(t)
	for _, f := range faults {
		if !t.Run(f.name, func(t *testing.T) { s.suffer(t, f) }) {
			return // what comes next would fail too
		}
	}
}

// keepsSecrets looks for the peers' password where people may look.
func (r *rig) keepsSecrets(t *testing.T) {
	t.Helper()
	for _, file := range []string{r.node.LogFile("frr-reloader"), r.node.LogFile("speaker"), r.dir().Path(handoff.StatusFile)} {
		text, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(text), password) {
			t.Errorf("%s holds a password", file)
		}
		if err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
	}
}

// suffer lets one fault happen.
func (s *scene) suffer(t *testing.T, f fault) {
	ctx := t.Context()
	others, err := s.others(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s.witness.allow(max(f.lag, usualLag), !f.mute)
	if f.calm {
		if err := f.strike(ctx, s); err != nil {
			t.Fatal(err)
		}
	} else if err := s.underChange(ctx, t, f.strike); err != nil {
		t.Fatal(err)
	}
	struck := time.Now()
	if err := s.settle(ctx, f); err != nil {
		t.Fatalf("%v\n%s", err, s.lab.Tails(15))
	}
	t.Logf("all is well %s later", time.Since(struck).Round(time.Millisecond))
	after, err := s.others(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(others, after); diff != "" {
		t.Errorf("other daemons run something else than before (-before +after):\n%s", diff)
	}
	for _, lie := range s.witness.heardLies() {
		t.Errorf("status.json lied: %s", lie)
	}
	s.witness.allow(usualLag, true)
}

// underChange strikes at a random moment while one text follows the other.
func (s *scene) underChange(ctx context.Context, t *testing.T, strike func(context.Context, *scene) error) error {
	churning, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		for churning.Err() == nil {
			if err := s.next(t); err != nil {
				done <- err
				return
			}
			pause(churning, time.Duration(10+rand.IntN(60))*time.Millisecond)
		}
		done <- nil
	}()
	pause(ctx, time.Duration(rand.IntN(200))*time.Millisecond)
	err := strike(ctx, s)
	pause(ctx, time.Duration(rand.IntN(200))*time.Millisecond)
	stop()
	return errors.Join(err, <-done)
}

// next publishes the next version of plain.
func (s *scene) next(t testing.TB) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	return s.publishLocked(t, plain(s.n))
}

// publishState publishes something else.
func (s *scene) publishState(t testing.TB, to state) (handoff.Version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.publishLocked(t, to)
	return s.latest, err
}

func (s *scene) publishLocked(t testing.TB, to state) error {
	if err := s.expect(to); err != nil {
		return err
	}
	m := at(to)
	text := to.text(t)
	s.past = append(s.past, m) // before FRR can run it
	v, _, err := s.dir().Publish(text)
	if err != nil {
		s.past = s.past[:len(s.past)-1]
		return err
	}
	s.latest = v
	s.witness.published(v, m)
	return nil
}

// settle waits until the node runs the last text and the peers hold what it means, and then looks
// at what they heard.
func (s *scene) settle(ctx context.Context, f fault) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	within := f.within
	if within == 0 {
		within = usualBound
	}
	ctx, cancel := lab.WithTimeout(ctx, within)
	defer cancel()
	now := s.past[len(s.past)-1]
	if err := awaitApplied(ctx, s.dir(), s.latest); err != nil {
		return err
	}
	if err := s.await(ctx, now.means, within); err != nil {
		return fmt.Errorf("applied, but: %w", err)
	}
	if err := runs(ctx, s.node, now.state); err != nil {
		return fmt.Errorf("applied, but: %w", err)
	}
	if err := s.kernelRoute(ctx); err != nil {
		return err
	}
	if len(s.past) == 1 {
		s.past = append(s.past, now)
	}
	l := newLedger(s.version, s.past)
	if f.resets {
		for c := range now.means {
			l.may[c] = "the fault"
		}
		l.most = 1
	}
	s.past = []moment{now}
	return s.audit(l)
}

// kernelRoute waits for the static route, which staticd and zebra are there for.
func (s *scene) kernelRoute(ctx context.Context) error {
	for {
		out, err := s.node.Exec(ctx, "/usr/sbin/ip", "route", "show", "203.0.113.128/25")
		if err != nil || len(out) > 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.New("the static route is not in the kernel")
		case <-time.After(statusPoll * 10):
		}
	}
}

// others is what the daemons but bgpd run.
func (s *scene) others(ctx context.Context) (map[string][]string, error) {
	all := map[string][]string{}
	for _, daemon := range daemons(s.version) {
		if daemon == "bgpd" {
			continue
		}
		text, err := running(ctx, s.node, daemon)
		if err != nil {
			return nil, err
		}
		all[daemon] = slices.Clone(inBlocks(text))
	}
	return maps.Clone(all), nil
}
