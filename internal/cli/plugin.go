package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Names under which kubectl finds the program: as a plugin, and as what completes the
// plugin's command line. Both may be links to speaker.
const (
	pluginName    = "kubectl-frr_speaker"
	completerName = "kubectl_complete-frr_speaker"
	// pluginUsage is how people call it.
	pluginUsage = "kubectl frr_speaker"
)

const pluginHelp = "kubectl frr_speaker reads metallb.io objects, Services, EndpointSlices and Nodes of a cluster, and\n" +
	"what its speakers have written, and says what they announce and why. It changes nothing."

// asPlugin makes the command line one of kubectl's, if the program was started as such.
// A plugin looks at clusters; it does not run as a speaker.
func asPlugin(root *cobra.Command, p Process) []string {
	if p.Name != pluginName && p.Name != completerName {
		return p.Args
	}
	root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: pluginUsage}
	root.Short, root.Long = "Look at a cluster as its speakers do", pluginHelp
	root.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	persistent := root.PersistentFlags()
	root.Flags().VisitAll(func(f *pflag.Flag) { f.Hidden = persistent.Lookup(f.Name) == nil }) // they are of a speaker that runs
	for _, cmd := range root.Commands() {
		cmd.Example = strings.ReplaceAll(cmd.Example, "  speaker ", "  "+pluginUsage+" ")
	}
	if p.Name == completerName {
		return append([]string{cobra.ShellCompRequestCmd}, p.Args...)
	}
	return p.Args
}

// completeServices offers the names of services, of wherever objects come from.
func completeServices(p Process, c *common) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		k, err := c.learn(cmd.Context(), p)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var names []string
		for i := range k.intent.Services {
			names = append(names, k.intent.Services[i].Ref.Namespace+"/"+k.intent.Services[i].Ref.Name)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
