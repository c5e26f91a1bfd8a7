package nodes

import (
	"fmt"
	"strings"
	"testing"
)

// vtyshIsAtHand gets to vtysh as docs/debugging.md says, though its image has no shell:
// in the container, and from one with tools that shares its processes.
func (s *site) vtyshIsAtHand(t *testing.T) {
	pods := strings.Fields(s.kubectl(t, "--namespace=metallb-system", "get", "pods", "--selector=component=speaker", "--output=name"))
	for _, pod := range pods {
		out := s.kubectl(t, "--namespace=metallb-system", "exec", pod, "--container=frr", "--", "vtysh", "-c", "show bgp summary")
		if !strings.Contains(out, "192.0.2.1") {
			t.Errorf("vtysh in %s does not know the session:\n%s", pod, out)
		}
		s.kubectl(t, "--namespace=metallb-system", "debug", pod, "--image=localhost/frr-speaker/stock-frr:test", "--target=frr",
			"--container=look", "--profile=sysadmin", "--custom=testdata/debug.yaml", "--",
			"chroot", "/proc/1/root", "/usr/bin/vtysh", "-c", "show bgp summary")
		s.eventually(t, func() error {
			out, err := s.cluster.Kubectl(t.Context(), "", "--namespace=metallb-system", "logs", pod, "--container=look")
			if err == nil && !strings.Contains(out, "192.0.2.1") {
				err = fmt.Errorf("vtysh beside %s does not know the session:\n%s", pod, out)
			}
			return err
		})
	}
}
