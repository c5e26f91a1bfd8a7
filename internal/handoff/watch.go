package handoff

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Watch calls poke at once, whenever the named file may have changed, and every interval, until ctx ends;
// then it returns nil. A poke carries nothing: the receiver reads the file and decides. Poke must not
// block. The directory may be absent, vanish and come back; the interval is what finds it again.
//
// The error is that the system grants no file watch at all (fs.inotify.max_user_instances).
func (d Dir) Watch(ctx context.Context, file string, interval time.Duration, poke func()) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch %s: %w", string(d), err)
	}
	defer w.Close()
	tick := time.NewTicker(interval)
	defer tick.Stop()

	d.follow(w)
	poke()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-w.Events:
			if !ok {
				return fmt.Errorf("watch %s: the watch was closed", string(d))
			}
			if filepath.Base(e.Name) == file && e.Op&^fsnotify.Chmod != 0 {
				poke()
			}
		case err, ok := <-w.Errors:
			if !ok {
				return fmt.Errorf("watch %s: the watch was closed", string(d))
			}
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				poke()
			}
		case <-tick.C:
			d.follow(w)
			poke()
		}
	}
}

// follow watches the directory that has the name now, which need not be the one that had it
// before. That it fails is no error: the interval pokes all the same.
func (d Dir) follow(w *fsnotify.Watcher) {
	_ = w.Remove(string(d))
	_ = w.Add(string(d))
}
