package reloader

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// inside is set in the environment of the test process that runs in namespaces of its own.
const inside = "RELOADER_TEST_INSIDE"

// TestMain runs the tests again in a network and mount namespace of their own, so that FRR's daemons may do there
// what they like. Without root there is none, and the tests that need FRR fail and say so.
func TestMain(m *testing.M) {
	if os.Geteuid() != 0 || os.Getenv(inside) != "" {
		os.Exit(m.Run())
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// frrBin is where the daemons are.
const frrBin = "/usr/lib/frr"

// needFRR fails a test that cannot be run here, and says what is missing.
func needFRR(t testing.TB) {
	t.Helper()
	if os.Getenv(inside) == "" {
		t.Fatal("this test runs FRR in namespaces of its own, which takes root")
	}
	if _, err := os.Stat(filepath.Join(frrBin, "bgpd")); err != nil {
		t.Fatalf("this test needs FRR: %v (apt-get install frr)", err)
	}
}
