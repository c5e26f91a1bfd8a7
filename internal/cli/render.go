package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/speaker"
)

func newRender(p Process, c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "render --node NODE",
		Short: "Print the FRR configuration that the objects lead to on one node",
		Long: "render reads the objects of --objects (a directory, a file, or - for standard input) or of\n" +
			"the cluster that --kubeconfig names. It prints the configuration on standard output,\n" +
			"Problems and Verdicts on standard error. Its exit status is 0 whenever there is a text to print. The text\n" +
			"holds the passwords of peers in clear, as FRR needs them.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return render(cmd.Context(), p, *c) },
	}
}

func render(ctx context.Context, p Process, c common) error {
	if err := c.check(); err != nil {
		return err
	}
	objs, problems, err := c.read(ctx, p.Stdin)
	if err != nil {
		return err
	}
	want, more := intent.Parse(objs, c.options(), nil)
	fit, unfit := speaker.Sift(want)
	state := announce.Decide(fit, c.node)
	printProblems(p.Stderr, intent.SortProblems(slices.Concat(problems, more, unfit, state.Problems)))
	printVerdicts(p.Stderr, state.Verdicts)
	if state.NodeUnknown {
		return fmt.Errorf("the objects have no Node %s, so there is no text for it", c.node)
	}
	text, err := frrconfig.Render(state.BGP, c.frrOptions(fit.RawConfig))
	if err != nil {
		return err
	}
	_, err = p.Stdout.Write(text)
	return err
}

func (c common) frrOptions(rawConfig string) frrconfig.Options {
	return frrconfig.Options{Hostname: c.node, LogLevel: c.frrLevel(), RawConfig: rawConfig}
}

func printProblems(w io.Writer, problems []intent.Problem) {
	for _, problem := range problems {
		fmt.Fprintln(w, "problem:", problem)
	}
}

func printVerdicts(w io.Writer, verdicts []announce.Verdict) {
	for _, v := range verdicts {
		fmt.Fprintf(w, "%s/%s %s: %s", v.Service.Namespace, v.Service.Name, v.Protocol, v.Reason)
		if len(v.Peers) > 0 {
			fmt.Fprintf(w, " to %s", strings.Join(v.Peers, ", "))
		}
		if v.Detail != "" {
			fmt.Fprintf(w, " (%s)", v.Detail)
		}
		fmt.Fprintln(w)
	}
}
