package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Process is a long-running process of a host.
type Process struct {
	name string
	host *Host
	cmd  *exec.Cmd
	done chan struct{} // closed when the process was waited for
	err  error         // valid after done
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

// containerScript gives a container's first process a /proc that matches its PID namespace.
const containerScript = `mount --make-rslave / && mount -t proc proc /proc && exec "$@"`

// StartProcess starts a process in the host, its output appended to LogFile(o.Name).
func (h *Host) StartProcess(o ProcessOptions) (*Process, error) {
	args := o.Args
	attr := &syscall.SysProcAttr{Setsid: true}
	if o.Container {
		args = append([]string{"/bin/sh", "-c", containerScript, o.Name}, args...)
		attr.Cloneflags = syscall.CLONE_NEWPID | syscall.CLONE_NEWNS
	}
	log, err := os.OpenFile(h.LogFile(o.Name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start %s on %s: %w", o.Name, h.name, err)
	}
	defer log.Close()

	p := &Process{name: o.Name, host: h, done: make(chan struct{})}
	p.cmd = h.command(args)
	p.cmd.Env = append(p.cmd.Env, o.Env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = attr
	if err := joined(h.pidfd, hostNamespaces, p.cmd.Start); err != nil {
		return nil, fmt.Errorf("start %s on %s: %w", o.Name, h.name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	h.mu.Lock()
	h.processes = append(h.processes, p)
	h.mu.Unlock()
	return p, nil
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
	stop := context.AfterFunc(ctx, func() { cmd.Process.Kill() })
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
func (p *Process) PID() int { return p.cmd.Process.Pid }

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
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
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
	patience, cancel := context.WithTimeout(ctx, stopTimeout)
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
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return p.await(ctx)
}

// Tail is the last n lines of the process's output.
func (p *Process) Tail(n int) string { return tail(p.host.LogFile(p.name), n) }

func (p *Process) await(ctx context.Context) error {
	select {
	case <-p.done:
		return nil
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
