package speaker

import (
	"slices"
	"sync"
	"time"
)

// Heart knows which tasks are alive: each of them beats while it gets to its own
// select, so one that hangs in its work falls silent.
type Heart struct {
	now func() time.Time

	mu   sync.Mutex // guards last
	last map[string]time.Time
}

// How often tasks beat, and after which silence one counts as stuck: longer than any
// pass or write takes, shorter than people wait.
const (
	beatInterval = 5 * time.Second
	beatTimeout  = 30 * time.Second
)

// NewHeart returns a heart without tasks, which is alive.
func NewHeart() *Heart { return &Heart{now: time.Now, last: map[string]time.Time{}} }

// Task adds a task, and returns what it calls at least every few seconds. It counts
// as alive until the first call is overdue.
func (h *Heart) Task(name string) (beat func()) {
	beat = func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.last[name] = h.now()
	}
	beat()
	return beat
}

// Stuck names the tasks that have fallen silent, sorted.
func (h *Heart) Stuck() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var stuck []string
	for name, last := range h.last {
		if h.now().Sub(last) > beatTimeout {
			stuck = append(stuck, name)
		}
	}
	slices.Sort(stuck)
	return stuck
}

// beating calls beat, if there is one, and every beatInterval has the channel wake its reader.
type beating struct {
	beat   func()
	ticker *time.Ticker
}

func startBeating(beat func()) beating {
	if beat == nil {
		beat = func() {}
	}
	return beating{beat, time.NewTicker(beatInterval)}
}

func (b beating) stop() { b.ticker.Stop() }
