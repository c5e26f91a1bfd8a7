package objects

import (
	"context"
	"sync"
	"time"

	"frr-speaker/internal/intent"
)

// Times of following a directory.
const (
	rescanInterval = 10 * time.Second      // the truth, where a watch gives only hints
	searchInterval = time.Second           // the same, for a directory that is not there
	holdInterval   = 25 * time.Millisecond // between looks at a change that is not believed yet
)

// Source follows a directory.
type Source struct {
	path     string
	opts     Options
	interval time.Duration // between rescans
	changed  chan struct{}

	mu    sync.Mutex // guards what follows
	snap  snapshot
	seen  time.Time // when the first change was found that no Snapshot has had; zero: none
	taken time.Time // the same of the last Snapshot
}

// snapshot is what Snapshot returns.
type snapshot struct {
	objects  intent.Objects
	problems []intent.Problem
	complete bool
}

// NewSource returns a source of the objects in dir. It reads nothing before Run.
func NewSource(dir string, opts Options) *Source {
	return &Source{path: dir, opts: opts.withDefaults(), interval: rescanInterval, changed: make(chan struct{}, 1)}
}

// String names the source.
func (s *Source) String() string { return "objects directory " + s.path }

// Changed pokes when Snapshot has something new. The poke carries nothing.
func (s *Source) Changed() <-chan struct{} { return s.changed }

// Snapshot returns the objects last read and what is wrong with how they are
// written; false until there was a directory with a file to read. The objects are
// shared and must not be changed. An object that is read again from the same text
// is the same pointer.
func (s *Source) Snapshot() (intent.Objects, []intent.Problem, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken, s.seen = s.seen, time.Time{}
	return s.snap.objects, s.snap.problems, s.snap.complete
}

// Oldest is when the first change was looked at that the last snapshot had and none
// before it; zero if there was none.
func (s *Source) Oldest() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

// Run follows the directory until ctx ends; then it returns nil.
func (s *Source) Run(ctx context.Context) error {
	w := newWatch(s.path, s.opts.Log)
	defer w.close()
	d := newDirectory(s.path, s.opts)
	for {
		now := time.Now()
		s.publish(d, d.scan(now, w.take()), now)
		if !w.wait(ctx, s.pause(d)) {
			return nil
		}
	}
}

// pause is how long to wait for an event before looking all the same.
func (s *Source) pause(d *directory) time.Duration {
	switch {
	case d.unsettled():
		return holdInterval
	case d.gone != "":
		return min(searchInterval, s.interval)
	}
	return s.interval
}

// publish makes a snapshot of the directory and pokes, if there is anything new. The
// first one waits until every file has come to rest.
func (s *Source) publish(d *directory, changed bool, now time.Time) {
	complete := d.legible() && (s.snap.complete || !d.unsettled())
	if !changed && complete == s.snap.complete {
		return
	}
	objs, problems := d.merge()
	s.mu.Lock()
	s.snap = snapshot{objs, problems, complete}
	if s.seen.IsZero() {
		s.seen = now
	}
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
}
