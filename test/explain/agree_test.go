package explain

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/explain"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/speaker"
	"frr-speaker/internal/status"
	"frr-speaker/test/scenario"
)

// TestExplainAgreesWithEveryDecision explains every scenario of the decisions: rows are
// the verdicts, peers and owners are those that were decided on, and a service that no
// node announces has the reasons that its Event has.
func TestExplainAgreesWithEveryDecision(t *testing.T) {
	silent := 0
	for _, dir := range []string{"testdata", filepath.Join("testdata", "l2")} {
		scenarios, err := scenario.ReadAll(filepath.Join("..", "..", "internal", "announce", dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range scenarios {
			t.Run(s.Name, func(t *testing.T) {
				in, objs := parsed(t, s)
				if len(in.Nodes) == 0 {
					return // explain says so itself
				}
				services, err := explain.Services(explain.Facts{Intent: in, Services: objs.Services, Options: s.Options}, nil)
				if err != nil {
					t.Fatal(err)
				}
				answers := map[string]explain.Service{}
				for _, svc := range services {
					answers[svc.Namespace+"/"+svc.Name] = svc
				}
				for _, n := range in.Nodes {
					state := announce.Decide(in, n.Name)
					compare(t, answers, &state)
					for _, silence := range status.Silences(in, state) {
						silent++
						answer := answers[silence.Service.Namespace+"/"+silence.Service.Name]
						if answer.Reason != silence.Why || answer.OK {
							t.Errorf("%s: explain says %q (ok %v), the Event %q", silence.Service, answer.Reason, answer.OK, silence.Why)
						}
					}
				}
			})
		}
	}
	if silent < 20 {
		t.Errorf("%d services that no node announces, want 20 at least: the scenarios show little", silent)
	}
}

func parsed(t *testing.T, s *scenario.Scenario) (*intent.Intent, intent.Objects) {
	t.Helper()
	var (
		last *intent.Intent
		objs intent.Objects
		err  error
	)
	for _, section := range []string{scenario.Before, scenario.Now} {
		if section == scenario.Before && !s.Has(section) {
			continue
		}
		if objs, _, err = s.Objects(section); err != nil {
			t.Fatal(err)
		}
		last, _ = intent.Parse(objs, s.Options, last)
	}
	fit, _ := speaker.Sift(last)
	return fit, objs
}

// compare holds the rows of one node to its state.
func compare(t *testing.T, answers map[string]explain.Service, state *announce.State) {
	t.Helper()
	for _, v := range state.Verdicts {
		answer := answers[v.Service.Namespace+"/"+v.Service.Name]
		i := slices.IndexFunc(answer.Nodes, func(n explain.Node) bool { return n.Node == state.Node && n.Protocol == v.Protocol.String() })
		if i < 0 {
			t.Errorf("%s on %s by %s is not explained", v.Service, state.Node, v.Protocol)
			continue
		}
		row := answer.Nodes[i]
		if row.Reason != v.Reason.String() || row.Detail != v.Detail {
			t.Errorf("%s on %s: %s (%s), want %s (%s)", v.Service, state.Node, row.Reason, row.Detail, v.Reason, v.Detail)
		}
		if diff := cmp.Diff(v.Peers, peerNames(row)); diff != "" {
			t.Errorf("%s on %s: peers (-decided +explained):\n%s", v.Service, state.Node, diff)
		}
		if v.Protocol == announce.ProtocolL2 && v.Announced() {
			owns(t, answer, state.Node, v)
		}
	}
}

func peerNames(row explain.Node) []string {
	var names []string
	for _, p := range row.Peers {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func owns(t *testing.T, answer explain.Service, node string, v announce.Verdict) {
	t.Helper()
	for _, addr := range v.Addresses {
		for _, o := range answer.Owners {
			if o.Address == addr.String() && (o.Owner != node || !slices.Contains(o.Candidates, node)) {
				t.Errorf("%s: owner of %s is %s of %s, want %s", v.Service, addr, o.Owner, strings.Join(o.Candidates, ", "), node)
			}
		}
	}
}
