package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/bundle"
	"frr-speaker/internal/explain"
	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/kube"
)

// bundleFlags say what goes into a bundle besides objects and reports.
type bundleFlags struct {
	file     string
	handoff  string
	running  string
	logs     []string
	lines    int
	selector string
}

// How much of a log goes into a bundle, and how long it is waited for.
const (
	defaultLogLines = 2000
	maxLogBytes     = 4 << 20
	logPatience     = 10 * time.Second
)

func newBundle(p Process, c *common) *cobra.Command {
	var f bundleFlags
	cmd := &cobra.Command{
		Use:   "bundle",
		Short: "Collect what a bug report needs into one archive, without secrets",
		Long: "bundle writes an archive (tar.gz) of the objects of --objects, or of the cluster that\n" +
			"--kubeconfig names, of what nodes have reported, and of what speakers make of it: the\n" +
			"configuration of every node, explain, status and validate. On a cluster the ends of the logs of\n" +
			"speakers are in it; on a node, or in its pod, frr.conf and the report of frr-reloader (--handoff),\n" +
			"what FRR runs (--running) and log files (--log). Passwords are not: each is \"" + bundle.Password + "\" instead,\n" +
			"and \"speaker render --objects\" takes the objects of the archive as they are.",
		Example: "  kubectl frr_speaker bundle\n" +
			"  vtysh -c 'show running-config' | speaker bundle --objects /etc/speaker --handoff /etc/frr_reloader --running -",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return writeBundle(cmd.Context(), p, *c, f) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.file, "file", "f", "frr-speaker-bundle.tar.gz", "`file` to write; - is standard output")
	flags.StringVar(&f.handoff, "handoff", p.Getenv(handoff.EnvDir), "`directory` shared with frr-reloader (FRR_SPEAKER_HANDOFF)")
	flags.StringVar(&f.running, "running", "", "`file` of what FRR runs, as \"vtysh -c 'show running-config'\" prints it; - is standard input")
	flags.StringSliceVar(&f.logs, "log", nil, "log `files` whose ends to put in")
	flags.IntVar(&f.lines, "log-lines", defaultLogLines, "`number` of lines of each log of a pod")
	flags.StringVar(&f.selector, "selector", "component=speaker", "label `selector` of the pods of speakers")
	return cmd
}

func writeBundle(ctx context.Context, p Process, c common, f bundleFlags) error {
	k, err := c.learn(ctx, p)
	if err != nil {
		return err
	}
	files, err := c.bundleFiles(ctx, p, k, f)
	if err != nil {
		return usage(err)
	}
	var archive bytes.Buffer
	if err := bundle.Write(&archive, "frr-speaker-bundle", time.Now(), files); err != nil {
		return err
	}
	if f.file == stdinName {
		_, err := p.Stdout.Write(archive.Bytes())
		return err
	}
	if err := os.WriteFile(f.file, archive.Bytes(), 0o600); err != nil {
		return usage(fmt.Errorf("write the bundle: %w", err))
	}
	fmt.Fprintf(p.Stdout, "%s: %d files, %d bytes\n", f.file, len(files), archive.Len())
	return nil
}

// bundleFiles collects the files, what people read first at the beginning.
func (c common) bundleFiles(ctx context.Context, p Process, k known, f bundleFlags) ([]bundle.File, error) {
	answers, err := c.answerFiles(k)
	if err != nil {
		return nil, err
	}
	objs, err := bundle.Objects(k.objects)
	if err != nil {
		return nil, err
	}
	reports, err := reportFiles(k.reports)
	if err != nil {
		return nil, err
	}
	local, err := f.localFiles(p.Stdin)
	if err != nil {
		return nil, err
	}
	files := append(append(append(answers, objs...), reports...), local...)
	if k.client == nil {
		return files, nil
	}
	logs, err := kube.Logs(ctx, k.client, kube.LogOptions{Namespace: c.namespace, Selector: f.selector, Lines: f.lines, Patience: logPatience})
	if err != nil {
		return append(files, bundle.Text("logs/unread.txt", []byte(err.Error()+"\n"))), nil //nolint:nilerr // the rest is worth having
	}
	return append(files, logFiles(logs)...), nil
}

// answerFiles are what the other commands say of the objects.
func (c common) answerFiles(k known) ([]bundle.File, error) {
	var files []bundle.File
	add := func(name string, say func(io.Writer)) {
		var text bytes.Buffer
		say(&text)
		files = append(files, bundle.Text(name, text.Bytes()))
	}
	add("problems.txt", func(w io.Writer) { printFindings(w, k.findings(c.namespace, k.intent, k.problems)) })
	add("status.txt", func(w io.Writer) { printNodeRows(w, k.nodeRows(nil)) })
	services, err := explain.Services(k.facts(c, nil), nil)
	if err != nil {
		add("explain.txt", func(w io.Writer) { fmt.Fprintln(w, err) })
		return files, nil //nolint:nilerr // it is in the bundle
	}
	add("explain.txt", func(w io.Writer) {
		printExplanation(w, explanation{Services: services}, false)
		fmt.Fprintln(w)
		printExplanation(w, explanation{Services: services}, true)
	})
	for _, n := range k.intent.Nodes {
		options := c.frrOptions(k.intent.RawConfig)
		options.Hostname = n.Name
		text, err := frrconfig.Render(announce.Decide(k.intent, n.Name).BGP, options)
		if err != nil {
			return nil, fmt.Errorf("render for node %s: %w", n.Name, err)
		}
		files = append(files, bundle.Text("wanted/"+n.Name+".conf", text))
	}
	return files, nil
}

// reportFiles are what nodes have written, as the API server has it.
func reportFiles(r *explain.Reports) ([]bundle.File, error) {
	if r == nil {
		return nil, nil
	}
	var nodes, services, configurations []runtime.Object
	for _, o := range r.Nodes {
		nodes = append(nodes, o)
	}
	for _, o := range r.BGP {
		services = append(services, o)
	}
	for _, o := range r.L2 {
		services = append(services, o)
	}
	for _, o := range r.Configurations {
		configurations = append(configurations, o)
	}
	var files []bundle.File
	for _, one := range []struct {
		name string
		list []runtime.Object
	}{{"nodestates", nodes}, {"servicestatuses", services}, {"configurationstates", configurations}} {
		var text []byte
		for _, o := range one.list {
			part, err := yaml.Marshal(o)
			if err != nil {
				return nil, fmt.Errorf("write %s: %w", one.name, err)
			}
			text = append(append(text, "---\n"...), part...)
		}
		if len(text) > 0 {
			files = append(files, bundle.Text("reports/"+one.name+".yaml", text))
		}
	}
	if len(r.Events) > 0 {
		var text strings.Builder
		for _, e := range r.Events {
			fmt.Fprintf(&text, "%s %s %s: %s\n", e.Node, e.Object, e.Reason, e.Message)
		}
		files = append(files, bundle.Text("reports/events.txt", []byte(text.String())))
	}
	return files, nil
}

// localFiles are those of the node that the command runs on.
func (f bundleFlags) localFiles(stdin io.Reader) ([]bundle.File, error) {
	var files []bundle.File
	if f.handoff != "" {
		for _, name := range []string{"frr.conf", "last-good.conf", "status.json"} {
			text, err := os.ReadFile(filepath.Join(f.handoff, name))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("read the handoff directory: %w", err)
			}
			files = append(files, bundle.Text("node/"+name, text))
		}
	}
	if f.running != "" {
		text, err := readFile(f.running, stdin)
		if err != nil {
			return nil, err
		}
		files = append(files, bundle.Text("node/running-config.txt", text))
	}
	for _, name := range f.logs {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read a log: %w", err)
		}
		files = append(files, bundle.Tail("logs/"+filepath.Base(name), text, maxLogBytes))
	}
	return files, nil
}

func logFiles(logs []kube.Log) []bundle.File {
	var files []bundle.File
	for _, l := range logs {
		name := "logs/" + l.Pod + "_" + l.Container
		if l.Previous {
			name += "_previous"
		}
		if l.Err != nil {
			l.Text = []byte("cannot be read: " + l.Err.Error() + "\n")
		}
		files = append(files, bundle.Tail(name+".log", l.Text, maxLogBytes))
	}
	return files
}
