package speaker

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
)

// Memory keeps on the shared volume what objects said when they were last valid. A speaker
// that starts while one of them is invalid then goes on with that, as one does that was
// there all the time. The file is not needed: without it such an object means nothing.
type Memory struct {
	Dir handoff.Dir
	Log *slog.Logger

	mu     sync.Mutex // guards latest
	latest *Report
	poke   chan struct{} // one slot: latest is new

	kept    intent.Objects // Recall and Run alone
	written []byte
}

// NewMemory makes a memory; Run makes it write.
func NewMemory(dir handoff.Dir, log *slog.Logger) *Memory {
	return &Memory{Dir: dir, Log: log, poke: make(chan struct{}, 1)}
}

// String names the task.
func (m *Memory) String() string { return "memory" }

// Recall returns what the objects meant to the speaker before; nil if nothing is kept. It
// comes before Run.
func (m *Memory) Recall(o intent.Options) *intent.Intent {
	content, err := m.Dir.ReadObjects()
	if err == nil && content != nil {
		err = json.Unmarshal(content, &m.kept)
	}
	if err != nil {
		m.Log.Warn("cannot recall what objects meant before; those that are invalid now mean nothing", "error", err)
		m.kept = intent.Objects{}
		return nil
	}
	if content == nil {
		return nil
	}
	m.written = content
	last, _ := intent.Parse(m.kept, o, nil) // what is wrong with them was said when it was new
	return last
}

// Observe takes note of a pass. It does not block.
func (m *Memory) Observe(r Report) {
	if r.Intent == nil {
		return // the objects were not all there
	}
	m.mu.Lock()
	m.latest = &r
	m.mu.Unlock()
	select {
	case m.poke <- struct{}{}:
	default:
	}
}

// memoryPause is between two writes: configuration changes by hand, services all the time.
const memoryPause = time.Second

// Run writes what changed until ctx ends, and once more then.
func (m *Memory) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			m.keep()
			return nil
		case <-m.poke:
		}
		m.keep()
		pause := time.NewTimer(memoryPause)
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
}

// keep writes what there is to remember of the latest pass, if that is something new.
func (m *Memory) keep() {
	m.mu.Lock()
	latest := m.latest
	m.latest = nil
	m.mu.Unlock()
	if latest == nil {
		return
	}
	m.kept = intent.Remember(m.kept, latest.Objects, latest.Refused)
	content, err := json.Marshal(m.kept)
	if err != nil {
		err = fmt.Errorf("write down the objects: %w", err)
	}
	if err == nil && bytes.Equal(content, m.written) {
		return
	}
	if err == nil {
		err = m.Dir.WriteObjects(content)
	}
	if err != nil {
		m.Log.Warn("what objects mean is not kept over a restart", "error", err)
		return
	}
	m.written = content
}
