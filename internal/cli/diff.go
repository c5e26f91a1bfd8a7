package cli

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/simulate"
)

func newDiff(p Process, c *common) *cobra.Command {
	var (
		out           output
		from, running string
	)
	cmd := &cobra.Command{
		Use:   "diff {--from OBJECTS | --running FILE --node NODE}",
		Short: "Say what would change at each router, and which sessions would reset",
		Long: "diff compares the objects of --objects, or of the cluster that --kubeconfig names, with others\n" +
			"(--from: a directory, a file, or - for standard input), which stand for what is now; or with\n" +
			"what a node runs (--running: its frr.conf, or what \"vtysh -c 'show running-config'\" prints; -\n" +
			"for standard input). It says what each router would be told, what FRR would be told, and which\n" +
			"sessions that would reset. Passwords are not printed. What is wrong with the objects goes to\n" +
			"standard error, as validate says it. The exit status is 0 when nothing would change, 1 when\n" +
			"something would, and 2 for wrong input.",
		Example: "  speaker diff --objects new --from old\n  vtysh -c 'show running-config' | speaker diff --objects new --node node-1 --running -",
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error {
			if (from == "") == (running == "") {
				return usage(fmt.Errorf("give --from, or --running: what to compare with"))
			}
			return nil
		},
		RunE: look(p, c, &out, func(cmd *cobra.Command, _ []string, k known) (answer, error) {
			var (
				d   difference
				err error
			)
			if from != "" {
				d, err = c.diffObjects(k, from, p, c.givenNodes(cmd))
			} else {
				d, err = c.diffRunning(k, running, p)
			}
			return answer{value: d, table: func(w io.Writer) { printDifference(w, d) }, bad: !d.empty()}, err
		}),
	}
	out.addTo(cmd)
	cmd.Flags().StringVar(&from, "from", "", "`objects` as they are now")
	cmd.Flags().StringVar(&running, "running", "", "`file` of what FRR runs now")
	return cmd
}

// difference is what diff prints.
type difference struct {
	simulate.Change
	FRR []frrChange `json:"frr"` // by node; of those that would be told something
}

// frrChange is what the FRR of one node would be told.
type frrChange struct {
	Node     string   `json:"node"`
	Resets   []string `json:"resets,omitempty"` // neighbors whose session would reset, and why
	Commands []string `json:"commands"`         // secrets redacted, indented by block
}

func (d difference) empty() bool { return len(d.Moves)+len(d.Nodes)+len(d.FRR) == 0 }

// diffObjects compares two sets of objects on every node of either.
func (c common) diffObjects(k known, from string, p Process, only []string) (difference, error) {
	var old known
	if _, err := old.readFiles(from, c.namespace, p.Stdin); err != nil {
		return difference{}, err
	}
	was, _ := c.decidable(old.objects, nil, nil)
	is, problems := c.decidable(k.objects, k.unread, was) // what goes bad keeps what it had, as in a speaker
	printFindings(p.Stderr, k.findings(c.namespace, is, problems))
	d := difference{Change: simulate.Compare(was, is), FRR: []frrChange{}}
	for _, n := range is.Nodes {
		if len(only) > 0 && !slices.Contains(only, n.Name) {
			continue
		}
		before, err := c.textOf(was, n.Name)
		if err != nil {
			return d, err
		}
		after, err := c.textOf(is, n.Name)
		if err != nil {
			return d, err
		}
		d.addFRR(n.Name, frrdiff.Diff(before, after))
	}
	if len(only) > 0 {
		d.Nodes = slices.DeleteFunc(d.Nodes, func(n simulate.Node) bool { return !slices.Contains(only, n.Node) })
	}
	return d, nil
}

// textOf is the configuration of a node; nothing where there is no such node.
func (c common) textOf(in *intent.Intent, node string) (*frrdiff.Config, error) {
	state := announce.Decide(in, node)
	if state.NodeUnknown {
		return frrdiff.Parse(nil)
	}
	options := c.frrOptions(in.RawConfig)
	options.Hostname = node
	text, err := frrconfig.Render(state.BGP, options)
	if err != nil {
		return nil, fmt.Errorf("render for node %s: %w", node, err)
	}
	return frrdiff.Parse(text)
}

// diffRunning compares what a node should run with what it does.
func (c common) diffRunning(k known, running string, p Process) (difference, error) {
	if c.node == "" {
		return difference{}, fmt.Errorf("--running is what one node runs: name it with --node")
	}
	if !slices.ContainsFunc(k.intent.Nodes, func(n intent.Node) bool { return n.Name == c.node }) {
		return difference{}, fmt.Errorf("the objects have no Node %s", c.node)
	}
	text, err := readFile(running, p.Stdin)
	if err != nil {
		return difference{}, err
	}
	have, err := frrdiff.Parse(vtyshLine.ReplaceAll(text, nil))
	if err != nil {
		return difference{}, fmt.Errorf("--running %s: %w", running, err)
	}
	want, err := c.textOf(k.intent, c.node)
	if err != nil {
		return difference{}, err
	}
	printFindings(p.Stderr, k.findings(c.namespace, k.intent, k.problems))
	d := difference{Change: simulate.Change{Moves: []simulate.Move{}, Nodes: []simulate.Node{}}, FRR: []frrChange{}}
	d.addFRR(c.node, frrdiff.Diff(have, want))
	return d, nil
}

// vtyshLine is what vtysh says of itself among what it collects from daemons.
var vtyshLine = regexp.MustCompile(`(?m)^(no )?service integrated-vtysh-config[ \t\r]*$`)

func readFile(name string, stdin io.Reader) ([]byte, error) {
	if name == stdinName {
		text, err := io.ReadAll(stdin)
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return text, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read what FRR runs: %w", err)
	}
	return text, nil
}

func (d *difference) addFRR(node string, script frrdiff.Script) {
	if script.Len() == 0 {
		return
	}
	change := frrChange{Node: node, Resets: script.Resets()}
	var context []string
	for _, step := range script {
		for _, command := range step.Commands {
			for i, line := range command.Context {
				if i >= len(context) || context[i] != line {
					change.Commands = append(change.Commands, strings.Repeat(" ", i)+frrdiff.Redact(line))
				}
			}
			change.Commands = append(change.Commands, strings.Repeat(" ", len(command.Context))+frrdiff.Redact(command.Text))
			context = command.Context
			if command.Opens {
				context = append(slices.Clip(context), command.Text)
			}
		}
	}
	d.FRR = append(d.FRR, change)
}

func printDifference(w io.Writer, d difference) {
	if d.empty() {
		fmt.Fprintln(w, "nothing changes")
		return
	}
	if len(d.Moves) > 0 {
		printMoves(w, d.Moves)
	}
	for _, n := range d.Nodes {
		printNodeChange(w, n)
	}
	for _, f := range d.FRR {
		if len(f.Resets) == 0 {
			fmt.Fprintf(w, "FRR of %s (no session resets):\n", f.Node)
		} else {
			fmt.Fprintf(w, "FRR of %s resets sessions:\n", f.Node)
		}
		for _, reset := range f.Resets {
			fmt.Fprintln(w, "  ! "+reset)
		}
		for _, line := range f.Commands {
			fmt.Fprintln(w, "  "+line)
		}
	}
}
