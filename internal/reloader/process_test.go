package reloader

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"frr-speaker/internal/handoff"
)

// asReloader makes the test binary a reloader, in a process that can be killed.
const asReloader = "RELOADER_TEST_PROCESS"

// startProcess runs a reloader in a process of its own.
func (n *node) startProcess() *os.Process {
	n.t.Helper()
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestReloaderProcess$")
	cmd.Env = append(os.Environ(), asReloader+"=1", "HANDOFF="+string(n.options.Handoff), "RUN="+n.options.RunDir)
	cmd.Stderr = n.logs
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() {
		_ = cmd.Process.Kill() // before its daemons are, which it would start again
		_ = cmd.Wait()
	})
	return cmd.Process
}

// TestReloaderProcess is no test when startProcess runs it, and tests nothing otherwise.
func TestReloaderProcess(*testing.T) {
	if os.Getenv(asReloader) == "" {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	r, err := New(Options{
		Handoff: handoff.Dir(os.Getenv("HANDOFF")), RunDir: os.Getenv("RUN"), BinDir: frrBin,
		Supervise: true, Repair: true, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err == nil {
		err = r.Run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
