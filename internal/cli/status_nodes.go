package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/internal/status"
)

func newStatusCommand(p Process, c *common) *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show all nodes at a glance, those with problems first",
		Long: "status shows what every node has reported in its NodeState: sessions, whether FRR runs what\n" +
			"objects lead to, services, problems. It reads the cluster that --kubeconfig names, or objects\n" +
			"of --objects. A node without a report is one with a problem. The exit status is 0 when all is\n" +
			"well, 1 when not, and 2 when that cannot be found out.",
		Example: "  kubectl frr_speaker status",
		Args:    cobra.NoArgs,
		RunE: look(p, c, &out, func(cmd *cobra.Command, _ []string, k known) (answer, error) {
			rows := k.nodeRows(c.givenNodes(cmd))
			return answer{
				value: struct {
					Nodes []nodeRow `json:"nodes"`
				}{rows},
				table: func(w io.Writer) { printNodeRows(w, rows) },
				bad:   slices.ContainsFunc(rows, func(r nodeRow) bool { return len(r.Problems) > 0 }),
			}, nil
		}),
	}
	out.addTo(cmd)
	return cmd
}

// nodeRow is a node at a glance.
type nodeRow struct {
	Node       string   `json:"node"`
	Sessions   string   `json:"sessions,omitempty"` // established of all
	Services   int32    `json:"services"`           // announced
	Outcome    string   `json:"outcome,omitempty"`
	Running    string   `json:"running,omitempty"` // digest
	FRRVersion string   `json:"frrVersion,omitempty"`
	Since      string   `json:"runningSince,omitempty"` // RFC 3339
	Problems   []string `json:"problems,omitempty"`
}

// nodeRows has a row for every node, and for every report of a node that is gone.
func (k known) nodeRows(only []string) []nodeRow {
	reports := map[string]*v1alpha1.NodeState{}
	if k.reports != nil {
		for _, r := range k.reports.Nodes {
			reports[r.Name] = r
		}
	}
	var rows []nodeRow
	for _, n := range k.intent.Nodes {
		if len(only) == 0 || slices.Contains(only, n.Name) {
			rows = append(rows, rowOf(n.Name, reports[n.Name]))
		}
	}
	slices.SortStableFunc(rows, func(a, b nodeRow) int {
		return cmp.Or(len(b.Problems)-len(a.Problems), strings.Compare(a.Node, b.Node))
	})
	return rows
}

func rowOf(name string, report *v1alpha1.NodeState) nodeRow {
	row := nodeRow{Node: name}
	if report == nil {
		row.Problems = []string{"no NodeState: its speaker does not run, or writes none"}
		return row
	}
	s := &report.Status
	row.Sessions, row.Services, row.Outcome = s.SessionsUp, s.ServicesAnnounced, string(s.Outcome)
	row.Running, row.FRRVersion = s.Running.Digest, s.FRRVersion
	if s.RunningSince != nil {
		row.Since = s.RunningSince.UTC().Format(time.RFC3339)
	}
	for _, session := range s.Sessions {
		if session.State != "Established" {
			row.Problems = append(row.Problems, sessionProblem(session))
		}
	}
	for _, c := range s.Conditions {
		counted := c.Type == v1alpha1.ConditionSessionsEstablished && c.Status == metav1.ConditionFalse
		if c.Status != metav1.ConditionTrue && !counted {
			row.Problems = append(row.Problems, c.Reason+": "+c.Message)
		}
	}
	if s.DriftLines > 0 {
		row.Problems = append(row.Problems, strconv.Itoa(int(s.DriftLines))+" lines of FRR's configuration are not as they were applied")
	}
	for _, d := range s.Daemons {
		if d.State != "up" {
			row.Problems = append(row.Problems, "daemon "+d.Name+" is "+d.State)
		}
	}
	return row
}

func sessionProblem(s v1alpha1.Session) string {
	text := status.ReasonSessionDown + ": " + orDefault(s.Peer, s.Neighbor) + " is " + s.State
	if s.Since != nil {
		text += " since " + s.Since.UTC().Format(time.RFC3339)
	}
	if s.LastReset != "" {
		text += ", last reset: " + s.LastReset
	}
	return text
}

func printNodeRows(w io.Writer, rows []nodeRow) {
	t := table(w, "NODE", "SESSIONS", "SERVICES", "OUTCOME", "RUNNING", "FRR", "PROBLEMS")
	for _, r := range rows {
		t.row(r.Node, orDash(r.Sessions), strconv.Itoa(int(r.Services)), orDash(r.Outcome), orDash(r.Running), orDash(r.FRRVersion), strconv.Itoa(len(r.Problems)))
	}
	t.flush()
	for _, r := range rows {
		for _, p := range r.Problems {
			fmt.Fprintf(w, "%s: %s\n", r.Node, strings.ReplaceAll(p, "\n", "\n  "))
		}
	}
}
