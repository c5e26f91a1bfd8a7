package speaker

import (
	"context"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// Source is where API objects come from: a directory or a cluster.
type Source interface {
	// Run follows the source until ctx ends.
	Run(ctx context.Context) error
	// Changed pokes, without payload, when a new Snapshot is worth taking.
	Changed() <-chan struct{}
	// Snapshot returns one consistent set of objects and what is wrong with how
	// they were written; false until there is a complete set.
	Snapshot() (intent.Objects, []intent.Problem, bool)
}

// Sink takes the whole wanted state each time. Set must not block.
type Sink interface {
	Set(state announce.State, rawConfig string)
}

// Members tell on which nodes a speaker is alive.
type Members interface {
	Alive() []string          // never nil
	Changed() <-chan struct{} // pokes, without payload, when Alive has something new
}

// Task is something that lives as long as the process.
type Task interface {
	Run(ctx context.Context) error
	String() string
}

// Speaker turns snapshots of a source into the state of its sinks.
type Speaker struct {
	Node    string
	Options intent.Options
	Source  Source
	Sinks   []Sink
	Tasks   []Task // run beside the loop
	Log     *slog.Logger
	Metrics *Metrics

	// Oldest, if set, returns when the oldest event came that is new in the last
	// snapshot, and Began is told of it before the sinks get their state.
	Oldest func() time.Time
	Began  func(oldest time.Time)
	Beat   func() // if set, is called while the loop is alive
	BGPOff bool   // there is no FRR: nothing of BGP is decided, and peers are told
	L2Off  bool   // other nodes are not known: nothing of layer 2 is decided, and L2Advertisements are told

	// Members, if set, say who may be elected; without them, every node may be.
	Members Members

	// Last, if set, is what the objects meant to the speaker before this one.
	Last *intent.Intent
	// Observe, if set, is told of every pass. It must not block.
	Observe func(Report)

	// Of the loop.
	reader   *intent.Reader
	decider  *announce.Decider
	sessions *bgp.Speaker // of this node when the cluster had it last; nil: it never had
}

// The bounds of the gap between passes under a storm of pokes.
const (
	minGap = 10 * time.Millisecond
	maxGap = 500 * time.Millisecond
)

// startTime is how long after the first decision all of the start is over.
const startTime = 2 * time.Second

// Run loops until ctx ends, or a task fails.
func (s *Speaker) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.Source.Run(ctx) })
	for _, task := range s.Tasks {
		group.Go(func() error { return task.Run(ctx) })
	}
	group.Go(func() error { s.loop(ctx); return nil })
	return group.Wait()
}

// loop makes one pass per poke, paced.
func (s *Speaker) loop(ctx context.Context) {
	pace := pacer{min: minGap, max: maxGap}
	said := newReporter(s.Log, s.Node)
	last := s.Last
	s.reader, s.decider = intent.NewReader(), announce.NewDecider()
	var membersChanged <-chan struct{}
	if s.Members != nil {
		membersChanged = s.Members.Changed()
	}
	alive := startBeating(s.Beat)
	defer alive.stop()
	var started <-chan time.Time // set with the first decision
	for {
		alive.beat()
		select {
		case <-ctx.Done():
			return
		case <-alive.ticker.C:
			continue
		case <-started:
			debug.FreeOSMemory() // the lists that everything began with are garbage by now, and the node has other uses for it
			continue
		case <-s.Source.Changed():
		case <-membersChanged:
		}
		if pace.wait(ctx) != nil {
			return
		}
		began := time.Now()
		last = s.pass(last, said)
		pace.done(time.Since(began))
		if started == nil && s.sessions != nil {
			started = time.After(startTime)
		}
	}
}

// pass takes a snapshot, decides, and hands the state to the sinks. It returns
// the intent, which is what the next pass falls back on for objects that turn invalid.
// Where the cluster never had this node, nothing says which sessions are its own: then the
// sinks keep what they have. A node that was deleted keeps its sessions alone.
func (s *Speaker) pass(last *intent.Intent, said *reporter) *intent.Intent {
	began := time.Now()
	objs, problems, ok := s.Source.Snapshot()
	if !ok {
		said.problems(problems)
		s.observe(Report{Problems: intent.SortProblems(slices.Clone(problems))})
		return last
	}
	if s.Members != nil {
		objs.Members = s.Members.Alive()
	}
	want, more := s.reader.Parse(objs, s.Options, last)
	fit, unfit := s.fit(want)
	state := s.decide(fit)
	refused := slices.Concat(problems, more)
	problems = intent.SortProblems(slices.Concat(refused, unfit, state.Problems))
	said.problems(problems)
	s.observe(Report{Objects: objs, Intent: fit, State: state, Problems: problems, Refused: refused})
	if state.NodeUnknown {
		s.Metrics.held(problems)
		return want
	}
	if s.Oldest != nil && s.Began != nil {
		s.Began(s.Oldest())
	}
	for _, sink := range s.Sinks {
		sink.Set(state, fit.RawConfig)
	}
	said.verdicts(state.Verdicts)
	s.Metrics.pass(state, problems, time.Since(began))
	return want
}

// fit leaves out of an intent what must not reach FRR, and what is off here.
func (s *Speaker) fit(in *intent.Intent) (*intent.Intent, []intent.Problem) {
	fit, problems := Sift(in)
	for _, protocol := range []struct {
		off     bool
		without func(*intent.Intent, string) (*intent.Intent, []intent.Problem)
	}{{s.BGPOff, withoutBGP}, {s.L2Off, withoutL2}} {
		if protocol.off {
			var told []intent.Problem
			fit, told = protocol.without(fit, s.Node)
			problems = append(problems, told...)
		}
	}
	return fit, problems
}

// decide decides, and remembers which sessions this node has. Where all Nodes are followed and
// none is left, that is no deletion: there is nobody to take over, and the list may be wrong.
func (s *Speaker) decide(in *intent.Intent) announce.State {
	state := s.decider.Decide(in, s.Node)
	switch {
	case !state.NodeUnknown:
		s.sessions = &state.BGP
	case s.sessions != nil && (len(in.Nodes) > 0 || s.L2Off):
		state = announce.NodeGone(in, s.Node, *s.sessions)
	}
	return state
}

func (s *Speaker) observe(r Report) {
	if s.Observe != nil {
		s.Observe(r)
	}
}
