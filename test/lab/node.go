package lab

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"frr-speaker/internal/handoff"
)

// Node is a host that runs this project: speaker, and frr-reloader with the
// FRR daemons that it supervises. The two share the handoff directory alone.
type Node struct {
	*Host
	frrShell
	options  NodeOptions
	bin      string
	speaker  *Process
	reloader *Process
}

// NodeOptions describe a node.
type NodeOptions struct {
	HostOptions
	Version      FRRVersion
	ObjectsDir   string   // absolute; the YAML that speaker follows; "" when SpeakerArgs name another source
	SpeakerArgs  []string // in addition to --objects, --node-name and --handoff
	ReloaderArgs []string // in addition to --handoff and --run-dir
	Env          []string // of both
	Binaries     string   // a directory; default: the lab's
	// SharedPIDs lets frr-reloader run in the host's PID namespace instead of as
	// process 1 of its own: FRR's daemons then survive when it is killed.
	SharedPIDs bool
}

// StartNode makes a node and starts its two processes. It does not wait for routes.
func (l *Lab) StartNode(ctx context.Context, o NodeOptions) (*Node, error) {
	n, err := l.NewNode(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := n.StartReloader(); err != nil {
		return nil, err
	}
	return n, n.StartSpeaker()
}

// NewNode makes a node on which nothing runs yet.
func (l *Lab) NewNode(ctx context.Context, o NodeOptions) (*Node, error) {
	installation, err := FindFRR(o.Version)
	if err != nil {
		return nil, err
	}
	bin := o.Binaries
	if bin == "" {
		if bin, err = l.binaries(); err != nil {
			return nil, err
		}
	}
	host, err := l.newHost(ctx, o.HostOptions, installation.Root)
	if err != nil {
		return nil, err
	}
	return &Node{Host: host, frrShell: frrShell{host: host, FRRInstallation: installation}, options: o, bin: bin}, nil
}

// StartSpeaker starts speaker, if it does not run.
func (n *Node) StartSpeaker() error {
	if n.speaker != nil && n.speaker.Running() {
		return nil
	}
	args := []string{
		filepath.Join(n.bin, "speaker"),
		"--node-name", n.name, "--handoff", n.HandoffDir(),
	}
	if n.options.ObjectsDir != "" {
		args = append(args, "--objects", n.options.ObjectsDir)
	}
	var err error
	n.speaker, err = n.StartProcess(ProcessOptions{
		Name: "speaker", Args: append(args, n.options.SpeakerArgs...), Env: n.options.Env,
	})
	return err
}

// StopSpeaker ends speaker by SIGTERM.
func (n *Node) StopSpeaker(ctx context.Context) error { return stopProcess(ctx, n.speaker) }

// KillSpeaker ends speaker by SIGKILL.
func (n *Node) KillSpeaker() error { return killProcess(n.speaker) }

// StartReloader starts frr-reloader, if it does not run.
func (n *Node) StartReloader() error {
	if n.reloader != nil && n.reloader.Running() {
		return nil
	}
	args := []string{
		filepath.Join(n.bin, "frr-reloader"), "--handoff", n.HandoffDir(), "--run-dir", "/var/run/frr",
	}
	var err error
	n.reloader, err = n.StartProcess(ProcessOptions{
		Name: "frr-reloader", Args: append(args, n.options.ReloaderArgs...), Env: n.options.Env,
		Container: !n.options.SharedPIDs,
	})
	return err
}

// StopReloader ends frr-reloader by SIGTERM: the frr container is stopped.
func (n *Node) StopReloader(ctx context.Context) error { return stopProcess(ctx, n.reloader) }

// KillReloader ends frr-reloader by SIGKILL. FRR's daemons end with it, as in
// a container, unless the node has SharedPIDs.
func (n *Node) KillReloader() error { return killProcess(n.reloader) }

// KillDaemon ends one FRR daemon by SIGKILL.
func (n *Node) KillDaemon(daemon string) error { return n.SignalDaemon(daemon, syscall.SIGKILL) }

// SignalDaemon signals one FRR daemon: SIGSTOP makes it hang, SIGCONT ends that.
func (n *Node) SignalDaemon(daemon string, s syscall.Signal) error {
	pid, err := n.DaemonPID(daemon)
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, s); err != nil {
		return fmt.Errorf("signal %s on %s: %w", daemon, n.name, err)
	}
	return nil
}

// Speaker is the last speaker process started, nil before the first.
func (n *Node) Speaker() *Process { return n.speaker }

// Reloader is the last frr-reloader process started, nil before the first.
func (n *Node) Reloader() *Process { return n.reloader }

// HandoffDir is the directory that the two processes share; the path is the same inside and outside.
func (n *Node) HandoffDir() string { return filepath.Join(n.dir, "handoff") }

// Handoff reads and writes the shared directory as the two processes do.
func (n *Node) Handoff() handoff.Dir { return handoff.Dir(n.HandoffDir()) }

// Conf is the text that speaker wants FRR to run: frr.conf without its header.
func (n *Node) Conf() (string, error) {
	text, err := n.Handoff().ReadDesired()
	if err != nil {
		return "", fmt.Errorf("read what %s wants: %w", n.name, err)
	}
	return string(text.Body), nil
}

// Result is what frr-reloader says it did: status.json.
func (n *Node) Result() (handoff.Result, error) {
	result, err := n.Handoff().ReadResult()
	if err != nil {
		return result, fmt.Errorf("read status of %s: %w", n.name, err)
	}
	return result, nil
}

// AwaitApplied waits until frr-reloader says that FRR was verified to run what
// speaker wants now.
func (n *Node) AwaitApplied(ctx context.Context, timeout time.Duration) error {
	return Eventually(ctx, timeout, func() error {
		text, err := n.Handoff().ReadDesired()
		if err != nil {
			return fmt.Errorf("read what %s wants: %w", n.name, err)
		}
		result, err := n.Result()
		if err != nil {
			return err
		}
		if result.Outcome != handoff.OutcomeApplied || result.Running != text.Version {
			return fmt.Errorf("%s wants generation %d, runs %d; outcome %q, phase %q, failures %v",
				n.name, text.Generation, result.Running.Generation, result.Outcome, result.Phase, result.Failures)
		}
		return nil
	})
}

var errNotStarted = errors.New("the process was never started")

func stopProcess(ctx context.Context, p *Process) error {
	if p == nil {
		return errNotStarted
	}
	return p.Stop(ctx)
}

func killProcess(p *Process) error {
	if p == nil {
		return errNotStarted
	}
	return p.Kill()
}
