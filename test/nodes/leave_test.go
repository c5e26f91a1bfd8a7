package nodes

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"frr-speaker/test/lab"
)

// nodeLeavesAndReturns takes a node out of the cluster, as `kubectl delete node` does,
// and lets it register again. The other node serves alone meanwhile. The session does not
// restart gracefully: the router would keep the routes of a node that is gone for 120 s.
func (s *site) nodeLeavesAndReturns(t *testing.T) {
	addr := s.address(t, "web")
	prefix := netip.PrefixFrom(addr, 32)
	node := s.nodes[1]
	s.kubectl(t, "delete", "node", node.Name())
	began := time.Now()
	s.eventually(t, func() error {
		routes, err := s.router.Routes(t.Context())
		if err == nil && len(routes.From(node.Addr)[prefix]) > 0 {
			err = fmt.Errorf("the router still has a path through %s", node.Name())
		}
		return err
	})
	gone := time.Since(began)
	s.answered(t, s.client, addr)

	if err := node.RestartKubelet(t.Context()); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	// Its pods are new, and its Node object too: this takes the scheduler and both containers.
	if err := lab.Eventually(t.Context(), 2*patience, func() error { return s.pathsThroughEveryNode(t, prefix) }); err != nil {
		t.Fatalf("%v\n%s", err, s.podLogs(t))
	}
	s.answered(t, s.client, addr)
	s.note("node deleted", "its route is gone after %v, when its pods are; the other node serves", gone.Round(time.Second))
	s.note("node returned", "its route is back %v after kubelet is ready", time.Since(began).Round(time.Second))
}
