package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// stateFile says what is left to end when the process that made a lab is gone.
const stateFile = "lab.json"

type state struct {
	Name    string         `json:"name"`
	Dir     string         `json:"dir"`
	Temp    bool           `json:"temp"` // the directory is the lab's own
	Keep    bool           `json:"keep"` // it is to outlive its maker
	Maker   savedProcess   `json:"maker"`
	Anchors []savedProcess `json:"anchors"` // one per host
}

// savedProcess is a process by number and start time: numbers are used again.
type savedProcess struct {
	Host  string `json:"host,omitempty"`
	PID   int    `json:"pid"`
	Start string `json:"start"` // clock ticks since boot, proc(5)
}

// stateRoot is where labs without a directory of their own keep theirs.
func stateRoot() string { return filepath.Join(os.TempDir(), "frr-speaker-lab") }

func (l *Lab) saveState() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := state{Name: l.name, Dir: l.dir, Temp: l.removeDir, Keep: l.keep, Maker: l.maker}
	hosts := l.hosts
	if l.ports != nil {
		hosts = append(hosts[:len(hosts):len(hosts)], l.ports)
	}
	for _, h := range hosts {
		anchor, err := save(h.PID())
		if err != nil {
			return fmt.Errorf("save state of lab: host %s: %w", h.name, err)
		}
		anchor.Host = h.name
		s.Anchors = append(s.Anchors, anchor)
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("save state of lab: %w", err)
	}
	if err := os.WriteFile(filepath.Join(l.dir, stateFile), append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("save state of lab: %w", err)
	}
	return nil
}

// Down ends the labs of a name that were kept, or whose makers died, and returns
// their number. It looks for them in dir, or where they are by default if dir is "".
func Down(ctx context.Context, name, dir string) (int, error) {
	if err := CheckRoot(); err != nil {
		return 0, err
	}
	pattern := filepath.Join(stateRoot(), "*", stateFile)
	if dir != "" {
		pattern = filepath.Join(dir, stateFile)
	}
	states, err := readStates(pattern)
	if err != nil {
		return 0, fmt.Errorf("find labs: %w", err)
	}
	ended := 0
	for _, s := range states {
		if s.Name != fmt.Sprintf("%s-%d", name, s.Maker.PID) || s.inUse() {
			continue
		}
		if err := s.end(ctx); err != nil {
			return ended, fmt.Errorf("end lab %s: %w", s.Name, err)
		}
		ended++
	}
	return ended, nil
}

// sweep removes what makers that were killed could not remove themselves. Their
// processes died with them.
func sweep(ctx context.Context) error {
	states, err := readStates(filepath.Join(stateRoot(), "*", stateFile))
	if err != nil {
		return err
	}
	for _, s := range states {
		if s.Keep || s.inUse() {
			continue
		}
		if err := s.end(ctx); err != nil {
			return fmt.Errorf("remove what is left of lab %s: %w", s.Name, err)
		}
	}
	return nil
}

// readStates reads state files; one that is half-written or gone belongs to a
// lab that is being made or ended.
func readStates(pattern string) ([]state, error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	var states []state
	for _, file := range files {
		text, err := os.ReadFile(file)
		var s state
		if err == nil && json.Unmarshal(text, &s) == nil && s.Dir == filepath.Dir(file) {
			states = append(states, s)
		}
	}
	return states, nil
}

// inUse reports whether the process that made the lab still has it.
func (s state) inUse() bool { return s.Maker.alive() }

// end kills the lab's hosts and removes its directory.
func (s state) end(ctx context.Context) error {
	for _, p := range s.Anchors {
		if err := p.kill(ctx); err != nil {
			return fmt.Errorf("host %s: %w", p.Host, err)
		}
	}
	if s.Temp {
		return os.RemoveAll(s.Dir)
	}
	return ignoreNotExist(os.Remove(filepath.Join(s.Dir, stateFile))) // or another has swept it
}

// save takes down what identifies a process.
func save(pid int) (savedProcess, error) {
	start, err := startTime(pid)
	return savedProcess{PID: pid, Start: start}, err
}

// alive reports whether the process runs.
func (p savedProcess) alive() bool {
	start, err := startTime(p.PID)
	return err == nil && start == p.Start
}

// kill ends the process if it is still the one that was saved, and waits for it.
func (p savedProcess) kill(ctx context.Context) error {
	fd, err := unix.PidfdOpen(p.PID, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	// With the descriptor open the number cannot change hands: compare, then kill.
	if !p.alive() {
		return nil
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return err
	}
	return Eventually(ctx, closeTimeout, func() error {
		ready, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		if err == nil && ready == 0 {
			err = errors.New("still running")
		}
		return err
	})
}

// startTime is field 22 of /proc/PID/stat, proc(5).
func startTime(pid int) (string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	// The name, field 2, is in parentheses and may hold anything.
	_, rest, found := strings.Cut(string(text[strings.LastIndexByte(string(text), ')'):]), " ")
	fields := strings.Fields(rest)
	if !found || len(fields) < 20 {
		return "", fmt.Errorf("read /proc/%d/stat: unexpected %q", pid, text)
	}
	return fields[19], nil
}
