package nodes

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"frr-speaker/test/lab"
)

// TestTheManifestServesAClient applies what ships, as users do, and asks for a page
// from behind the router.
func TestTheManifestServesAClient(t *testing.T) {
	s := newSite(t, lab.FRR10)
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
	t.Run("with vtysh at hand", func(t *testing.T) {
		pods := strings.Fields(s.kubectl(t, "--namespace=metallb-system", "get", "pods", "--selector=component=speaker", "--output=name"))
		for _, pod := range pods {
			out := s.kubectl(t, "--namespace=metallb-system", "exec", pod, "--container=frr", "--", "vtysh", "-c", "show bgp summary")
			if !strings.Contains(out, "192.0.2.1") {
				t.Errorf("vtysh in %s does not know the session:\n%s", pod, out)
			}
		}
	})
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
