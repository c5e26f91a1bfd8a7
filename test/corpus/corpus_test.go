package corpus

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/handoff"
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
			var r record
			for _, p := range plays(t, scenarios) {
				began := time.Now()
				out, err := g.play(t.Context(), p)
				r.add(p, time.Since(began), out)
				for _, name := range p.names {
					t.Run(name, func(t *testing.T) {
						if err != nil {
							t.Error(err)
						}
					})
				}
			}
			r.report(t, g)
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

// play is what scenarios come to at one of their nodes: one text, or two where they
// say what was before. Scenarios that come to the same, as those of refused objects
// do, are played once for all.
type play struct {
	names   []string
	moments []scenario.Node
}

// key is all that is to be seen of a play: texts, and the routes of each peer.
func (p play) key() string {
	var all strings.Builder
	for _, m := range p.moments {
		fmt.Fprintf(&all, "%s\n%s\n", m.Text, m.Routes())
	}
	return all.String()
}

// plays lists all scenarios and nodes so that texts with the same sessions follow
// each other, and then like texts: a session that is made anew takes FRR a while, and
// so does the dry run of what is new.
func plays(t *testing.T, scenarios []*scenario.Scenario) []play {
	t.Helper()
	renderer, err := frrconfig.New()
	if err != nil {
		t.Fatal(err)
	}
	var all []play
	seen := map[string]int{}
	for _, s := range scenarios {
		outcomes, err := s.Play(renderer)
		if err != nil {
			t.Fatal(err)
		}
		if differences := s.Differences(outcomes[len(outcomes)-1]); differences != "" {
			t.Errorf("%s: %s", s.Name, differences)
		}
		for i, node := range outcomes[0].Nodes {
			p := play{names: []string{s.Name + " on " + node.State.Node}}
			for _, o := range outcomes {
				p.moments = append(p.moments, o.Nodes[i])
			}
			if n, is := seen[p.key()]; is {
				all[n].names = append(all[n].names, p.names...)
				continue
			}
			seen[p.key()] = len(all)
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b play) int {
		this, that := a.moments[0], b.moments[0]
		return cmp.Or(strings.Compare(sessionLines(this.Text), sessionLines(that.Text)),
			strings.Compare(this.State.Node, that.State.Node), bytes.Compare(this.Text, that.Text))
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

// record is how long plays took, and what of them was loaded into FRR and verified
// there but not seen at a router.
type record struct {
	scenarios int
	total     time.Duration
	longest   time.Duration
	missed    []string
}

func (r *record) add(p play, took time.Duration, missed []string) {
	r.scenarios += len(p.names)
	r.total += took
	r.longest = max(r.longest, took)
	for _, what := range missed {
		r.missed = append(r.missed, strings.Join(p.names, ", ")+": "+what)
	}
}

func (r *record) report(t *testing.T, g *ground) {
	t.Helper()
	t.Logf("%d scenarios in %s: %s each on average; the longest play took %s", r.scenarios, r.total.Round(time.Millisecond),
		(r.total / time.Duration(r.scenarios)).Round(time.Millisecond), r.longest.Round(time.Millisecond))
	for _, phase := range []handoff.Phase{handoff.PhaseCheck, handoff.PhaseDiff, handoff.PhaseApply, handoff.PhaseVerify} {
		t.Logf("of that, frr-reloader was in phase %s for %s", phase, time.Duration(g.spent[phase]).Round(time.Millisecond))
	}
	for _, what := range r.missed {
		t.Logf("LOADED INTO FRR, BUT NOT SEEN AT A ROUTER: %s", what)
	}
}
