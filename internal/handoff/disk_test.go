package handoff_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"frr-speaker/internal/handoff"
)

// inNamespace runs a test again in a mount namespace of its own, where it may mount what it likes. It works for
// root and, where the kernel grants user namespaces, for everybody.
func inNamespace(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	const inside = "HANDOFF_TEST_INSIDE"
	if os.Getenv(inside) == t.Name() {
		test(t)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("inside: %v\n%s", err, out)
	}
}

func mount(t *testing.T, dir, options string, flags uintptr) {
	t.Helper()
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	inNamespace(t, func(t *testing.T) {
		d := handoff.Dir(t.TempDir())
		mount(t, string(d), "size=64k", 0)
		old, _ := publish(t, d, body)
		_, _, err := d.Publish([]byte(strings.Repeat("hostname a\n", 10000)))
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free space on it") {
			t.Errorf("error %v, want ENOSPC with a remedy", err)
		}
		text, err := d.ReadDesired()
		if err != nil || text.Version != old {
			t.Errorf("the old text is damaged: %+v, %v", text.Version, err)
		}
		if v, changed := publish(t, d, "hostname b\n"); !changed || v.Generation != 2 {
			t.Errorf("a text that fits: %+v, changed %t", v, changed)
		}
		if names := files(t, d); len(names) != 1 {
			t.Errorf("the directory holds %q", names)
		}
	})
}

func TestReadOnlyDirectory(t *testing.T) {
	t.Parallel()
	inNamespace(t, func(t *testing.T) {
		d := handoff.Dir(t.TempDir())
		mount(t, string(d), "", syscall.MS_RDONLY)
		_, _, err := d.Publish([]byte(body))
		if !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), "mount it read-write") {
			t.Errorf("error %v, want EROFS with a remedy", err)
		}
		if err := d.WriteResult(handoff.Result{}); !errors.Is(err, syscall.EROFS) {
			t.Errorf("error %v, want EROFS", err)
		}
	})
}

func TestMissingDirectory(t *testing.T) {
	t.Parallel()
	_, _, err := handoff.Dir("/nonexistent").Publish([]byte(body))
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "--handoff") {
		t.Errorf("error %v, want one that names the flag", err)
	}
}
