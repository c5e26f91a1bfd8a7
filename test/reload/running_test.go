package reload

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// daemons are those that show a configuration.
func daemons(v lab.FRRVersion) []string {
	if v >= lab.FRR10 {
		return []string{"mgmtd", "zebra", "staticd", "bfdd", "bgpd"}
	}
	return []string{"zebra", "staticd", "bfdd", "bgpd"}
}

// running is what a daemon says that it runs.
func running(ctx context.Context, node *lab.Node, daemon string) (string, error) {
	return node.VTY(ctx, daemon, "show running-config")
}

// runs checks that bgpd shows the networks and neighbors of a state, no more and no less.
func runs(ctx context.Context, node *lab.Node, s state) error {
	text, err := running(ctx, node, "bgpd")
	if err != nil {
		return err
	}
	var want []string
	i, _ := s.instance()
	for _, r := range i.Routes {
		want = append(want, "network "+r.Prefix.String())
	}
	for _, session := range i.Sessions {
		want = append(want, "neighbor "+session.Neighbor())
	}
	slices.Sort(want)
	if have := essence(text); !slices.Equal(have, want) {
		return fmt.Errorf("bgpd runs other networks or neighbors (-want +running):\n%s", cmp.Diff(want, have))
	}
	return nil
}

// essence is the networks and neighbors in a running-config.
func essence(text string) []string {
	var have []string
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case len(f) > 1 && f[0] == "network":
			if p, err := netip.ParsePrefix(f[1]); err == nil {
				have = append(have, "network "+p.String())
			}
		case len(f) > 2 && f[0] == "neighbor" && (f[2] == "remote-as" || f[2] == "interface"):
			have = append(have, "neighbor "+f[1])
		}
	}
	slices.Sort(have)
	return have
}

// twin is a second node, on a network of its own, that starts with nothing whenever it is asked.
type twin struct{ node *lab.Node }

func newTwin(t testing.TB, r *rig) *twin {
	t.Helper()
	alone := labtest.Must(r.lab.NewNetwork(t.Context(), lab.NetworkOptions{Prefix4: prefix4, Prefix6: prefix6}))(t)
	at := lab.HostOptions{Name: "twin", Networks: []lab.Attachment{{Network: alone, Addr4: node4, Addr6: node6}}}
	return &twin{newNode(t, r.lab, r.version, at, rigOptions{})}
}

// coldStart runs a state on a FRR that knows nothing, and returns what each daemon shows then.
func (w *twin) coldStart(ctx context.Context, t testing.TB, v lab.FRRVersion, s state) (map[string]string, error) {
	for _, file := range []string{handoff.LastGoodFile, handoff.StatusFile} {
		if err := os.Remove(w.node.Handoff().Path(file)); err != nil && !os.IsNotExist(err) {
			return nil, err
		}
	}
	version := publish(t, w.node.Handoff(), s)
	if err := w.node.StartReloader(); err != nil {
		return nil, err
	}
	if err := awaitApplied(ctx, w.node.Handoff(), version); err != nil {
		return nil, fmt.Errorf("cold start: %w", err)
	}
	shown := map[string]string{}
	for _, daemon := range daemons(v) {
		text, err := running(ctx, w.node, daemon)
		if err != nil {
			return nil, err
		}
		shown[daemon] = text
	}
	return shown, w.node.StopReloader(ctx)
}

// sameAsCold compares what the node runs with what a cold start of the same state runs:
// every line that each daemon shows, with the blocks it is in, in whatever order.
func (r *rig) sameAsCold(ctx context.Context, t testing.TB, w *twin, s state) error {
	cold, err := w.coldStart(ctx, t, r.version, s)
	if err != nil {
		return err
	}
	for _, daemon := range daemons(r.version) {
		text, err := running(ctx, r.node, daemon)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(inBlocks(cold[daemon]), inBlocks(text)); diff != "" {
			return fmt.Errorf("%s runs something else than after a cold start (-cold +running):\n%s", daemon, diff)
		}
	}
	return nil
}

// inBlocks are the lines of a running-config, each below the blocks it is in, sorted. A block
// of interfaces or BFD in which nothing is set is left out: FRR shows it once something was.
func inBlocks(text string) []string {
	var lines, blocks []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n ")
		trimmed := strings.TrimLeft(line, " ")
		depth := len(line) - len(trimmed)
		switch trimmed {
		case "", "!", "exit", "end", "exit-address-family", "Building configuration...", "Current configuration:":
			continue
		}
		blocks = append(blocks[:min(depth, len(blocks))], trimmed)
		lines = append(lines, strings.Join(blocks, " / "))
	}
	slices.Sort(lines)
	empty := func(line string) bool {
		inside := func(other string) bool { return strings.HasPrefix(other, line+" / ") }
		return (line == "bfd" || strings.HasPrefix(line, "interface ")) && !strings.Contains(line, " / ") && !slices.ContainsFunc(lines, inside)
	}
	var shown []string
	for _, line := range lines {
		if !empty(line) {
			shown = append(shown, line)
		}
	}
	return shown
}
