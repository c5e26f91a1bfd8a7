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
	Anchors []savedProcess `json:"anchors"`
}

// savedProcess is a process by number and start time: numbers are used again.
type savedProcess struct {
	Host  string `json:"host"`
	PID   int    `json:"pid"`
	Start string `json:"start"` // clock ticks since boot, proc(5)
}

// stateRoot is where labs without a directory of their own keep theirs.
func stateRoot() string { return filepath.Join(os.TempDir(), "frr-speaker-lab") }

func (l *Lab) saveState() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := state{Name: l.name, Dir: l.dir, Temp: l.removeDir}
	hosts := l.hosts
	if l.ports != nil {
		hosts = append(hosts[:len(hosts):len(hosts)], l.ports)
	}
	for _, h := range hosts {
		start, err := startTime(h.PID())
		if err != nil {
			return fmt.Errorf("save state of lab: host %s: %w", h.name, err)
		}
		s.Anchors = append(s.Anchors, savedProcess{Host: h.name, PID: h.PID(), Start: start})
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
// their number. A lab is known by its directory: dir, or the default place if dir is "".
func Down(ctx context.Context, name, dir string) (int, error) {
	if err := CheckRoot(); err != nil {
		return 0, err
	}
	pattern := filepath.Join(stateRoot(), name+"-*", stateFile)
	if dir != "" {
		pattern = filepath.Join(dir, stateFile)
	}
	files, err := filepath.Glob(pattern)
	if err != nil {
		return 0, fmt.Errorf("find labs: %w", err)
	}
	var errs []error
	ended := 0
	for _, file := range files {
		err := down(ctx, file, name)
		if err == nil {
			ended++
		}
		errs = append(errs, err)
	}
	return ended, errors.Join(errs...)
}

func down(ctx context.Context, file, name string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("end lab: %w", err)
	}
	var s state
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("end lab: read %s: %w", file, err)
	}
	if s.Dir != filepath.Dir(file) || !strings.HasPrefix(s.Name, name+"-") {
		return fmt.Errorf("end lab: %s is of lab %s in %s", file, s.Name, s.Dir)
	}
	for _, p := range s.Anchors {
		if err := p.kill(ctx); err != nil {
			return fmt.Errorf("end lab %s: host %s: %w", s.Name, p.Host, err)
		}
	}
	if s.Temp {
		return os.RemoveAll(s.Dir)
	}
	return os.Remove(file)
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
	if start, err := startTime(p.PID); err != nil || start != p.Start {
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
