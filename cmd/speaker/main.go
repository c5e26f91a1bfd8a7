// Command speaker announces LoadBalancer services to the network through FRR.
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"frr-speaker/internal/cli"
)

// gcPercent is half of Go's usual: the lists of a large cluster leave more behind than is
// kept, and the memory belongs to the node's other pods. GOGC says otherwise.
const gcPercent = 50

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(cli.Speaker(ctx, cli.Process{
		Name:   filepath.Base(os.Args[0]),
		Args:   os.Args[1:],
		Getenv: os.Getenv,
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
	}))
}
