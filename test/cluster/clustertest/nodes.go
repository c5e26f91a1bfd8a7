package clustertest

import (
	"errors"
	"net"
	"testing"

	"golang.org/x/sync/errgroup"

	"frr-speaker/test/cluster"
	"frr-speaker/test/lab"
)

// StartNodes lets nodes of the lab reach the API server at its own address until the test
// ends, and starts their processes.
func StartNodes(t testing.TB, c *cluster.Cluster, nodes []*lab.Node) {
	t.Helper()
	var forwarders errgroup.Group
	t.Cleanup(func() {
		if err := forwarders.Wait(); err != nil { // they end with the test's context
			t.Error(err)
		}
	})
	for _, node := range nodes {
		var listener net.Listener
		err := node.Do(func() (err error) {
			var config net.ListenConfig
			listener, err = config.Listen(t.Context(), "tcp", c.Address())
			return err
		})
		if err != nil {
			t.Fatalf("listen on %s: %v", node.Name(), err)
		}
		forwarders.Go(func() error { return c.Forward(t.Context(), listener) })
		if err := errors.Join(node.StartReloader(), node.StartSpeaker()); err != nil {
			t.Fatal(err)
		}
	}
}
