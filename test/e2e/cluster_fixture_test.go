package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frr-speaker/test/cluster"
	"frr-speaker/test/cluster/clustertest"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
	"frr-speaker/test/stage"
)

// What ships.
const (
	shippedCRDs = "../../deploy/frr-mode/crds"
	shippedRBAC = "../../deploy/frr-mode/rbac/speaker.yaml"
)

// world is the network of examples/ with an API server that the speakers follow.
type world struct {
	*stage.Stage
	lab     *lab.Lab
	cluster *cluster.Cluster
}

// newWorld starts both, with the definitions and the account that ship, and with
// the objects of examples/ applied by kubectl. It does not wait for routes.
// Whatever else the test does, no speaker may ask for what is forbidden to it.
func newWorld(t *testing.T, version lab.FRRVersion) *world {
	t.Helper()
	w := &world{cluster: clustertest.New(t, cluster.Options{})}
	w.kubectl(t, "", "apply", "-k", shippedCRDs)
	w.kubectl(t, "", "wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
	for _, namespace := range []string{"metallb-system", "office"} {
		w.kubectl(t, "", "create", "namespace", namespace)
	}
	w.kubectl(t, "", "apply", "-f", shippedRBAC)
	w.applyExamples(t)
	kubeconfig, err := w.cluster.ServiceAccount(t.Context(), "metallb-system", "speaker")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.checkForbidden(t) })
	w.lab = labtest.New(t, lab.Options{})
	w.Stage = labtest.Must(stage.BuildFor(t.Context(), w.lab, version, "--kubeconfig", kubeconfig, "--metrics=http"))(t)
	clustertest.StartNodes(t, w.cluster, w.Nodes)
	return w
}

// applyExamples writes the objects of examples/, as several kubectl would.
func (w *world) applyExamples(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob("../../examples/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("examples: %v, %v", files, err)
	}
	var all []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.TrimSpace(string(text)))
	}
	w.apply(t, strings.Join(all, "\n---\n")+"\n")
}

func (w *world) kubectl(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	return clustertest.Kubectl(t, w.cluster, stdin, args...)
}

func (w *world) apply(t *testing.T, objects string) {
	t.Helper()
	clustertest.Apply(t, w.cluster, objects)
}

// delete deletes what apply has written.
func (w *world) delete(t *testing.T, objects string) {
	t.Helper()
	w.kubectl(t, objects, "delete", "--wait=false", "-f", "-")
}

// expect waits until the routers have exactly these routes.
func (w *world) expect(t *testing.T, want map[string][]string) {
	t.Helper()
	eventually(t, func() error { return w.Expect(t.Context(), want) })
}

// checkForbidden fails the test if a speaker asked for something that its account may not do.
func (w *world) checkForbidden(t *testing.T) {
	t.Helper()
	requests, err := w.cluster.Requests()
	if err != nil {
		t.Error(err)
	}
	if len(requests) == 0 {
		t.Error("the audit log has no request of a speaker: nothing was shown of their rights")
	}
	forbidden, err := w.cluster.Forbidden()
	if err != nil {
		t.Error(err)
	}
	seen := map[string]bool{}
	for _, r := range forbidden {
		if line := r.String(); !seen[line] {
			seen[line] = true
			t.Errorf("forbidden: %s", line)
		}
	}
}

// with adds lines to what every router is to have.
func with(want map[string][]string, lines ...string) map[string][]string {
	out := map[string][]string{}
	for router, has := range want {
		out[router] = append(has[:len(has):len(has)], lines...)
	}
	return out
}

// fromBothNodes are the lines of a plain service at a router.
func fromBothNodes(address string) []string {
	var lines []string
	for _, node := range []string{"node-1", "node-2"} {
		lines = append(lines, fmt.Sprintf("%s/32 through %s with 64512:100 large:64512:7:1", address, node))
	}
	return lines
}
