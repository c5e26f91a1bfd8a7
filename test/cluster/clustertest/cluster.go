package clustertest

import (
	"testing"

	"frr-speaker/test/cluster"
)

// tailLines is how much of each log a failure shows.
const tailLines = 30

// New starts a cluster that ends with the test. Programs that were not built fail the test.
func New(t testing.TB, o cluster.Options) *cluster.Cluster {
	t.Helper()
	c, err := cluster.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		t.Helper()
		if t.Failed() {
			t.Logf("what the cluster's servers said last:\n%s", c.Tails(tailLines))
		}
		if err := c.Close(); err != nil {
			t.Errorf("close cluster: %v", err)
		}
	})
	return c
}

// Kubectl runs kubectl as the administrator; a failure ends the test.
func Kubectl(t testing.TB, c *cluster.Cluster, stdin string, args ...string) string {
	t.Helper()
	out, err := c.Kubectl(t.Context(), stdin, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
