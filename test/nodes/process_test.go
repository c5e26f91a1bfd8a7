package nodes

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkProcesses compares who the processes of the product are, and what they may, with
// what docs/migration.md says.
func (s *site) checkProcesses(t *testing.T) {
	t.Helper()
	const (
		netBindService = 1 << 10
		netAdmin       = 1 << 12
		netRaw         = 1 << 13
		sysAdmin       = 1 << 21
		inFRR          = netBindService | netAdmin | netRaw | sysAdmin
	)
	want := map[string]string{
		"speaker":      claim(netRaw, netRaw),
		"frr-reloader": claim(0, inFRR),
		"zebra":        claim(netAdmin|netRaw|sysAdmin, inFRR),
		"mgmtd":        claim(inFRR, inFRR),
		"bgpd":         claim(inFRR, inFRR),
		"bfdd":         claim(netBindService|netRaw|sysAdmin, inFRR),
		"staticd":      claim(0, inFRR),
	}
	for _, n := range s.nodes {
		pids, err := n.PIDs()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, pid := range pids {
			name, status, err := processStatus(pid)
			if err != nil {
				continue // it has ended
			}
			if _, ours := want[name]; ours {
				got[name] = status
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("processes of %s (-want +got):\n%s", n.Name(), diff)
		}
	}
}

// claim is a process of user 65532 that has some capabilities at hand, and could get no others.
func claim(permitted, bounding uint64) string {
	return fmt.Sprintf("uid 65532 gid 65532 permitted %016x bounding %016x, root file system read-only", permitted, bounding)
}

// processStatus prints a process as claim does (proc_pid_status(5)).
func processStatus(pid int) (name, status string, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "", "", err
	}
	field := map[string]string{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		field[key] = strings.TrimSpace(value)
	}
	mounts, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid), "mounts"))
	if err != nil {
		return "", "", err
	}
	root := "writable"
	for line := range strings.Lines(string(mounts)) {
		if parts := strings.Fields(line); parts[1] == "/" && slices.Contains(strings.Split(parts[3], ","), "ro") {
			root = "read-only"
		}
	}
	first := func(key string) string { return strings.Fields(field[key])[0] }
	return field["Name"], fmt.Sprintf("uid %s gid %s permitted %s bounding %s, root file system %s",
		first("Uid"), first("Gid"), field["CapPrm"], field["CapBnd"], root), nil
}
