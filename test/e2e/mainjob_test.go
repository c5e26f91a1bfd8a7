package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
	"frr-speaker/test/stage"
)

func asnOf(n uint32) bgp.ASN { return bgp.ASN(n) }

// The whole life of some objects, as an FRR and a BIRD router see it from both nodes.
func TestObjectsBecomeRoutes(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		s := newStage(t, version)
		for _, node := range s.Nodes {
			applied(t, node)
		}
		want := stage.Examples()
		change := func(what string, edit func() error, mend func(router string, lines []string) []string) {
			t.Helper()
			if err := edit(); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			for router := range want {
				want[router] = mend(router, want[router])
			}
			if err := lab.Eventually(t.Context(), patience, func() error { return s.Expect(t.Context(), want) }); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}

		change("a service is added", func() error { return s.Write("60-more.yaml", service("more", "198.51.100.99")) },
			func(_ string, lines []string) []string {
				return append(lines,
					"198.51.100.99/32 through node-1 with 64512:100 large:64512:7:1",
					"198.51.100.99/32 through node-2 with 64512:100 large:64512:7:1")
			})
		change("a community changes", func() error { return s.Replace("30-communities.yaml", "64512:100", "64512:200") },
			func(_ string, lines []string) []string { return replaced(lines, "64512:100", "64512:200") })
		change("the endpoint of a Local service moves to node-1", func() error { return s.Replace("51-api.yaml", "nodeName: node-2", "nodeName: node-1") },
			func(_ string, lines []string) []string {
				return replaced(lines, "198.51.100.20/32 through node-2", "198.51.100.20/32 through node-1")
			})
		change("the service is deleted", func() error { return s.Remove("60-more.yaml") },
			func(_ string, lines []string) []string { return without(lines, "198.51.100.99/32") })
		change("an advertisement is narrowed to another peer", func() error {
			return s.Replace("40-advertisements.yaml", "peers: [tor-frr]", "peers: [tor-bird]")
		}, func(router string, lines []string) []string {
			if router == "tor-frr" {
				return without(lines, "203.0.113.0/24")
			}
			return append(lines, "203.0.113.0/24 through node-1 with 65535:65281", "203.0.113.0/24 through node-2 with 65535:65281")
		})
		noSessionWasReset(t, s)
	})
}

func replaced(lines []string, from, to string) []string {
	var out []string
	for _, line := range lines {
		out = append(out, strings.ReplaceAll(line, from, to))
	}
	return out
}

func without(lines []string, prefix string) []string {
	var out []string
	for _, line := range lines {
		if !strings.HasPrefix(line, prefix) {
			out = append(out, line)
		}
	}
	return out
}

func noSessionWasReset(t *testing.T, s *stage.Stage) {
	t.Helper()
	for _, router := range s.Routers {
		sessions, err := router.Sessions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, session := range sessions {
			if session.Drops > 0 {
				t.Errorf("%s: the session with %s went down %d times: %s", router.Name(), session.Neighbor, session.Drops, session.LastReset)
			}
		}
	}
}

func TestKillingSpeakerChangesNothing(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		l := labtest.New(t, lab.Options{})
		s := labtest.Must(stage.Build(t.Context(), l, version, "../../examples"))(t)
		eventually(t, func() error { return s.Expect(t.Context(), stage.Examples()) })
		collector := startCollector(t, l, s, 3, 65003)
		node := s.Nodes[0]
		wholeTable(t, collector, node, 1)
		wholeTable(t, collector, s.Nodes[1], 2)
		before, err := node.Conf()
		if err != nil {
			t.Fatal(err)
		}
		mark := collector.Mark()

		if err := node.KillSpeaker(); err != nil {
			t.Fatal(err)
		}
		if err := node.StartSpeaker(); err != nil {
			t.Fatal(err)
		}
		// Something new is the proof that the new process is at work.
		write(t, s, "60-more.yaml", service("more", "198.51.100.99"))
		wait(t, func(ctx context.Context) error {
			_, err := collector.WaitPrefix(ctx, node.Addr4(), netip.MustParsePrefix("198.51.100.99/32"), nil)
			return err
		})
		for _, event := range collector.Events(mark) {
			if event.Prefix != netip.MustParsePrefix("198.51.100.99/32") {
				t.Errorf("the collector saw %+v", event)
			}
		}
		after, err := node.Conf()
		if err != nil {
			t.Fatal(err)
		}
		if changed := changedLines(before, after); len(changed) != 1 || !strings.HasPrefix(changed[0], "+  network 198.51.100.99/32 route-map origin-") {
			t.Errorf("changed lines of frr.conf: %q, want the one of the new service", changed)
		}
	})
}

func wait(t *testing.T, f func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := f(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestOneServiceOnTopOfAThousandIsOneLine(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		const services = 1000
		l := labtest.New(t, lab.Options{})
		s := labtest.Must(stage.Build(t.Context(), l, version, "../../examples"))(t)
		collector := startCollector(t, l, s, 3, 65003)
		node := s.Nodes[0]
		write(t, s, "11-many.yaml", `apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: many, namespace: metallb-system}
spec: {addresses: [10.100.0.0/16]}
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: many, namespace: metallb-system}
spec: {ipAddressPools: [many], communities: [web]}
`)
		var many strings.Builder
		for i := range services {
			many.WriteString(service(fmt.Sprintf("many-%d", i), fmt.Sprintf("10.100.%d.%d", i/250, 2+i%250)))
		}
		write(t, s, "61-many.yaml", many.String())
		wholeTable(t, collector, node, services+1)
		wholeTable(t, collector, s.Nodes[1], services+2)
		before, err := node.Conf()
		if err != nil {
			t.Fatal(err)
		}
		mark := collector.Mark()

		// It sorts before all others, where positional numbering would change every line.
		one := netip.MustParsePrefix("10.100.0.1/32")
		write(t, s, "62-one.yaml", service("one", one.Addr().String()))
		wait(t, func(ctx context.Context) error {
			_, err := collector.WaitPrefix(ctx, node.Addr4(), one, nil)
			return err
		})
		applied(t, node)
		after, err := node.Conf()
		if err != nil {
			t.Fatal(err)
		}
		if changed := changedLines(before, after); len(changed) != 1 || !strings.HasPrefix(changed[0], "+  network "+one.String()+" route-map origin-") {
			t.Errorf("changed lines of frr.conf: %q, want the one of the new service", changed)
		}
		for _, event := range collector.Events(mark) {
			if event.Prefix != one {
				t.Errorf("the collector saw %+v", event)
			}
		}
		noSessionWasReset(t, s)
	})
}

func TestRenderedExamplesLoadWithoutAComplaint(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		speaker := filepath.Join(t.TempDir(), "speaker")
		if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", speaker, "../../cmd/speaker").CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, out)
		}
		render := exec.CommandContext(t.Context(), speaker, "render", "--objects", "../../examples", "--node", "node-2")
		var said strings.Builder
		render.Stderr = &said
		text, err := render.Output()
		if err != nil {
			t.Fatalf("render: %v\n%s", err, said.String())
		}
		if diff := cmp.Diff(readFile(t, "testdata/examples-node-2.conf"), string(text)); diff != "" {
			t.Errorf("rendered text (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(readFile(t, "testdata/examples-node-2.verdicts"), said.String()); diff != "" {
			t.Errorf("problems and verdicts (-want +got):\n%s", diff)
		}
		l := labtest.New(t, lab.Options{})
		frr := labtest.Must(l.StartFRR(t.Context(), lab.FRROptions{HostOptions: lab.HostOptions{
			Name: "frr", Networks: lab.On(labtest.Network(t.Context(), t, l)),
		}, Version: version}))(t)
		if err := frr.Load(t.Context(), string(text)); err != nil {
			t.Errorf("FRR %s: %v", version, err)
		}
	})
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
