package bench

import (
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// fileWatch notes when a file gets a new content by rename. The time that the file
// system keeps is that of the last tick of the kernel's clock, milliseconds ago.
type fileWatch struct {
	watcher *fsnotify.Watcher
	done    chan struct{}

	mu   sync.Mutex // guards when
	when time.Time
}

func watchFile(path string) (*fileWatch, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", path, err)
	}
	w := &fileWatch{watcher: watcher, done: make(chan struct{})}
	go w.run(path)
	if err := watcher.Add(filepath.Dir(path)); err != nil {
		w.stop()
		return nil, fmt.Errorf("watch %s: %w", path, err)
	}
	return w, nil
}

func (w *fileWatch) run(path string) {
	defer close(w.done)
	for e := range w.watcher.Events {
		if e.Name == path && e.Has(fsnotify.Create) {
			w.mu.Lock()
			w.when = time.Now()
			w.mu.Unlock()
		}
	}
}

// last is when the file was last replaced; zero if it was not.
func (w *fileWatch) last() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.when
}

// stop ends the watch.
func (w *fileWatch) stop() {
	_ = w.watcher.Close() // it always returns nil
	<-w.done
}
