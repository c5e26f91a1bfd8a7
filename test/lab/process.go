package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Process is a long-running process of a host.
type Process struct {
	name string
	host *Host
	cmd  *exec.Cmd
	pid  int           // of the process itself; cmd's is its parent if it is a container's first
	done chan struct{} // closed when the process was waited for

	mu    sync.Mutex // guards pidfd
	pidfd int        // of pid; -1 once it is gone
}

// ProcessOptions describe a process to start.
type ProcessOptions struct {
	Name string   // of its log; a process of the same name continues it
	Args []string // Args[0] is an absolute path as the host sees it
	Env  []string // in addition to the lab's minimal one
	// Container makes the process number 1 of a PID namespace of its own, as the
	// entrypoint of a container is: when it dies, so do all that it started.
	Container bool
}

// stopTimeout is how long Stop waits between SIGTERM and SIGKILL.
const stopTimeout = 10 * time.Second

// container starts a process as number 1 of a PID namespace, with the /proc of that and
// all that the host mounts. It stays as the parent, and they end together.
func container() []string {
	return []string{"/usr/bin/unshare", "--pid", "--fork", "--kill-child", "--propagation", "slave", "--mount-proc"}
}

// forkTimeout bounds the time until a container has its first process.
const forkTimeout = 10 * time.Second

// StartProcess starts a process in the host, its output appended to LogFile(o.Name).
func (h *Host) StartProcess(o ProcessOptions) (*Process, error) {
	args := o.Args
	if o.Container {
		args = append(container(), args...)
	}
	log, err := os.OpenFile(h.LogFile(o.Name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start %s on %s: %w", o.Name, h.name, err)
	}
	defer log.Close()

	p := &Process{name: o.Name, host: h, pidfd: -1, done: make(chan struct{})}
	p.cmd = h.command(args)
	p.cmd.Env = append(p.cmd.Env, o.Env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := joined(h.pidfd, hostNamespaces, p.cmd.Start); err != nil {
		return nil, fmt.Errorf("start %s on %s: %w", o.Name, h.name, err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in ProcessState
		close(p.done)
	}()
	h.mu.Lock()
	h.processes = append(h.processes, p)
	h.mu.Unlock()
	if err := p.identify(o.Container); err != nil {
		return nil, fmt.Errorf("start %s on %s: %w: %s", o.Name, h.name, err, p.Tail(5))
	}
	return p, nil
}

// identify finds the process that is to be signaled: the one started, or the
// first one of the container.
func (p *Process) identify(contained bool) error {
	p.pid = p.cmd.Process.Pid
	if contained {
		err := Eventually(context.Background(), forkTimeout, func() error {
			if !p.Running() {
				return nil // too short-lived to be signaled
			}
			pid, err := onlyChild(p.cmd.Process.Pid)
			if err == nil {
				p.pid = pid
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("find the container's first process: %w", err)
		}
	}
	pidfd, err := unix.PidfdOpen(p.pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return err
	}
	p.pidfd = pidfd
	return nil
}

// onlyChild is the one child of a process.
func onlyChild(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return 0, err
	}
	children := strings.Fields(string(text))
	if len(children) != 1 {
		return 0, fmt.Errorf("it has %d children", len(children))
	}
	return strconv.Atoi(children[0])
}

// Exec runs a command in the host and returns its standard output. The error
// holds the last lines that it printed. args[0] is an absolute path as
// the host sees it.
func (h *Host) Exec(ctx context.Context, args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd := h.command(args)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("run %s on %s: %w", args[0], h.name, err)
	}
	if err := joined(h.pidfd, hostNamespaces, cmd.Start); err != nil {
		return nil, fmt.Errorf("run %s on %s: %w", args[0], h.name, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() }) // or it has ended
	err := cmd.Wait()
	stop()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		said := append(bytes.TrimSpace(stderr.Bytes()), '\n')
		if len(said) == 1 {
			said = stdout.Bytes() // where some programs complain
		}
		return stdout.Bytes(), fmt.Errorf("run %s on %s: %w: %s", strings.Join(args, " "), h.name, err, lastLines(said, 10))
	}
	return stdout.Bytes(), nil
}

func (h *Host) command(args []string) *exec.Cmd {
	return &exec.Cmd{
		Path: args[0],
		Args: args,
		Dir:  "/",
		Env:  append(baseEnv(), environment+"="+h.lab.dir),
	}
}

// Name is the name the process was started under.
func (p *Process) Name() string { return p.name }

// PID is the process as the machine numbers it.
func (p *Process) PID() int { return p.pid }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Running reports whether the process has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// ExitCode is the exit status of a process that has ended, -1 if a signal ended it.
func (p *Process) ExitCode() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

// Signal sends a signal; one that has ended is no error.
func (p *Process) Signal(s syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pidfd < 0 {
		return nil
	}
	if !p.Running() {
		unix.Close(p.pidfd)
		p.pidfd = -1
		return nil
	}
	if err := unix.PidfdSendSignal(p.pidfd, s, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("signal %s on %s: %w", p.name, p.host.name, err)
	}
	return nil
}

// Stop asks the process to end (SIGTERM) and waits. One that does not within
// 10 s, or before ctx ends, is killed, which is an error.
func (p *Process) Stop(ctx context.Context) error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	patience, cancel := WithTimeout(ctx, stopTimeout)
	defer cancel()
	err := p.await(patience)
	if err == nil {
		return nil
	}
	return errors.Join(fmt.Errorf("stop %s on %s: it ignored SIGTERM: %w", p.name, p.host.name, err), p.Kill())
}

// Kill ends the process by SIGKILL and waits until it is gone.
func (p *Process) Kill() error {
	if err := p.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	ctx, cancel := WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return p.await(ctx)
}

// Tail is the last n lines of the process's output.
func (p *Process) Tail(n int) string { return tail(p.host.LogFile(p.name), n) }

func (p *Process) await(ctx context.Context) error {
	select {
	case <-p.done:
		return p.Signal(0) // closes the descriptor
	case <-ctx.Done():
		return fmt.Errorf("wait for %s on %s to end: %w", p.name, p.host.name, ctx.Err())
	}
}

// tail reads the last n lines of a file; what cannot be read is empty.
func tail(path string, n int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return lastLines(text, n)
}

func lastLines(text []byte, n int) string {
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
