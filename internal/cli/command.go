package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/logging"
)

// Process is what a command may know of the process it runs in.
type Process struct {
	Name   string   // under which it was started, without folders; "" is speaker
	Args   []string // without the program's name
	Getenv func(string) string
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
}

// Speaker runs the speaker command line and returns its exit status.
func Speaker(ctx context.Context, p Process) int {
	root := newRoot(p)
	root.SetArgs(asPlugin(root, p))
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	return exitStatus(root.ExecuteContext(ctx), p.Stderr)
}

// common are the flags that every subcommand shares.
type common struct {
	objects         string
	kubeconfig      string
	node            string
	onlyNode        string // the one Node to follow; "" is all
	namespace       string
	lbClass         string
	ignoreExcludeLB bool
	frrLogLevel     string // of the environment; overrides logLevel for FRR
	logLevel        string
}

func newRoot(p Process) *cobra.Command {
	var c common
	r := runFlags{getenv: p.Getenv}
	root := &cobra.Command{
		Use:   "speaker",
		Short: "Announce LoadBalancer services to the network through FRR",
		Long: "speaker turns metallb.io objects, Services, EndpointSlices and Nodes into the\n" +
			"configuration of FRR on one node. Without a subcommand it runs and follows changes:\n" +
			"those of the cluster it runs in, or of a directory with --objects.",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r.changed = cmd.Flags().Changed
			return run(cmd.Context(), p, c, r)
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&c.objects, "objects", "", "read API objects from the YAML files of this `directory` and follow its changes, instead of a cluster")
	flags.StringVar(&c.kubeconfig, "kubeconfig", p.Getenv("KUBECONFIG"), "`file` that says how to reach the API server (KUBECONFIG); without it the ServiceAccount of the pod")
	flags.StringVar(&c.node, "node-name", p.Getenv("METALLB_NODE_NAME"), "`name` of this node (METALLB_NODE_NAME)")
	flags.StringVar(&c.node, "node", p.Getenv("METALLB_NODE_NAME"), "same as --node-name")
	flags.StringVar(&c.namespace, "namespace", ownNamespace(p.Getenv),
		"`namespace` of the metallb.io objects, their Secrets and ConfigMaps (METALLB_NAMESPACE); without it that of the pod")
	flags.StringVar(&c.lbClass, "lb-class", "", "announce only services of this loadBalancerClass; empty: those without one")
	flags.BoolVar(&c.ignoreExcludeLB, "ignore-exclude-lb", false,
		"announce from nodes labeled node.kubernetes.io/exclude-from-external-load-balancers too")
	flags.StringVar(&c.logLevel, "log-level", "info", "`level` of the log, and of FRR's: "+logging.Levels)
	c.frrLogLevel = p.Getenv("FRR_LOGGING_LEVEL")
	r.addTo(root.Flags(), p.Getenv)
	root.AddCommand(newRender(p, &c))
	for _, cmd := range []*cobra.Command{
		newExplain(p, &c), newValidate(p, &c), newDiff(p, &c), newSimulate(p, &c), newStatusCommand(p, &c), newBundle(p, &c),
	} {
		root.AddCommand(looking(cmd))
	}
	return root
}

// namespaceFile is where a pod finds its namespace, with its ServiceAccount.
const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

func ownNamespace(getenv func(string) string) string {
	if name := getenv("METALLB_NAMESPACE"); name != "" {
		return name
	}
	text, err := os.ReadFile(namespaceFile)
	if err != nil {
		return intent.DefaultNamespace // not in a pod
	}
	return orDefault(strings.TrimSpace(string(text)), intent.DefaultNamespace)
}

// check reports what is missing before anything is read.
func (c common) check() error {
	if c.node == "" {
		return fmt.Errorf("--node-name is not set: give it, or METALLB_NODE_NAME, the name of this node as its Node object has it")
	}
	if frrconfig.CheckLevel(c.frrLogLevel) != nil {
		return fmt.Errorf("FRR_LOGGING_LEVEL %q is none that FRR has: use debug, info, warn, error or none, or one of FRR's own", c.frrLogLevel)
	}
	_, err := logging.New(io.Discard, c.logLevel)
	return err
}

func (c common) options() intent.Options {
	return intent.Options{Namespace: c.namespace, LoadBalancerClass: c.lbClass, IgnoreExcludeLB: c.ignoreExcludeLB}
}

// frrLevel is the level that FRR logs at, as --log-level spells it or as FRR does.
func (c common) frrLevel() string { return orDefault(c.frrLogLevel, c.logLevel) }

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
