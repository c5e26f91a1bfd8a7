package main

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheNewRootHoldsAllThatAProgramLoads(t *testing.T) {
	to := t.TempDir()
	if err := run([]string{"-to", to, "/usr/bin/env", "/etc/passwd"}); err != nil {
		t.Fatal(err)
	}
	loaders, err := filepath.Glob(filepath.Join(to, "lib*", "ld-*"))
	if err != nil || len(loaders) == 0 {
		t.Fatalf("no dynamic loader in %s: %v", to, err)
	}
	var dirs []string
	err = filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// The loader is told to look nowhere else.
	cmd := exec.Command(loaders[0], "--inhibit-cache", "--library-path", strings.Join(dirs, ":"), filepath.Join(to, "usr/bin/env"), "-i", "ok=1")
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "ok=1\n" {
		t.Errorf("env in the new root: %v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(to, "bin/sh")); !os.IsNotExist(err) {
		t.Errorf("a shell is in the new root: %v", err)
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	from := t.TempDir()
	program, err := os.ReadFile("/usr/bin/env")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(from, "env"), program, 0o755); err != nil {
		t.Fatal(err)
	}
	err = run([]string{"-from", from, "-to", t.TempDir(), "env"})
	if err == nil || !strings.Contains(err.Error(), "env: ") || !strings.Contains(err.Error(), "ld-") {
		t.Errorf("copying a program without its loader: %v, want an error that names both", err)
	}
	err = run([]string{"-to", t.TempDir(), "-cap", "usr/bin/env=sys_time", "/usr/bin/env"})
	if err == nil || !strings.Contains(err.Error(), `"sys_time" is not`) {
		t.Errorf("granting a capability that no image needs: %v", err)
	}
}

func TestLinksStayLinks(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	for _, dir := range []string{"usr/lib", "etc"} {
		if err := os.MkdirAll(filepath.Join(from, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"lib": "usr/lib", "usr/lib/a": "../../etc/b", "etc/b": "/etc/c"} {
		if err := os.Symlink(target, filepath.Join(from, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(from, "etc/c"), []byte("text\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"-from", from, "-to", to, "/lib/a"}); err != nil {
		t.Fatal(err)
	}
	for link, want := range map[string]string{"lib": "usr/lib", "usr/lib/a": "../../etc/b", "etc/b": "/etc/c"} {
		if got, err := os.Readlink(filepath.Join(to, link)); err != nil || got != want {
			t.Errorf("%s leads to %q (%v), want %q", link, got, err, want)
		}
	}
	if got, err := os.ReadFile(filepath.Join(to, "etc/c")); err != nil || string(got) != "text\n" {
		t.Errorf("etc/c holds %q (%v)", got, err)
	}
}

func TestFileCapabilitiesAreWhatSetcapWrites(t *testing.T) {
	// setcap cap_net_admin,cap_net_bind_service,cap_net_raw,cap_sys_admin=p, read by getfattr -e hex
	const want = "0000000200342000000000000000000000000000"
	got, err := fileCapabilities("net_admin,net_bind_service,net_raw,sys_admin")
	if err != nil || hex.EncodeToString(got) != want {
		t.Errorf("file capabilities are %x (%v), want %s", got, err, want)
	}
}
