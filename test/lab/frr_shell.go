package lab

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// vtysh is where Debian has it.
const vtysh = "/usr/bin/vtysh"

// frrShell talks to the FRR daemons of a host, whoever started them.
type frrShell struct {
	FRRInstallation // what the host runs

	host *Host
}

// frrDaemonNames are the daemons that DaemonPIDs looks for.
func frrDaemonNames() []string {
	return []string{"bfdd", "bgpd", "mgmtd", "staticd", "watchfrr", "zebra"}
}

// VTYSH runs commands in vtysh, as "vtysh -c … -c …", and returns what it printed.
func (s frrShell) VTYSH(ctx context.Context, commands ...string) (string, error) {
	args := []string{vtysh}
	for _, c := range commands {
		args = append(args, "-c", c)
	}
	out, err := s.host.Exec(ctx, args...)
	return string(out), err
}

// VTY sends one command to one daemon's socket after "enable", and returns its
// text. A status other than 0 is an error. It costs no process.
func (s frrShell) VTY(ctx context.Context, daemon, command string) (string, error) {
	text, err := vtyCommand(ctx, s.host.RunDir(), daemon, "enable", command)
	if err != nil {
		return text, fmt.Errorf("ask %s on %s %q: %w", daemon, s.host.name, command, err)
	}
	return text, nil
}

// Configure sends configuration lines to one daemon's socket, from "configure
// terminal" on. A line that is refused, by status or by text, ends it.
func (s frrShell) Configure(ctx context.Context, daemon string, lines ...string) error {
	commands := append([]string{"enable", "configure terminal"}, lines...)
	_, err := vtyCommand(ctx, s.host.RunDir(), daemon, commands...)
	if err != nil {
		return fmt.Errorf("configure %s on %s: %w", daemon, s.host.name, err)
	}
	return nil
}

// DaemonPIDs are the FRR daemons that run in the host, by name, as the machine
// numbers them: found by looking, whoever started them.
func (s frrShell) DaemonPIDs() (map[string][]int, error) {
	names := map[string]bool{}
	for _, name := range frrDaemonNames() {
		names[name] = true
	}
	pids, err := s.host.PIDs()
	if err != nil {
		return nil, err
	}
	found := map[string][]int{}
	for _, pid := range pids {
		if name := commandName(pid); names[name] {
			found[name] = append(found[name], pid)
		}
	}
	return found, nil
}

// DaemonPID is the one process of a daemon; none or several are an error.
func (s frrShell) DaemonPID(daemon string) (int, error) {
	found, err := s.DaemonPIDs()
	if err != nil {
		return 0, err
	}
	if n := len(found[daemon]); n != 1 {
		return 0, fmt.Errorf("find %s on %s: there are %d", daemon, s.host.name, n)
	}
	return found[daemon][0], nil
}

// PIDs are the living processes in the host's network namespace, as the machine
// numbers them: all that runs in the host.
func (h *Host) PIDs() ([]int, error) {
	own, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", h.PID()))
	if err != nil {
		return nil, fmt.Errorf("list processes of %s: %w", h.name, err)
	}
	all, err := machinePIDs()
	if err != nil {
		return nil, fmt.Errorf("list processes of %s: %w", h.name, err)
	}
	var pids []int
	for _, pid := range all {
		// A zombie has left its namespaces already.
		if ns, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid)); err == nil && ns == own {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// vtyTrailer precedes the status byte at the end of each reply of a vty socket.
var vtyTrailer = []byte{0, 0, 0}

// vtyCommand sends commands over a daemon's socket one by one and returns the last reply.
func vtyCommand(ctx context.Context, runDir, daemon string, commands ...string) (string, error) {
	// A socket's path is limited to 107 bytes; the directory may be deep.
	dir, err := os.Open(runDir)
	if err != nil {
		return "", err
	}
	defer dir.Close()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", filepath.Join(fmt.Sprintf("/proc/self/fd/%d", dir.Fd()), daemon+".vty"))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	replies := bufio.NewReaderSize(conn, 1<<16)
	var text []byte
	for _, c := range commands {
		if _, err := conn.Write(append([]byte(c), 0)); err != nil {
			return "", err
		}
		var status byte
		if text, status, err = readVTY(replies); err != nil {
			return "", errors.Join(err, ctx.Err())
		}
		// Some refusals have status 0.
		if status != 0 || bytes.HasPrefix(bytes.TrimSpace(text), []byte("%")) {
			return string(text), fmt.Errorf("%q: status %d: %s", c, status, strings.TrimSpace(string(text)))
		}
	}
	return string(text), nil
}

// readVTY reads a reply: text without NUL, three NULs, the status.
func readVTY(r *bufio.Reader) (text []byte, status byte, err error) {
	text, err = r.ReadBytes(0)
	if err != nil {
		return nil, 0, err
	}
	rest := make([]byte, len(vtyTrailer))
	for i := range rest {
		if rest[i], err = r.ReadByte(); err != nil {
			return nil, 0, err
		}
	}
	if !bytes.Equal(rest[:2], vtyTrailer[1:]) {
		return nil, 0, fmt.Errorf("reply without trailer: %q", rest)
	}
	return text[:len(text)-1], rest[2], nil
}
