package nodes

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"frr-speaker/test/lab"
)

// soon is well before the pods of a deleted node are ended, 40 s after it, and before a
// router gives up on a peer that restarts gracefully, after 120 s.
const soon = 15 * time.Second

// nodeLeavesAndReturns takes a node out of the cluster, as `kubectl delete node` does,
// and lets it register again. It withdraws while its pods still run, though its peer would
// keep the routes of one that is gone. The other node serves alone meanwhile.
func (s *site) nodeLeavesAndReturns(t *testing.T) {
	addr, onSegment := s.address(t, "web"), s.address(t, "web-l2")
	prefix := netip.PrefixFrom(addr, 32)
	node := s.nodes[1]
	s.kubectl(t, "delete", "node", node.Name())
	began := time.Now()
	err := lab.Eventually(t.Context(), soon, func() error {
		routes, err := s.router.Routes(t.Context())
		if err == nil && len(routes.From(node.Addr)[prefix]) > 0 {
			err = fmt.Errorf("the router still has a path through %s", node.Name())
		}
		return err
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, s.podLogs(t))
	}
	s.note("node deleted, graceful restart", "its route is withdrawn %v after `kubectl` is done; the other node serves", time.Since(began).Round(100*time.Millisecond))
	// The pods of a node that is gone are deleted after 40 s, and ended where they run.
	s.eventually(t, func() error {
		pids, err := node.PIDs()
		if err != nil {
			return err
		}
		for _, pid := range pids {
			if name, _, err := processStatus(pid); err == nil && name == "speaker" {
				return fmt.Errorf("speaker still runs on %s", node.Name())
			}
		}
		return nil
	})
	s.note("its pods", "are ended after %v", time.Since(began).Round(time.Second))
	s.answered(t, s.client, addr)
	s.answered(t, s.client, onSegment)

	if err := node.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	// Its pods are new, and its Node object too: this takes the scheduler and both containers.
	if err := lab.Eventually(t.Context(), 2*patience, func() error { return s.pathsThroughEveryNode(t, prefix) }); err != nil {
		t.Fatalf("%v\n%s", err, s.podLogs(t))
	}
	s.answered(t, s.client, addr)
	s.answered(t, node.Host, addr) // by its own kube-proxy
	s.note("node returned", "its route is back %v after kubelet is ready", time.Since(began).Round(time.Second))
}
