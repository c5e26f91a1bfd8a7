package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/simulate"
	"frr-speaker/internal/speaker"
)

// alteration is what is to happen to nodes.
type alteration struct {
	lose, drain, relabel []string
}

func newSimulate(p Process, c *common) *cobra.Command {
	var (
		out   output
		alter alteration
	)
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Say which services move where when a node is lost, drained or relabeled",
		Long: "simulate reads the objects of --objects (a directory, a file, or - for standard input) or of\n" +
			"the cluster that --kubeconfig names, and says what becomes of services and of what each router\n" +
			"is told when something happens to nodes. Nothing is changed. A node that is lost takes its pods\n" +
			"with it; one that is drained keeps its speaker. That pods start again elsewhere is not assumed.\n" +
			"What is wrong with the objects goes to standard error, as validate says it. The exit status is 1\n" +
			"when no node announces some service any more, and 2 for wrong input.",
		Example: "  speaker simulate --objects examples --lose node-1\n  speaker simulate --objects examples --relabel node-1=rack=two,edge-",
		Args:    cobra.NoArgs,
		RunE: look(p, c, &out, func(_ *cobra.Command, _ []string, k known) (answer, error) {
			objs, err := alter.apply(k.objects)
			if err != nil {
				return answer{}, err
			}
			is, problems := c.decidable(objs, k.unread, k.intent)
			printFindings(p.Stderr, k.findings(c.namespace, is, problems))
			change := simulate.Compare(k.intent, is)
			return answer{
				value: change,
				table: func(w io.Writer) { printChange(w, change) },
				bad:   slices.ContainsFunc(change.Moves, func(m simulate.Move) bool { return m.Lost }),
			}, nil
		}),
	}
	out.addTo(cmd)
	cmd.Flags().StringSliceVar(&alter.lose, "lose", nil, "`nodes` that are gone, with their pods")
	cmd.Flags().StringSliceVar(&alter.drain, "drain", nil, "`nodes` that pods leave")
	cmd.Flags().StringArrayVar(&alter.relabel, "relabel", nil, "`node=label=value,label-`: labels to set on a node and to remove from it; may be repeated")
	return cmd
}

// decidable is what speakers decide on after they have seen other objects, and what is
// wrong with the objects, those that could not be read among them.
func (c common) decidable(objs intent.Objects, unread []intent.Problem, last *intent.Intent) (*intent.Intent, []intent.Problem) {
	want, problems := intent.Parse(objs, c.options(), last)
	fit, unfit := speaker.Sift(want)
	return fit, intent.SortProblems(slices.Concat(unread, problems, unfit))
}

func (a alteration) apply(objs intent.Objects) (intent.Objects, error) {
	if len(a.lose)+len(a.drain)+len(a.relabel) == 0 {
		return objs, fmt.Errorf("nothing is to happen: give --lose, --drain or --relabel")
	}
	var err error
	for _, change := range a.relabel {
		node, labels, _ := strings.Cut(change, "=")
		if objs, err = simulate.Relabel(objs, node, strings.Split(labels, ",")); err != nil {
			return objs, fmt.Errorf("--relabel %s: %w", change, err)
		}
	}
	for _, node := range a.drain {
		if objs, err = simulate.Drain(objs, node); err != nil {
			return objs, fmt.Errorf("--drain %s: %w", node, err)
		}
	}
	for _, node := range a.lose {
		if objs, err = simulate.Lose(objs, node); err != nil {
			return objs, fmt.Errorf("--lose %s: %w", node, err)
		}
	}
	return objs, nil
}

func printChange(w io.Writer, change simulate.Change) {
	if len(change.Moves)+len(change.Nodes) == 0 {
		fmt.Fprintln(w, "nothing changes")
		return
	}
	printMoves(w, change.Moves)
	for _, n := range change.Nodes {
		printNodeChange(w, n)
	}
}

func printMoves(w io.Writer, moves []simulate.Move) {
	if len(moves) == 0 {
		fmt.Fprintln(w, "every service stays where it is")
		return
	}
	t := table(w, "SERVICE", "PROTOCOL", "BEFORE", "AFTER", "WHY")
	for _, m := range moves {
		after := orDash(strings.Join(m.After, ","))
		if m.Lost {
			after = "nobody"
		}
		t.row(m.Service, m.Protocol, orDash(strings.Join(m.Before, ",")), after, orDash(m.Why))
	}
	t.flush()
}

func printNodeChange(w io.Writer, n simulate.Node) {
	fmt.Fprintln(w, n.Node+nodeFate(n))
	for _, a := range n.Taken {
		fmt.Fprintln(w, "  + answers for "+a)
	}
	for _, a := range n.GivenUp {
		fmt.Fprintln(w, "  - answers for "+a)
	}
	for _, r := range n.Routers {
		session := ""
		if r.Session != "" {
			session = ": session " + r.Session
		}
		fmt.Fprintf(w, "  router %s %s%s%s\n", r.Peer, r.Neighbor, prefixed(" vrf ", some(r.VRF)), session)
		for _, route := range r.Announced {
			fmt.Fprintln(w, "    + "+route)
		}
		for _, route := range r.Changed {
			fmt.Fprintln(w, "    ~ "+route)
		}
		for _, route := range r.Withdrawn {
			fmt.Fprintln(w, "    - "+route)
		}
	}
}

func nodeFate(n simulate.Node) string {
	switch {
	case n.Gone:
		return " (gone)"
	case n.New:
		return " (new)"
	}
	return ""
}
