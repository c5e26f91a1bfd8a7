package corpus

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"frr-speaker/internal/frrconfig"
	"frr-speaker/test/lab"
	"frr-speaker/test/scenario"
)

const archives = "../../internal/announce/testdata"

// TestScenariosOnRealFRR plays every scenario on a node of each FRR version, one
// after the other without a restart: whatever text follows whatever text, FRR
// runs it, and routers have the sessions and the routes that the scenario lists.
func TestScenariosOnRealFRR(t *testing.T) {
	scenarios := readScenarios(t)
	for _, version := range lab.FRRVersions() {
		t.Run(version.String(), func(t *testing.T) {
			t.Parallel()
			g := newGround(t, version)
			var missed []string
			var times []time.Duration
			for _, p := range plays(t, scenarios) {
				t.Run(p.name, func(t *testing.T) {
					began := time.Now()
					out, err := g.play(t.Context(), p)
					times = append(times, time.Since(began))
					if err != nil {
						t.Error(err)
					}
					for _, what := range out {
						missed = append(missed, fmt.Sprintf("%s: %s", p.name, what))
					}
				})
			}
			report(t, times, missed)
		})
	}
}

func readScenarios(t *testing.T) []*scenario.Scenario {
	t.Helper()
	scenarios, err := scenario.ReadAll(archives)
	if err != nil {
		t.Fatal(err)
	}
	return scenarios
}

// play is one scenario as one of its nodes sees it: one text, or two where it
// says what was before.
type play struct {
	name    string
	moments []scenario.Node
}

// plays lists all scenarios and nodes so that texts with the same sessions follow
// each other: a session that is made anew takes FRR a second.
func plays(t *testing.T, scenarios []*scenario.Scenario) []play {
	t.Helper()
	renderer, err := frrconfig.New()
	if err != nil {
		t.Fatal(err)
	}
	var all []play
	for _, s := range scenarios {
		outcomes, err := s.Play(renderer)
		if err != nil {
			t.Fatal(err)
		}
		if differences := s.Differences(outcomes[len(outcomes)-1]); differences != "" {
			t.Errorf("%s: %s", s.Name, differences)
		}
		for i, node := range outcomes[0].Nodes {
			p := play{name: s.Name + " on " + node.State.Node}
			for _, o := range outcomes {
				p.moments = append(p.moments, o.Nodes[i])
			}
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b play) int {
		return cmp.Or(strings.Compare(sessionLines(a.moments[0].Text), sessionLines(b.moments[0].Text)), strings.Compare(a.name, b.name))
	})
	return all
}

// sessionLines are the lines of a text that make its sessions what they are.
func sessionLines(text []byte) string {
	var kept strings.Builder
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "router bgp ") || strings.HasPrefix(line, " neighbor ") || strings.HasPrefix(line, " bgp router-id ") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// play publishes the texts of a play and waits until the routers have what is due.
// It says what no router here could see.
func (g *ground) play(ctx context.Context, p play) (missed []string, err error) {
	for _, moment := range p.moments {
		var met []meeting
		met, missed, err = g.meet(moment.State.BGP)
		if err != nil {
			return nil, err
		}
		if err := g.publish(ctx, moment.Text); err != nil {
			return nil, fmt.Errorf("publish: %w\n%s", err, moment.Text)
		}
		tables, err := readTables(moment.Routes())
		if err != nil {
			return nil, err
		}
		if err := g.expect(ctx, moment.State.BGP, met, tables); err != nil {
			neighbors, _ := g.node.VTY(ctx, "bgpd", "show bgp neighbors") // for the report alone
			return nil, fmt.Errorf("%w\nafter\n%s\nbgpd says\n%s", err, moment.Text, neighbors)
		}
	}
	return missed, nil
}

// report says how long scenarios took, and what was loaded into FRR and verified
// there but not seen at a router.
func report(t *testing.T, times []time.Duration, missed []string) {
	t.Helper()
	if len(times) == 0 {
		return
	}
	slices.Sort(times)
	var total time.Duration
	for _, took := range times {
		total += took
	}
	t.Logf("%d plays in %s: %s on average, median %s, longest %s", len(times), total.Round(time.Millisecond),
		(total / time.Duration(len(times))).Round(time.Millisecond), times[len(times)/2].Round(time.Millisecond), times[len(times)-1].Round(time.Millisecond))
	for _, what := range missed {
		t.Logf("LOADED INTO FRR, BUT NOT SEEN AT A ROUTER: %s", what)
	}
}
