package reload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/test/lab"
)

// wantedCapabilities are those without which a daemon ends at its start, on both versions.
var wantedCapabilities = map[string][]string{
	"mgmtd": {"net_admin", "net_bind_service", "net_raw", "sys_admin"},
	"zebra": {"net_admin", "net_raw", "sys_admin"},
	"bfdd":  {"net_bind_service", "net_raw", "sys_admin"},
	"bgpd":  {"net_admin", "net_bind_service", "net_raw", "sys_admin"},
}

// bounding are the capabilities of the container: what any daemon wants, and no other.
var bounding = wantedCapabilities["bgpd"]

// asFRR starts a program as user frr with some capabilities, and no way to others. It keeps its process.
func asFRR(capabilities []string, args ...string) []string {
	only := "-all"
	for _, c := range capabilities {
		only += ",+" + c
	}
	return append([]string{
		"/usr/bin/setpriv", "--reuid=frr", "--regid=frr", "--groups=frrvty", "--no-new-privs",
		"--inh-caps=" + only, "--ambient-caps=" + only, "--bounding-set=" + only,
	}, args...)
}

// TestFirstProcessWithoutRoot runs frr-reloader as a container does that has no root and only the
// capabilities that FRR's daemons insist on: as process 1, it runs all of them, reaps what they and others
// leave behind, and stops them in order.
func TestFirstProcessWithoutRoot(t *testing.T) {
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		ctx := t.Context()
		r := newRig(t, v, rigOptions{container: true})
		s := plain(0)
		version := r.publish(t, s)
		if _, err := r.node.Exec(ctx, "/usr/bin/chown", "-R", "frr:frr", r.node.HandoffDir(), "/var/run/frr"); err != nil {
			t.Fatal(err)
		}
		p, err := r.node.StartProcess(lab.ProcessOptions{Name: "frr-reloader", Args: asFRR(bounding, r.command()...), Container: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(awaitApplied(ctx, r.dir(), version), r.await(ctx, meaning(s), patience)); err != nil {
			t.Fatal(err)
		}
		r.isUnprivileged(t, p)
		reaps(ctx, t, p)
		r.stopsInOrder(ctx, t, p)
	})
}

// isUnprivileged looks at what the kernel says of frr-reloader and its daemons.
func (r *rig) isUnprivileged(t *testing.T, p *lab.Process) {
	t.Helper()
	pids := map[string]int{"frr-reloader": p.PID()}
	for _, daemon := range daemons(r.version) {
		pid, err := r.node.DaemonPID(daemon)
		if err != nil {
			t.Fatal(err)
		}
		pids[daemon] = pid
	}
	const all = 1<<10 | 1<<12 | 1<<13 | 1<<21 // capability(7): NET_BIND_SERVICE, NET_ADMIN, NET_RAW, SYS_ADMIN
	for name, pid := range pids {
		is, err := processStatus(pid)
		if err != nil {
			t.Fatal(err)
		}
		if uid := strings.Fields(is["Uid"]); slices.Contains(uid, "0") {
			t.Errorf("%s runs as root: %v", name, uid)
		}
		for _, set := range []string{"CapBnd", "CapPrm", "CapEff"} {
			if has, err := strconv.ParseUint(is[set], 16, 64); err != nil || has&^all != 0 {
				t.Errorf("%s: %s is %s (%v), want no bit but those of %x", name, set, is[set], err, all)
			}
		}
		if inside := strings.Fields(is["NSpid"]); name == "frr-reloader" && inside[len(inside)-1] != "1" {
			t.Errorf("frr-reloader is process %v, want 1", inside)
		}
	}
}

// processStatus is /proc/PID/status (proc_pid_status(5)).
func processStatus(pid int) (map[string]string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return nil, err
	}
	status := map[string]string{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		status[key] = strings.TrimSpace(value)
	}
	return status, nil
}

// reaps leaves an orphan in the container and looks for its remains.
func reaps(ctx context.Context, t *testing.T, p *lab.Process) {
	t.Helper()
	leave := exec.CommandContext(ctx, "nsenter", "--target", strconv.Itoa(p.PID()), "--pid", "/bin/sh", "-c", "/bin/sleep 3 </dev/null >/dev/null 2>&1 &")
	if out, err := leave.CombinedOutput(); err != nil {
		t.Fatalf("leave an orphan: %v: %s", err, out)
	}
	orphan := 0
	err := lab.Eventually(ctx, patience, func() error {
		for _, pid := range children(p.PID()) {
			if is, err := processStatus(pid); err == nil && is["Name"] == "sleep" {
				orphan = pid
				return nil
			}
		}
		return errors.New("frr-reloader does not become the parent of the orphan")
	})
	if err != nil {
		t.Fatal(err)
	}
	err = lab.Eventually(ctx, patience, func() error {
		if slices.Contains(children(p.PID()), orphan) {
			return errors.New("the orphan is still a child")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// children are the processes that a process has to wait for, the dead among them.
func children(pid int) []int {
	var all []int
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is well-formed
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for _, f := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(f); err == nil {
				all = append(all, child)
			}
		}
	}
	return all
}

// stopsInOrder ends the container: bgpd says goodbye while zebra and bfdd still work.
func (r *rig) stopsInOrder(ctx context.Context, t *testing.T, p *lab.Process) {
	t.Helper()
	if err := p.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if code := p.ExitCode(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	log, err := os.ReadFile(r.node.LogFile("frr-reloader"))
	if err != nil {
		t.Fatal(err)
	}
	var stopped []string
	for line := range strings.Lines(string(log)) {
		var entry struct{ Msg, Daemon string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "stopping a daemon" {
			stopped = append(stopped, entry.Daemon)
		}
	}
	order := slices.Clone(daemons(r.version))
	slices.Reverse(order)
	if diff := cmp.Diff(order, stopped); diff != "" {
		t.Errorf("order of the end (-want +got):\n%s", diff)
	}
	if left, err := r.node.DaemonPIDs(); err != nil || len(left) > 0 {
		t.Errorf("daemons that are left: %v, %v", left, err)
	}
}

// TestDaemonsNeedTheirCapabilities takes from each daemon one capability after the other: it ends, and says so.
// That it runs with all of them is what the other tests show.
func TestDaemonsNeedTheirCapabilities(t *testing.T) {
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		r := newRig(t, v, rigOptions{})
		if _, err := r.node.Exec(t.Context(), "/usr/bin/chown", "frr:frr", "/var/run/frr"); err != nil {
			t.Fatal(err)
		}
		for _, daemon := range daemons(v) {
			for _, c := range wantedCapabilities[daemon] {
				rest := slices.DeleteFunc(slices.Clone(wantedCapabilities[daemon]), func(other string) bool { return other == c })
				if err := r.endsAtOnce(t.Context(), daemon, rest); err != nil {
					t.Errorf("%s without %s: %v", daemon, c, err)
				}
			}
		}
	})
}

// endsAtOnce starts a daemon that is to complain of its capabilities.
func (r *rig) endsAtOnce(ctx context.Context, daemon string, capabilities []string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	args := asFRR(capabilities, "/usr/lib/frr/"+daemon, "--log", "stdout", "-A", "127.0.0.1", "-P", "0")
	_, err := r.node.Exec(ctx, args...)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("it runs, and was ended after %s", patience)
	case err == nil:
		return errors.New("it ends, and finds nothing wrong")
	case !strings.Contains(err.Error(), "Wanted caps"):
		return fmt.Errorf("it ends for another reason: %w", err)
	}
	return nil
}
