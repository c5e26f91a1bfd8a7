package objects

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"frr-speaker/internal/intent"
)

// Times of following a directory.
const (
	rescanInterval = 10 * time.Second       // the truth, where events are only hints
	settleTime     = 100 * time.Millisecond // without a write before a text with errors is believed
	settleLimit    = time.Second            // how long a text with errors may keep changing
)

// Source follows a directory.
type Source struct {
	dir     *directory // owned by Run
	opts    Options
	changed chan struct{}

	mu   sync.Mutex // guards snap
	snap snapshot
}

// snapshot is what Snapshot returns.
type snapshot struct {
	objects  intent.Objects
	problems []intent.Problem
	complete bool
}

// NewSource returns a source of the objects in dir. It reads nothing before Run.
func NewSource(dir string, opts Options) *Source {
	opts = opts.withDefaults()
	return &Source{dir: newDirectory(dir, opts), opts: opts, changed: make(chan struct{}, 1)}
}

// String names the source.
func (s *Source) String() string { return "objects directory " + s.dir.path }

// Changed pokes when Snapshot has something new. The poke carries nothing.
func (s *Source) Changed() <-chan struct{} { return s.changed }

// Snapshot returns the objects last read and what is wrong with how they are
// written; false until there was a directory with a file in it.
func (s *Source) Snapshot() (intent.Objects, []intent.Problem, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snap.objects, s.snap.problems, s.snap.complete
}

// Run follows the directory until ctx ends. The error is that the system grants no
// file watch at all (fs.inotify.max_user_instances).
func (s *Source) Run(ctx context.Context) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch %s: %w", s.dir.path, err)
	}
	defer watcher.Close()
	follow(watcher, s.dir.path)
	tick := time.NewTicker(rescanInterval)
	defer tick.Stop()
	s.rescan(ctx, watcher)
	for {
		select {
		case <-ctx.Done():
			return nil
		case _, ok := <-watcher.Events:
			if !ok {
				return fmt.Errorf("watch %s: the watch was closed", s.dir.path)
			}
		case err, ok := <-watcher.Errors:
			if !ok {
				return fmt.Errorf("watch %s: the watch was closed", s.dir.path)
			}
			s.opts.Log.Debug("file watch", "error", err)
		case <-tick.C:
		}
		drain(watcher)
		s.rescan(ctx, watcher)
	}
}

// rescan reads what is new, waits for a text with errors to come to rest, and pokes.
func (s *Source) rescan(ctx context.Context, watcher *fsnotify.Watcher) {
	before := s.dir.clone()
	if !s.dir.scan() {
		return
	}
	for until := time.Now().Add(settleLimit); s.dir.unsettled(time.Now()) && time.Now().Before(until); {
		timer := time.NewTimer(settleTime)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		// Begin again from what was good: a half-written text must not count as the file's last content.
		s.dir = before.clone()
		s.dir.scan()
	}
	if s.dir.gone != "" || before.gone != "" {
		follow(watcher, s.dir.path)
	}
	s.publish()
}

func (s *Source) publish() {
	objs, problems := s.dir.merge()
	s.mu.Lock()
	s.snap = snapshot{objs, problems, s.snap.complete || len(s.dir.files) > 0}
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// follow watches the directory that has the name now. That it fails is no error: the
// ticker finds what the watch would have told.
func follow(watcher *fsnotify.Watcher, dir string) {
	_ = watcher.Remove(dir) // it may be another directory by now
	_ = watcher.Add(dir)
}

// drain takes the events that are there already: one scan answers them all.
func drain(watcher *fsnotify.Watcher) {
	for {
		select {
		case <-watcher.Events:
		default:
			return
		}
	}
}
