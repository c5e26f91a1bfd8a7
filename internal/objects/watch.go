package objects

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Times that a burst of events waits for its end.
const (
	burstQuiet = 3 * time.Millisecond
	burstLimit = 20 * time.Millisecond
)

// watch tells when a directory may have changed. It is a hint: a directory that
// cannot be watched is looked at in intervals only.
type watch struct {
	dir     string
	log     *slog.Logger
	watcher *fsnotify.Watcher // nil: none to be had
	hints   hints
}

func newWatch(dir string, log *slog.Logger) *watch {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs // its parent has a name then
	}
	w := &watch{dir: dir, log: log, hints: hints{written: map[string]bool{}, blind: true}}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		log.Warn("cannot watch files; changes are found by looking", "directory", dir, "interval", rescanInterval, "error", err)
		return w
	}
	w.watcher = watcher
	w.follow()
	return w
}

func (w *watch) close() {
	if w.watcher != nil {
		_ = w.watcher.Close()
	}
}

// follow watches the directory that has the name now, and its parent, which tells
// when another one gets the name.
func (w *watch) follow() {
	for _, dir := range []string{w.dir, filepath.Dir(w.dir)} {
		_ = w.watcher.Remove(dir) // it may be another directory by now
		_ = w.watcher.Add(dir)    // when it fails, the interval finds what there is
	}
}

// take returns what the watch has told since it was asked last.
func (w *watch) take() hints {
	out := w.hints
	w.hints = hints{written: map[string]bool{}, blind: w.watcher == nil}
	return out
}

// wait returns true after an event of the directory, or when the time is over, and
// false when ctx ends.
func (w *watch) wait(ctx context.Context, atMost time.Duration) bool {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	if w.watcher == nil {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		}
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			if atMost > holdInterval {
				w.follow()
			}
			return true
		case e := <-w.watcher.Events:
			if w.concerns(e) {
				w.burst(ctx)
				return ctx.Err() == nil
			}
		case err := <-w.watcher.Errors:
			w.lost(err)
			return true
		}
	}
}

// burst takes further events until there are none for a moment.
func (w *watch) burst(ctx context.Context) {
	limit := time.NewTimer(burstLimit)
	defer limit.Stop()
	quiet := time.NewTimer(burstQuiet)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-limit.C:
			return
		case <-quiet.C:
			return
		case e := <-w.watcher.Events:
			if w.concerns(e) {
				quiet.Reset(burstQuiet)
			}
		case err := <-w.watcher.Errors:
			w.lost(err)
		}
	}
}

// concerns notes an event and reports whether it is one of the directory.
func (w *watch) concerns(e fsnotify.Event) bool {
	switch {
	case e.Name == w.dir:
		w.follow()
		w.hints.blind = true // what was written to a new directory before this
		return true
	case filepath.Dir(e.Name) != w.dir:
		return false
	case e.Has(fsnotify.Write):
		w.hints.written[filepath.Base(e.Name)] = true
	}
	return true
}

// lost notes that events were missed.
func (w *watch) lost(err error) {
	w.log.Debug("file watch", "directory", w.dir, "error", err)
	w.hints.blind = true
}
