package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"frr-speaker/internal/explain"
	"frr-speaker/internal/intent"
)

func newExplain(p Process, c *common) *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use:   "explain [NAMESPACE/SERVICE]...",
		Short: "Say why services are announced or not, on every node and by every protocol",
		Long: "explain reads the objects of --objects (a directory, a file, or - for standard input) or of\n" +
			"the cluster that --kubeconfig names, with what nodes have reported there. It says for each\n" +
			"service, node and protocol whether it is announced or what led to it that it is not, which\n" +
			"advertisements and peers have part in it, and whether routers have been told. Without a\n" +
			"service it lists all, those with something wrong first. --node limits it to one node.\n" +
			"The exit status is 0 when services are announced everywhere they should be, 1 when not, and\n" +
			"2 when that could not be found out. docs/explain.md explains the reasons.",
		Example: "  speaker explain --objects examples default/web\n  kubectl frr_speaker explain default/web",
		Args: func(_ *cobra.Command, args []string) error {
			_, err := serviceNames(args)
			return err
		},
		RunE: look(p, c, &out, c.explainServices),
	}
	out.addTo(cmd)
	cmd.ValidArgsFunction = completeServices(p, c)
	return cmd
}

// explanation is what explain prints.
type explanation struct {
	Services []explain.Service `json:"services"`
	Problems []string          `json:"problems,omitempty"`
}

func (c *common) explainServices(cmd *cobra.Command, args []string, k known) (answer, error) {
	names, err := serviceNames(args)
	if err != nil {
		return answer{}, err
	}
	services, err := explain.Services(k.facts(*c, c.givenNodes(cmd)), names)
	all := explanation{Services: services, Problems: problemLines(k.problems)}
	return answer{
		value: all,
		table: func(w io.Writer) { printExplanation(w, all, len(names) > 0) },
		bad:   slices.ContainsFunc(services, func(s explain.Service) bool { return !s.OK }),
	}, err
}

func (k known) facts(c common, nodes []string) explain.Facts {
	return explain.Facts{
		Intent: k.intent, Services: k.objects.Services, Options: c.options(), Problems: k.problems, Nodes: nodes, Reports: k.reports,
	}
}

// givenNodes is the node that a flag names. The variable that names the node of a pod
// does not count: it is the same for everybody who looks at a cluster from within.
func (c common) givenNodes(cmd *cobra.Command) []string {
	if c.node != "" && (cmd.Flags().Changed("node") || cmd.Flags().Changed("node-name")) {
		return []string{c.node}
	}
	return nil
}

func serviceNames(args []string) ([]intent.Ref, error) {
	var names []intent.Ref
	for _, arg := range args {
		namespace, name, found := strings.Cut(arg, "/")
		if !found {
			namespace, name = "default", arg
		}
		if namespace == "" || name == "" || strings.Contains(name, "/") {
			return nil, fmt.Errorf("%q names no service: write namespace/name", arg)
		}
		names = append(names, intent.Ref{Kind: "Service", Namespace: namespace, Name: name})
	}
	return names, nil
}

func problemLines(problems []intent.Problem) []string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.String())
	}
	return lines
}
