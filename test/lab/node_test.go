package lab_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// standIns are programs in the place of speaker and frr-reloader that show how
// nodes run them: they print their arguments, and the second starts daemons.
var standIns = map[string]string{
	"speaker": `#!/bin/sh
echo "$@"
exec sleep 1000
`,
	"frr-reloader": `#!/bin/sh
echo "pid $$ $@"
for daemon in zebra bgpd; do
	/usr/lib/frr/$daemon -A 127.0.0.1 -P 0 &
done
wait
`,
}

func startStandIns(ctx context.Context, t *testing.T, v lab.FRRVersion, sharedPIDs bool) *lab.Node {
	t.Helper()
	bin := t.TempDir()
	for name, script := range standIns {
		check(t, os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755))
	}
	l := labtest.New(t, lab.Options{Name: "node", Binaries: bin})
	link := labtest.Network(ctx, t, l)
	node := labtest.Must(l.StartNode(ctx, lab.NodeOptions{
		HostOptions: lab.HostOptions{Name: "node-a", Networks: lab.On(link)}, Version: v,
		ObjectsDir: "/objects", SpeakerArgs: []string{"--one"}, ReloaderArgs: []string{"--two"}, SharedPIDs: sharedPIDs,
	}))(t)
	check(t, lab.Eventually(ctx, sessionTimeout, func() error {
		_, err := node.VTY(ctx, "bgpd", "show version")
		return err
	}))
	return node
}

func TestANodeRunsItsTwoProcessesAsAPodDoes(t *testing.T) {
	for _, version := range lab.FRRVersions() {
		t.Run(version.String(), func(t *testing.T) {
			ctx := t.Context()
			node := startStandIns(ctx, t, version, false)
			speaker := "--node-name node-a --handoff " + node.HandoffDir() + " --objects /objects --one"
			if got := node.Speaker().Tail(1); got != speaker {
				t.Errorf("speaker ran with %q, want %q", got, speaker)
			}
			reloader := "pid 1 --handoff " + node.HandoffDir() + " --run-dir /var/run/frr --two"
			if got, err := os.ReadFile(node.LogFile("frr-reloader")); err != nil || !strings.Contains(string(got), reloader) {
				t.Errorf("frr-reloader ran with %q, %v; want %q", got, err, reloader)
			}
			out := labtest.Must(node.VTYSH(ctx, "show version"))(t)
			if want := "FRRouting " + node.Release; !strings.Contains(out, want) || !strings.HasPrefix(node.Release, version.String()[len("FRR "):]) {
				t.Errorf("vtysh says %q, want %s", out, want)
			}
			if _, err := node.Conf(); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("nothing was published, yet Conf returns %v", err)
			}
			if _, err := node.Result(); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("nothing was reported, yet Result returns %v", err)
			}

			// What a test mounts in the host is seen in the containers.
			labtest.Must(node.Exec(ctx, "/bin/mount", "-t", "tmpfs", "tmpfs", node.HandoffDir()))(t)
			mounts := labtest.Must(os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", node.Reloader().PID())))(t)
			if !strings.Contains(string(mounts), node.HandoffDir()) {
				t.Error("a mount in the host is not seen by frr-reloader")
			}

			check(t, node.KillReloader())
			check(t, awaitDaemons(ctx, node, map[string]int{}))
			check(t, node.StartReloader())
			check(t, awaitDaemons(ctx, node, map[string]int{"zebra": 1, "bgpd": 1}))
			check(t, node.StopSpeaker(ctx))
			if node.Speaker().Running() || !node.Reloader().Running() {
				t.Error("after StopSpeaker speaker should be gone and frr-reloader not")
			}
		})
	}
}

func TestDaemonsOutliveAReloaderThatIsNotProcessOne(t *testing.T) {
	ctx := t.Context()
	node := startStandIns(ctx, t, lab.FRR8, true)
	check(t, node.KillReloader())
	check(t, awaitDaemons(ctx, node, map[string]int{"zebra": 1, "bgpd": 1}))
	check(t, node.SignalDaemon("bgpd", syscall.SIGSTOP))
	patience, cancel := context.WithTimeout(ctx, sessionTimeout/100)
	defer cancel()
	if _, err := node.VTY(patience, "bgpd", "show version"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a stopped bgpd answers: %v", err)
	}
	check(t, node.SignalDaemon("bgpd", syscall.SIGCONT))
	labtest.Must(node.VTY(ctx, "bgpd", "show version"))(t)
	check(t, node.KillDaemon("bgpd"))
	check(t, awaitDaemons(ctx, node, map[string]int{"zebra": 1}))
	if _, err := node.DaemonPID("bgpd"); err == nil {
		t.Error("bgpd was killed and is still found")
	}
}

func awaitDaemons(ctx context.Context, node *lab.Node, want map[string]int) error {
	return lab.Eventually(ctx, sessionTimeout, func() error {
		pids, err := node.DaemonPIDs()
		if err != nil {
			return err
		}
		for name := range pids {
			if len(pids[name]) != want[name] {
				return fmt.Errorf("daemons are %v, want %v", pids, want)
			}
		}
		if len(pids) != len(want) {
			return fmt.Errorf("daemons are %v, want %v", pids, want)
		}
		return nil
	})
}
