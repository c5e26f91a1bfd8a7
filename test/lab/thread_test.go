package lab_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

func TestNoThreadOfThisProcessStaysInAHost(t *testing.T) {
	ctx := t.Context()
	l := labtest.New(t, lab.Options{Name: "threads"})
	host := labtest.Must(l.NewHost(ctx, lab.HostOptions{Name: "host"}))(t)
	own := namespaces(t, os.Getpid())
	other := namespaces(t, host.PID())
	for kind, name := range own {
		if name == other[kind] {
			t.Errorf("the host shares this process's %s namespace", kind)
		}
	}
	for range 50 { // enough to meet the first thread, which never ends
		labtest.Must(host.Exec(ctx, "/bin/true"))(t)
	}
	check(t, lab.Eventually(ctx, sessionTimeout, func() error {
		strays, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/ns/mnt", os.Getpid()))
		if err != nil {
			return err
		}
		for _, file := range strays {
			// One that ended since it was listed is no stray.
			if name, err := os.Readlink(file); err == nil && name != own["mnt"] {
				return fmt.Errorf("thread %s is still in %s", file, name)
			}
		}
		return nil
	}))
}

// namespaces are a process's namespaces by kind, of the kinds that hosts have of their own.
func namespaces(t *testing.T, pid int) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, kind := range []string{"mnt", "net", "pid", "uts", "ipc"} {
		found[kind] = labtest.Must(os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, kind)))(t)
	}
	return found
}
