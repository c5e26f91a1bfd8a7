package speaker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"frr-speaker/internal/l2"
)

// Exclusions follows the file that lists links which never answer: the ConfigMap
// metallb-excludel2, mounted.
type Exclusions struct {
	File  string
	Apply func(l2.Exclusions)
	Log   *slog.Logger

	said string // the last complaint
}

// exclusionsInterval is how often the file is read when no event says so.
const exclusionsInterval = 10 * time.Second

// String names the task.
func (e *Exclusions) String() string { return "list of interfaces to exclude" }

// Run applies each content of the file until ctx ends. Without a file the default
// list holds; a file that cannot be used changes nothing.
func (e *Exclusions) Run(ctx context.Context) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch %s: %w", e.File, err)
	}
	defer watcher.Close()
	tick := time.NewTicker(exclusionsInterval)
	defer tick.Stop()
	for {
		// The directory, since the kubelet exchanges a link in it. It may come later.
		_ = watcher.Add(filepath.Dir(e.File))
		e.look()
		select {
		case <-ctx.Done():
			return nil
		case <-watcher.Events:
		case err := <-watcher.Errors: // events may be lost: look, all the same
			e.Log.Debug("watch the list of interfaces to exclude", "error", err)
		case <-tick.C:
		}
	}
}

// look reads the file.
func (e *Exclusions) look() {
	list, err := e.read()
	if err != nil {
		if complaint := err.Error(); complaint != e.said {
			e.Log.Error("cannot use the list of interfaces to exclude; the last one holds", "error", err,
				"remedy", "correct the ConfigMap metallb-excludel2")
			e.said = complaint
		}
		return
	}
	e.said = ""
	e.Apply(list)
}

func (e *Exclusions) read() (l2.Exclusions, error) {
	text, err := os.ReadFile(e.File)
	if errors.Is(err, fs.ErrNotExist) {
		return l2.DefaultExclusions(), nil
	}
	if err != nil {
		return l2.Exclusions{}, fmt.Errorf("read list of interfaces to exclude: %w", err)
	}
	list, err := l2.ParseExclusions(text)
	if err != nil {
		return l2.Exclusions{}, fmt.Errorf("%s: %w", e.File, err)
	}
	return list, nil
}
