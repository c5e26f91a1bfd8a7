package nodes

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"frr-speaker/test/lab"
)

// TestTheManifestServesAClient applies what ships, as users do, and asks for a page
// from behind the router.
func TestTheManifestServesAClient(t *testing.T) {
	s := newSite(t, lab.FRR10)
	defer s.writeRecord(t)
	s.install(t, "deploy/frr-mode")
	s.apply(t, "testdata/objects.yaml")
	s.kubectl(t, "apply", "-f", "testdata/web.yaml")
	s.kubectl(t, "rollout", "status", "deployment/web", "--timeout="+patience.String())

	t.Run("over BGP", func(t *testing.T) {
		addr := s.address(t, "web")
		s.eventually(t, func() error { return s.pathsThroughEveryNode(t, netip.PrefixFrom(addr, 32)) })
		s.answered(t, s.client, addr)
	})
	t.Run("by ARP", func(t *testing.T) { s.answered(t, s.client, s.address(t, "web-l2")) })
	t.Run("as the users and with the capabilities that are claimed", func(t *testing.T) { s.checkProcesses(t) })
	t.Run("by ARP, minutes later too", s.keepsAnswering)
	t.Run("while every pod is replaced", s.updateLosesNothing)
	t.Run("though containers die", s.deathsCostNothingElse)
	t.Run("with no capability too many", s.everyCapabilityIsNeeded)
	t.Run("though a node goes and comes back", s.nodeLeavesAndReturns)
	t.Run("while every pod is replaced, with routers that do not wait", s.updateWithoutGracefulRestart)
	t.Run("with vtysh at hand", s.vtyshIsAtHand)
	t.Run("with an FRR image that has a shell and its own init", s.stockImageServes)
}

func (s *site) pathsThroughEveryNode(t *testing.T, prefix netip.Prefix) error {
	t.Helper()
	routes, err := s.router.Routes(t.Context())
	if err != nil {
		return err
	}
	for _, n := range s.nodes {
		if len(routes.From(n.Addr)[prefix]) == 0 {
			return fmt.Errorf("no path to %s from %s: %v", prefix, n.Name(), routes)
		}
	}
	return nil
}

// answered waits until the web server answers a host.
func (s *site) answered(t *testing.T, from *lab.Host, addr netip.Addr) {
	t.Helper()
	s.eventually(t, func() error {
		page, err := get(t.Context(), from, addr)
		if err == nil && !strings.HasPrefix(page, "web-") {
			return fmt.Errorf("http://%s/ says %q", addr, page)
		}
		return err
	})
}

// deathsCostNothingElse kills each container of a pod. The other one goes on, and all routes return.
func (s *site) deathsCostNothingElse(t *testing.T) {
	t.Helper()
	prefix := netip.PrefixFrom(s.address(t, "web"), 32)
	node := s.nodes[0]
	pod := strings.TrimSpace(s.kubectl(t, "--namespace=metallb-system", "get", "pods", "--selector=component=speaker",
		"--field-selector=spec.nodeName="+node.Name(), "--output=name"))
	for _, c := range []struct{ killed, process, other string }{
		{"frr", "frr-reloader", "speaker"},
		{"speaker", "speaker", "frr"},
	} {
		before := s.restarts(t, pod, c.killed)
		untouched := s.restarts(t, pod, c.other)
		pids, err := node.PIDs()
		if err != nil {
			t.Fatal(err)
		}
		for _, pid := range pids {
			if name, _, err := processStatus(pid); err == nil && name == c.process {
				if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
			}
		}
		s.eventually(t, func() error {
			if got := s.restarts(t, pod, c.killed); got != before+1 {
				return fmt.Errorf("container %s was restarted %d times, want %d", c.killed, got, before+1)
			}
			return s.pathsThroughEveryNode(t, prefix)
		})
		if got := s.restarts(t, pod, c.other); got != untouched {
			t.Errorf("container %s was restarted %d times when %s was killed", c.other, got-untouched, c.killed)
		}
	}
}

func (s *site) restarts(t *testing.T, pod, container string) int {
	t.Helper()
	out := s.kubectl(t, "--namespace=metallb-system", "get", pod,
		`--output=jsonpath={.status.containerStatuses[?(@.name=="`+container+`")].restartCount}`)
	n, err := strconv.Atoi(out)
	if err != nil {
		t.Fatalf("restarts of %s in %s: %v", container, pod, err)
	}
	return n
}
