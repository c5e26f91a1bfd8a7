package nodes

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// stockImageServes applies the overlay for FRR's own image over what runs: FRR's init
// starts the daemons there, and frr-reloader, in a container of its own, speaks to them
// over their sockets.
func (s *site) stockImageServes(t *testing.T) {
	began := time.Now()
	s.install(t, "deploy/overlays/stock-frr")
	addr := s.address(t, "web")
	s.eventually(t, func() error { return s.pathsThroughEveryNode(t, netip.PrefixFrom(addr, 32)) })
	s.answered(t, s.client, addr)
	s.note("stock FRR image", "pods are replaced, and routes of every node are at the router, after %v", time.Since(began).Round(time.Second))

	names := strings.Fields(s.kubectl(t, "--namespace=metallb-system", "get", "pods", "--selector=component=speaker",
		"--output=jsonpath={.items[*].spec.containers[*].name}"))
	slices.Sort(names)
	want := slices.Repeat([]string{"frr", "reloader", "speaker"}, len(s.nodes))
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("containers %v, want %v", names, want)
	}
	for _, n := range s.nodes {
		user, err := userOf(n, "bgpd")
		if err != nil || user != "100" { // of FRR's own image
			t.Errorf("bgpd on %s runs as user %q (%v), want 100", n.Name(), user, err)
		}
	}
}

// userOf is the user of a process of a node.
func userOf(n interface{ PIDs() ([]int, error) }, process string) (string, error) {
	pids, err := n.PIDs()
	if err != nil {
		return "", err
	}
	for _, pid := range pids {
		if name, status, err := processStatus(pid); err == nil && name == process {
			return strings.Fields(status)[1], nil
		}
	}
	return "", fmt.Errorf("there is no %s", process)
}
