package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"frr-speaker/test/lab"
	"frr-speaker/test/stage"
)

const labName = "demo"

// demo is the network that the demonstration happens on.
type demo struct {
	*stage.Stage
	lab   *lab.Lab
	began time.Time
	owner *lab.Node // of the address on the segment
}

// build starts everything and does not wait for sessions.
func build(ctx context.Context, examples, binaries string, keep bool) (*demo, error) {
	version, err := installedFRR()
	if err != nil {
		return nil, err
	}
	bin, err := filepath.Abs(binaries)
	if err != nil {
		return nil, err
	}
	l, err := lab.New(ctx, lab.Options{Name: labName, Keep: keep, Binaries: bin})
	if err != nil {
		return nil, err
	}
	began := time.Now()
	s, err := stage.Build(ctx, l, version, examples)
	if err != nil {
		return nil, errors.Join(err, errors.New(l.Tails(12)), l.Close())
	}
	return &demo{Stage: s, lab: l, began: began}, nil
}

// installedFRR is the FRR of this machine: any version that the lab knows will do.
func installedFRR() (lab.FRRVersion, error) {
	var missing error
	for _, version := range lab.FRRVersions() {
		_, err := lab.FindFRR(version)
		if err == nil {
			return version, nil
		}
		missing = errors.Join(missing, err)
	}
	return 0, missing
}

func (d *demo) sayHowToEnter() {
	fmt.Printf("\n%sLeft running.%s The objects are in %s: edit them and watch.\n\n", bold, plain, d.Objects)
	for _, node := range d.Nodes {
		fmt.Printf("  %-9s %s vtysh\n", node.Name(), node.EnterCommand())
	}
	for _, router := range d.Routers {
		if host, ok := router.(interface{ EnterCommand() string }); ok {
			shell := map[string]string{"tor-frr": "vtysh", "tor-bird": "birdc"}[router.Name()]
			fmt.Printf("  %-9s %s %s\n", router.Name(), host.EnterCommand(), shell)
		}
	}
	fmt.Print("\nStop it with: make demo-down\n")
}
