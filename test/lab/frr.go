package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FRR is a host that runs FRR's daemons without frr-reloader.
type FRR struct {
	*Host
	frrShell
	options FRROptions
	daemons map[string]*Process // by name, the last one started
}

// FRROptions describe plain FRR.
type FRROptions struct {
	HostOptions
	Version FRRVersion
	// Daemons to run, in order; default: zebra, (mgmtd first on 10), staticd, bgpd, bfdd.
	Daemons []string
	// Config is the start configuration by daemon ("zebra", "bgpd", "bfdd"); none: empty.
	Config map[string]string
	Port   uint16 // bgpd listens on; default 179
	// Args are more arguments by daemon.
	Args map[string][]string
}

// frrStartTimeout bounds the time from exec to an answering vty socket; 0.3 s is usual.
const frrStartTimeout = 15 * time.Second

// StartFRR makes a host, runs FRR's daemons in it and waits until all answer.
func (l *Lab) StartFRR(ctx context.Context, o FRROptions) (*FRR, error) {
	installation, err := FindFRR(o.Version)
	if err != nil {
		return nil, err
	}
	host, err := l.newHost(ctx, o.HostOptions, installation.Root)
	if err != nil {
		return nil, err
	}
	f := &FRR{Host: host, options: o, daemons: map[string]*Process{}}
	f.frrShell = frrShell{host: host, FRRInstallation: installation}
	if len(o.Daemons) == 0 {
		f.options.Daemons = defaultDaemons(o.Version)
	}
	return f, f.StartDaemons(ctx)
}

func defaultDaemons(v FRRVersion) []string {
	if v >= FRR10 {
		return []string{"mgmtd", "zebra", "staticd", "bgpd", "bfdd"}
	}
	return []string{"zebra", "staticd", "bgpd", "bfdd"}
}

// StartDaemons starts the daemons that do not run, and waits until all answer.
func (f *FRR) StartDaemons(ctx context.Context) error {
	for _, daemon := range f.options.Daemons {
		if err := f.StartDaemon(ctx, daemon); err != nil {
			return err
		}
	}
	return nil
}

// StartDaemon starts one daemon, if it does not run, and waits until it answers.
func (f *FRR) StartDaemon(ctx context.Context, daemon string) error {
	if p := f.daemons[daemon]; p != nil && p.Running() {
		return nil
	}
	args := []string{frrLibexec + "/" + daemon, "-A", "127.0.0.1", "-P", "0", "--log", "stdout"}
	if f.readsFile(daemon) {
		file := filepath.Join(f.EtcDir(), daemon+".start.conf")
		if err := os.WriteFile(file, []byte(f.options.Config[daemon]), 0o644); err != nil {
			return fmt.Errorf("configure %s on %s: %w", daemon, f.name, err)
		}
		args = append(args, "-f", "/etc/frr/"+daemon+".start.conf")
	}
	if daemon == "bgpd" && f.options.Port != 0 {
		args = append(args, "-p", strconv.Itoa(int(f.options.Port)))
	}
	args = append(args, f.options.Args[daemon]...)
	p, err := f.StartProcess(ProcessOptions{Name: daemon, Args: args})
	if err != nil {
		return err
	}
	f.daemons[daemon] = p
	return f.awaitDaemon(ctx, p, daemon)
}

// readsFile reports whether the daemon takes -f: from 10 on, what mgmtd configures does not.
func (f *FRR) readsFile(daemon string) bool {
	return daemon != "mgmtd" && (daemon != "staticd" || f.Version < FRR10)
}

func (f *FRR) awaitDaemon(ctx context.Context, p *Process, daemon string) error {
	return Eventually(ctx, frrStartTimeout, func() error {
		if !p.Running() {
			return Permanent(fmt.Errorf("%s on %s ended: %s", daemon, f.name, p.Tail(5)))
		}
		_, err := f.VTY(ctx, daemon, "echo ready")
		return err
	})
}

// Daemon is the daemon's process, the last one if it was restarted; nil if never started.
func (f *FRR) Daemon(name string) *Process { return f.daemons[name] }

// StopDaemons ends the daemons in reverse order by SIGTERM.
func (f *FRR) StopDaemons(ctx context.Context) error {
	var errs []error
	for _, daemon := range slices.Backward(f.options.Daemons) {
		if p := f.daemons[daemon]; p != nil {
			errs = append(errs, p.Stop(ctx))
		}
	}
	return errors.Join(errs...)
}

// Load feeds a configuration to the daemons by "vtysh -f", which takes seconds to
// bring up new sessions (frr.md) but is Debian's own way. Text that FRR refuses is an error.
func (f *FRR) Load(ctx context.Context, text string) error {
	file := filepath.Join(f.EtcDir(), "load.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return fmt.Errorf("load configuration on %s: %w", f.name, err)
	}
	out, err := f.Exec(ctx, vtysh, "-f", "/etc/frr/load.conf")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "%") {
			return fmt.Errorf("load configuration on %s: %s", f.name, strings.TrimSpace(line))
		}
	}
	return nil
}

// FRRReload brings FRR to a configuration with Debian's frr-reload.py; with test
// it only prints what it would do. It returns what the script printed.
func (f *FRR) FRRReload(ctx context.Context, text string, test bool) (string, error) {
	file := filepath.Join(f.EtcDir(), "reload.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return "", fmt.Errorf("reload configuration on %s: %w", f.name, err)
	}
	mode := []string{"--reload", "--overwrite"}
	if test {
		mode = []string{"--test"}
	}
	args := append([]string{"/usr/bin/python3", frrLibexec + "/frr-reload.py"}, mode...)
	out, err := f.Exec(ctx, append(args, "--stdout", "/etc/frr/reload.conf")...)
	return string(out), err
}
