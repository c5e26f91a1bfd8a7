package lab

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Host is one machine of the lab: its namespaces, links and processes.
type Host struct {
	name   string
	dir    string
	lab    *Lab
	anchor *exec.Cmd // the waiting process that holds the namespaces
	pidfd  int
	gone   chan struct{} // closed when anchor was waited for

	mu        sync.Mutex // guards the rest
	links     []link
	processes []*Process
}

// HostOptions name a host and say where it is attached.
type HostOptions struct {
	Name     string       // unique in the lab; also its host name
	Networks []Attachment // its links eth0, eth1, …, in order
}

// Attachment is one link of a host. A missing address is the next free one of
// the network, if the network has that family.
type Attachment struct {
	Network      *Network
	Addr4, Addr6 netip.Addr
}

// On is the attachment of a host to one network with addresses chosen by the lab.
func On(n *Network) []Attachment { return []Attachment{{Network: n}} }

// environment marks the processes of a lab: its value is the lab's directory.
const environment = "FRR_SPEAKER_LAB"

const hostNamespaces = unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC

//go:embed host.sh
var hostScript string

// NewHost makes a host without any process of ours in it.
func (l *Lab) NewHost(ctx context.Context, o HostOptions) (*Host, error) {
	return l.newHost(ctx, o, "")
}

// newHost makes a host whose /usr and /etc are those under root; "" for the machine's own.
func (l *Lab) newHost(ctx context.Context, o HostOptions, root string) (*Host, error) {
	h, err := l.startHost(ctx, o.Name, root)
	if err != nil {
		return nil, fmt.Errorf("make host %s: %w", o.Name, err)
	}
	if err := l.add(h); err != nil {
		return nil, fmt.Errorf("make host %s: %w", o.Name, errors.Join(err, h.close(ctx)))
	}
	for _, a := range o.Networks {
		if err := h.Attach(a); err != nil {
			return nil, err // the lab's Close takes the host down
		}
	}
	if err := l.saveState(); err != nil {
		return nil, fmt.Errorf("make host %s: %w", o.Name, err)
	}
	return h, nil
}

func (l *Lab) startHost(ctx context.Context, name, root string) (*Host, error) {
	if !validName.MatchString(name) {
		return nil, fmt.Errorf("name %q: use at most 20 lower-case letters, digits and dashes", name)
	}
	h := &Host{name: name, dir: filepath.Join(l.dir, name), lab: l, pidfd: -1, gone: make(chan struct{})}
	for _, dir := range []string{"", "run", "etc", "log", "handoff"} {
		if err := os.MkdirAll(filepath.Join(h.dir, dir), 0o755); err != nil {
			return nil, err
		}
	}
	complaints, err := os.Create(h.LogFile("host"))
	if err != nil {
		return nil, err
	}
	defer complaints.Close()
	ready, stdout, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer ready.Close()

	h.anchor = exec.Command("/bin/sh", "-euc", hostScript, "frr-speaker-lab-host", name, h.dir, root)
	h.anchor.Env = append(baseEnv(), environment+"="+l.dir)
	h.anchor.Dir = "/"
	h.anchor.Stdout, h.anchor.Stderr = stdout, complaints
	// A session of its own: the terminal's signals are for who uses the lab.
	h.anchor.SysProcAttr = &syscall.SysProcAttr{Cloneflags: hostNamespaces, Setsid: true}
	if !l.keep {
		h.anchor.SysProcAttr.Pdeathsig = syscall.SIGKILL
	}
	if err := errors.Join(l.parent.do(h.anchor.Start), stdout.Close()); err != nil {
		return nil, fmt.Errorf("start its first process: %w", err)
	}
	go func() {
		_ = h.anchor.Wait() // it ends by a signal: there is no more to learn
		close(h.gone)
	}()
	if h.pidfd, err = unix.PidfdOpen(h.anchor.Process.Pid, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("open its first process: %w", err), h.close(ctx))
	}
	if err := awaitReady(ctx, ready); err != nil {
		why := tail(h.LogFile("host"), 5)
		return nil, errors.Join(fmt.Errorf("set up mounts: %w: %s", err, why), h.close(ctx))
	}
	return h, h.Do(prepareNetwork)
}

// awaitReady waits for the line that host.sh prints when all is mounted.
func awaitReady(ctx context.Context, r *os.File) error {
	stop := context.AfterFunc(ctx, func() { _ = r.Close() }) // ends the read below
	defer stop()
	line, err := bufio.NewReader(r).ReadString('\n')
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, io.EOF):
		return errors.New("the script ended")
	case err != nil:
		return err
	case line != "ready\n":
		return fmt.Errorf("unexpected output %q", line)
	}
	return nil
}

// baseEnv is the environment of the lab's processes before the marker: no more than they need.
func baseEnv() []string {
	return []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8", "TERM=dumb"}
}

// Name is the name of the host.
func (h *Host) Name() string { return h.name }

// Dir is the host's directory. Under it, etc is the host's /etc/frr, run its
// /run/frr, log its /var/log/frr; the logs of its processes lie beside them.
func (h *Host) Dir() string { return h.dir }

// RunDir is the host's /run/frr as seen from outside: vty sockets and pid files.
func (h *Host) RunDir() string { return filepath.Join(h.dir, "run") }

// EtcDir is the host's /etc/frr as seen from outside.
func (h *Host) EtcDir() string { return filepath.Join(h.dir, "etc") }

// LogFile is where the output of the named process goes.
func (h *Host) LogFile(process string) string { return filepath.Join(h.dir, process+".log") }

// PID is the process that holds the host's namespaces.
func (h *Host) PID() int { return h.anchor.Process.Pid }

// EnterCommand is what a person types to get a shell in the host.
func (h *Host) EnterCommand() string { return fmt.Sprintf("nsenter -a -t %d", h.PID()) }

// Do runs f in the host's network namespace: sockets that it opens belong there.
// f must not start goroutines that rely on it.
func (h *Host) Do(f func() error) error { return joined(h.pidfd, unix.CLONE_NEWNET, f) }

// Tails prints the last n lines of each of the host's logs.
func (h *Host) Tails(n int) string {
	logs, err := filepath.Glob(filepath.Join(h.dir, "*.log"))
	if err != nil {
		return ""
	}
	var out strings.Builder
	for _, log := range logs {
		if text := tail(log, n); text != "" {
			fmt.Fprintf(&out, "--- %s %s\n%s\n", h.name, filepath.Base(log), text)
		}
	}
	return out.String()
}

// close kills the host's first process, which makes the kernel end all the others.
func (h *Host) close(ctx context.Context) error {
	if err := h.anchor.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill host %s: %w", h.name, err)
	}
	select {
	case <-h.gone:
	case <-ctx.Done():
		return fmt.Errorf("host %s is still there: %w", h.name, ctx.Err())
	}
	h.mu.Lock()
	processes := h.processes
	h.mu.Unlock()
	for _, p := range processes {
		if err := p.await(ctx); err != nil {
			return err
		}
	}
	if h.pidfd >= 0 {
		unix.Close(h.pidfd)
		h.pidfd = -1
	}
	return nil
}
