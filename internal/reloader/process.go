package reloader

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// process is a running daemon, started here or found living.
type process struct {
	name    string
	pid     int
	started time.Time
	handle  *os.Process   // by pidfd, so that a reused pid is never signaled
	exited  chan struct{} // closed once it is gone
	err     error         // why, once exited is closed; nil for exit status 0 or unknown
}

// startProcess runs a daemon with its output going to logs.
func (s *supervisor) startProcess(p program) (*process, error) {
	// No context: a daemon outlives this process if it must, and is stopped in order if not.
	cmd := exec.CommandContext(context.Background(), filepath.Join(s.bin, p.name), p.args...)
	cmd.SysProcAttr = s.account.attributes(p.caps)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.Dir = "/"
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	cmd.Stdout, cmd.Stderr = w, w
	err = s.children.start(cmd)
	_ = w.Close()
	if err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("start %s: %w", p.name, explain(err, p.caps))
	}
	proc := &process{name: p.name, pid: cmd.Process.Pid, started: time.Now(), handle: cmd.Process, exited: make(chan struct{})}
	go relay(r, s.log.With("daemon", p.name))
	go func() {
		proc.err = s.children.wait(cmd)
		close(proc.exited)
	}()
	return proc, nil
}

// adoptProcess takes over a daemon that a predecessor of this process left running: its pid file
// names a living process of that name. It gives nil when there is none.
func adoptProcess(name, run string) *process {
	b, err := os.ReadFile(filepath.Join(run, name+".pid"))
	if err != nil {
		return nil
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || pid <= 1 {
		return nil
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil
	}
	// While the process that the pidfd holds lives, its pid is its own: name and handle are then of it.
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	handle, err2 := os.FindProcess(pid)
	if err != nil || err2 != nil || strings.TrimSpace(string(comm)) != name || ended(fd) {
		_ = unix.Close(fd)
		return nil
	}
	proc := &process{name: name, pid: pid, started: time.Now(), handle: handle, exited: make(chan struct{})}
	go func() {
		awaitExit(fd)
		close(proc.exited)
	}()
	return proc
}

// awaitExit returns when the process behind a pidfd has ended, which need not be a child.
func awaitExit(pidfd int) {
	defer func() { _ = unix.Close(pidfd) }()
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, -1)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

func ended(pidfd int) bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, 0)
	return n != 0 || err != nil
}

func (p *process) alive() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

func (p *process) signal(s os.Signal) { _ = p.handle.Signal(s) } // it may be gone, which is as good

// wait tells whether the process ended before ctx did.
func (p *process) wait(ctx context.Context) bool {
	select {
	case <-p.exited:
		return true
	case <-ctx.Done():
		return false
	}
}

// fate says how the process ended, for people.
func (p *process) fate() string {
	if p.err == nil {
		return "exited"
	}
	return p.err.Error() // "signal: killed", "exit status 1"
}
