// Command demo shows the main job on one machine: two nodes, an FRR router and a
// BIRD router, and the objects of examples/ as they become routes, live.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"frr-speaker/test/lab"
)

// limit bounds the whole demonstration.
const limit = 110 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	keep := flag.Bool("keep", false, "leave everything running at the end")
	down := flag.Bool("down", false, "end what an earlier run left running")
	examples := flag.String("examples", "examples", "`directory` of the objects to show")
	binaries := flag.String("binaries", "bin", "`directory` of speaker and frr-reloader")
	flag.Parse()

	var err error
	if *down {
		err = takeDown(ctx)
	} else {
		err = show(ctx, *examples, *binaries, *keep)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo: "+err.Error())
		os.Exit(1)
	}
}

func takeDown(ctx context.Context) error {
	ended, err := lab.Down(ctx, labName, "")
	fmt.Printf("ended %d demonstration(s)\n", ended)
	return err
}

// show runs the demonstration and takes down what it started, unless told to keep it.
func show(ctx context.Context, examples, binaries string, keep bool) (err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	d, err := build(ctx, examples, binaries, keep)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			fmt.Fprintln(os.Stderr, d.lab.Tails(12))
		}
		err = errors.Join(err, d.lab.Close())
	}()
	for i, step := range d.steps() {
		fmt.Printf("\n%s%d. %s%s\n\n", bold, i+1, step.title, plain)
		if err := step.run(ctx); err != nil {
			return fmt.Errorf("step %d, %s: %w", i+1, step.title, err)
		}
	}
	if keep {
		d.sayHowToEnter()
		return nil
	}
	fmt.Printf("\n%sEvery step was seen.%s Everything that was started is being stopped; `make demo KEEP=1` leaves it running.\n", bold, plain)
	return nil
}
