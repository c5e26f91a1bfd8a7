package explain

import (
	"bytes"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/cli"
	"frr-speaker/test/cluster"
	"frr-speaker/test/cluster/clustertest"
)

// fromCluster are ways that only what nodes have written can tell: NodeState and Events.
var fromCluster = []string{"The session is down", "No interface can answer"}

// TestAClusterAnswersAsFilesDo puts the objects of some ways into a real API server, with
// what nodes write about them, and asks there.
func TestAClusterAnswersAsFilesDo(t *testing.T) {
	c := clustertest.New(t, cluster.Options{})
	clustertest.Kubectl(t, c, "", "apply", "-k", "../../deploy/frr-mode/crds")
	clustertest.Kubectl(t, c, "", "wait", "crd", "--all", "--for=condition=Established", "--timeout=60s")
	clustertest.Kubectl(t, c, "", "create", "namespace", "metallb-system")
	for _, w := range readWays(t) {
		if !slices.Contains(fromCluster, w.heading) {
			continue
		}
		t.Run(w.heading, func(t *testing.T) {
			clustertest.Kubectl(t, c, "", "delete", "--all", "--all-namespaces",
				"bgppeers,bgpadvertisements,l2advertisements,servicebgpstatuses,servicel2statuses,nodestates,events")
			clustertest.Apply(t, c, w.applied(t))
			want, _ := w.section("explain")
			status, got := ask(t, c, "explain", w.service)
			if diff := cmp.Diff(want, got); diff != "" || status != 1 {
				t.Errorf("exit status %d, explain (-files +cluster):\n%s", status, diff)
			}
			if status, got := ask(t, c, "validate", "--strict"); status != 0 {
				t.Errorf("validate: exit status %d:\n%s", status, got)
			}
			if _, got := ask(t, c, "status"); !strings.Contains(got, "node-a") || strings.Contains(got, "no NodeState") {
				t.Errorf("status does not know the nodes:\n%s", got)
			}
			file := filepath.Join(t.TempDir(), "bundle.tar.gz")
			if status, got := ask(t, c, "bundle", "--file", file); status != 0 {
				t.Errorf("bundle: exit status %d:\n%s", status, got)
			}
		})
	}
}

// applied is all objects of a way, as an API server takes them: it wants ports.
func (w *way) applied(t *testing.T) string {
	t.Helper()
	_, nodes := w.decide(t, "objects.yaml", nil, nil)
	w.observe(t, nodes, noon(), false)
	events := w.observe(t, nodes, noon().AddDate(0, 0, 1), true)
	texts := w.texts(t, "objects.yaml")
	texts["reports.yaml"] = bytes.TrimPrefix(reports(t, nodes, events), []byte("---\n"))
	var all []string
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		text := strings.ReplaceAll(string(texts[name]), "  type: LoadBalancer\n", "  type: LoadBalancer\n  ports: [{port: 80}]\n")
		if strings.TrimSpace(text) != "" {
			all = append(all, strings.TrimSpace(text))
		}
	}
	return strings.Join(all, "\n---\n")
}

// ask runs the command line on the cluster.
func ask(t *testing.T, c *cluster.Cluster, args ...string) (status int, stdout string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = cli.Speaker(t.Context(), cli.Process{
		Args: append(args, "--kubeconfig", c.Kubeconfig()), Getenv: func(string) string { return "" },
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
	})
	if errs.Len() > 0 {
		t.Errorf("%v: %s", args, errs.String())
	}
	return status, out.String()
}
