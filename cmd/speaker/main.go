// Command speaker announces LoadBalancer services to the network through FRR.
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"frr-speaker/internal/cli"
)

func main() {
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
