package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/objects"
)

func newValidate(p Process, c *common) *cobra.Command {
	var (
		out    output
		strict bool
	)
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Say everything that is wrong with objects, with file and line",
		Long: "validate reads the objects of --objects (a directory, a file, or - for standard input) or of\n" +
			"the cluster that --kubeconfig names, and says what is wrong with them on any node: which\n" +
			"field, what follows for the network, and what to do. The exit status is 0 when nothing is, 1\n" +
			"when something is, and 2 when they cannot be read. What changes nothing for the network, such\n" +
			"as a field without meaning, is said and counts only with --strict.",
		Example: "  speaker validate --objects examples --strict",
		Args:    cobra.NoArgs,
		RunE: look(p, c, &out, func(_ *cobra.Command, _ []string, k known) (answer, error) {
			findings := k.findings(c.namespace, k.intent, k.problems)
			return answer{
				value: struct {
					Problems []finding `json:"problems"`
				}{findings},
				table: func(w io.Writer) { printFindings(w, findings) },
				bad:   slices.ContainsFunc(findings, func(f finding) bool { return strict || !f.Harmless }),
			}, nil
		}),
	}
	out.addTo(cmd)
	cmd.Flags().BoolVar(&strict, "strict", false, "fail for what changes nothing for the network too")
	return cmd
}

// finding is a Problem and where it stands.
type finding struct {
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	Object   string `json:"object"`
	Field    string `json:"field,omitempty"`
	Message  string `json:"message"`
	Effect   string `json:"effect,omitempty"`
	Remedy   string `json:"remedy,omitempty"`
	Harmless bool   `json:"harmless,omitempty"`
}

// findings adds to problems of objects those of every node, and sorts them by file and line.
func (k known) findings(namespace string, in *intent.Intent, problems []intent.Problem) []finding {
	problems = slices.Clone(problems)
	decider := announce.NewDecider()
	for _, n := range in.Nodes {
		problems = append(problems, decider.Decide(in, n.Name).Problems...)
	}
	places := objects.NewPlaces(k.texts, objects.Options{Namespace: namespace})
	out := []finding{}
	for _, p := range intent.SortProblems(problems) {
		out = append(out, placed(p, places))
	}
	slices.SortStableFunc(out, func(a, b finding) int { return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line) })
	return out
}

func placed(p intent.Problem, places *objects.Places) finding {
	f := finding{Object: p.Object.String(), Field: p.Field, Message: p.Message, Effect: p.Effect, Remedy: p.Remedy, Harmless: p.Harmless}
	if f.File, f.Line = p.At.File, p.At.Line; f.File == "" {
		f.File, f.Line, _ = places.Find(p.Object, p.Field)
	}
	return f
}

// printFindings prints one problem on a line, as compilers do.
func printFindings(w io.Writer, findings []finding) {
	for _, f := range findings {
		if f.File != "" {
			fmt.Fprint(w, f.File+":"+strconv.Itoa(f.Line)+": ")
		}
		fmt.Fprintln(w, f.text())
	}
}

func (f finding) text() string {
	parts := []string{f.Object}
	if f.Field != "" {
		parts = append(parts, f.Field)
	}
	text := strings.Join(append(parts, f.Message), ": ")
	for _, more := range []string{f.Effect, f.Remedy} {
		if more != "" {
			text += "; " + more
		}
	}
	return text
}
