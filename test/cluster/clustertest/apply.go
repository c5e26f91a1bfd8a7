package clustertest

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"frr-speaker/test/cluster"
)

// Apply applies objects (YAML) as a user does, and then their status, which in a
// real cluster others write.
func Apply(t testing.TB, c *cluster.Cluster, objects string) {
	t.Helper()
	Kubectl(t, c, objects, "apply", "-f", "-")
	if reported := withStatus(t, objects); reported != "" {
		Kubectl(t, c, reported, "replace", "--subresource=status", "-f", "-")
	}
}

// withStatus are those of the objects that have a status.
func withStatus(t testing.TB, objects string) string {
	t.Helper()
	var found []string
	for document := range strings.SplitSeq(objects, "\n---\n") {
		var object struct {
			Status map[string]any `json:"status"`
		}
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			t.Fatalf("read objects: %v: %s", err, document)
		}
		if object.Status != nil {
			found = append(found, document)
		}
	}
	return strings.Join(found, "\n---\n")
}
