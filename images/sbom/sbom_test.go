package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// write makes a file below a directory.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// describe writes the document of a root, and returns it as text and parsed.
func describe(t *testing.T, root string, more ...string) (string, spdxDocument) {
	t.Helper()
	const out = "usr/share/sbom/test.spdx.json"
	if err := os.RemoveAll(filepath.Join(root, out)); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-name", "frr", "-version", "v1", "-created", "1700000000", "-root", root, "-out", out}, more...)
	if err := run(args); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, out))
	if err != nil {
		t.Fatal(err)
	}
	var d spdxDocument
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return string(text), d
}

func TestPackagesOfDebianAndOtherFilesAreNamed(t *testing.T) {
	target, root := t.TempDir(), t.TempDir()
	write(t, target, "var/lib/dpkg/status", "Package: libc6\nArchitecture: arm64\nDescription: libraries\n They have a long\n text: with colons\nVersion: 2.41-12\n\n"+
		"Package: frr\nArchitecture: arm64\nVersion: 10.3-1+b1\n\nPackage: unused\nArchitecture: all\nVersion: 1\n")
	write(t, target, "var/lib/dpkg/info/libc6:arm64.list", "/.\n/lib/aarch64-linux-gnu/libc.so.6\n")
	write(t, target, "var/lib/dpkg/info/frr.list", "/usr/lib/frr/bgpd\n/usr/lib/frr/ospfd\n/etc/frr/vtysh.conf\n")
	write(t, target, "var/lib/dpkg/info/unused.list", "/usr/bin/unused\n")
	for _, dir := range []string{target, root} {
		write(t, dir, "usr/lib/aarch64-linux-gnu/libc.so.6", "library")
		write(t, dir, "usr/lib/frr/bgpd", "daemon")
		write(t, dir, "etc/frr/vtysh.conf", "of "+dir) // which the image replaces
	}
	write(t, root, "etc/passwd", "root:x:0:0\n")

	text, d := describe(t, root, "-dpkg", target)
	var got []string
	for _, p := range d.Packages[1:] {
		got = append(got, p.Externals[0].Locator)
	}
	for _, f := range d.Files {
		got = append(got, f.Name)
	}
	want := []string{"pkg:deb/debian/frr@10.3-1+b1?arch=arm64", "pkg:deb/debian/libc6@2.41-12?arch=arm64", "./etc/frr/vtysh.conf", "./etc/passwd"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the image is made of (-want +got):\n%s", diff)
	}
	if len(d.Relationships) != 1+len(want) {
		t.Errorf("%d relationships, want one for the document and one for each part: %v", len(d.Relationships), d.Relationships)
	}
	if again, _ := describe(t, root, "-dpkg", target); again != text {
		t.Errorf("a second run differs (-first +second):\n%s", cmp.Diff(text, again))
	}
	write(t, root, "etc/passwd", "root:x:0:1\n")
	if _, other := describe(t, root, "-dpkg", target); other.Namespace == d.Namespace {
		t.Errorf("another root has the same namespace %s", other.Namespace)
	}
}

func TestModulesOfGoProgramsAreNamed(t *testing.T) {
	root := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(root, "usr/bin/frr-reloader"), "frr-speaker/cmd/frr-reloader")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, d := describe(t, root)
	var names []string
	for _, p := range d.Packages {
		names = append(names, p.Name)
		if p.Name == "std" && !strings.Contains(p.Version, ".") {
			t.Errorf("the standard library has version %q", p.Version)
		}
	}
	for _, want := range []string{"frr-speaker/frr", "std", "github.com/spf13/cobra"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s among %v", want, names)
		}
	}
	if len(d.Files) > 0 {
		t.Errorf("the program is listed as a file without origin: %v", d.Files)
	}
}

func TestWhatIsNotSaidIsAskedFor(t *testing.T) {
	if err := run([]string{"-name", "frr"}); err == nil || !strings.Contains(err.Error(), "-root") {
		t.Errorf("without a root: %v", err)
	}
}
