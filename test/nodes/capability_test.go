package nodes

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// needs says, of each capability that the manifest adds, what fails without it.
var needs = []struct {
	container, capability string
	missing               []string // daemons that do not run
	said                  string   // by the container
}{
	{container: "frr", capability: "NET_ADMIN", missing: []string{"bgpd", "mgmtd", "zebra"}},
	{container: "frr", capability: "NET_RAW", missing: []string{"bfdd", "bgpd", "mgmtd", "zebra"}},
	{container: "frr", capability: "NET_BIND_SERVICE", missing: []string{"bfdd", "bgpd", "mgmtd"}},
	{container: "frr", capability: "SYS_ADMIN", missing: []string{"bfdd", "bgpd", "mgmtd", "zebra"}},
	{container: "speaker", capability: "NET_RAW", said: "operation not permitted"},
}

// added are the capabilities that deploy/frr-mode adds, by container.
var added = map[string][]string{
	"frr":     {"NET_ADMIN", "NET_RAW", "NET_BIND_SERVICE", "SYS_ADMIN"},
	"speaker": {"NET_RAW"},
}

// everyCapabilityIsNeeded takes one after the other away, and sees something fail that has a name.
func (s *site) everyCapabilityIsNeeded(t *testing.T) {
	count := 0
	for _, list := range added {
		count += len(list)
	}
	if count != len(needs) {
		t.Errorf("%d capabilities are added, and %d are explained", count, len(needs))
	}
	for _, need := range needs {
		t.Run(need.container+" without "+need.capability, func(t *testing.T) {
			rest := slices.DeleteFunc(slices.Clone(added[need.container]), func(c string) bool { return c == need.capability })
			s.allow(t, need.container, rest)
			s.eventually(t, func() error {
				if need.said != "" {
					return s.says(t, need.container, need.said)
				}
				return s.someNodeLacks(t, need.missing)
			})
			what := "no " + strings.Join(need.missing, ", ")
			if need.said != "" {
				what = "no ARP: " + need.said
			}
			s.note(need.container+" without "+need.capability, "%s", what)
			s.allow(t, need.container, added[need.container])
			s.rolledOut(t)
		})
	}
	prefix := netip.PrefixFrom(s.address(t, "web"), 32)
	s.eventually(t, func() error { return s.pathsThroughEveryNode(t, prefix) })
}

// allow makes the DaemonSet add these capabilities to a container, and no others.
func (s *site) allow(t *testing.T, container string, capabilities []string) {
	t.Helper()
	list := "[]"
	if len(capabilities) > 0 {
		list = `["` + strings.Join(capabilities, `","`) + `"]`
	}
	s.kubectl(t, "--namespace=metallb-system", "patch", "daemonset", "speaker", "--patch", fmt.Sprintf(
		`{"spec":{"template":{"spec":{"containers":[{"name":%q,"securityContext":{"capabilities":{"add":%s}}}]}}}}`, container, list))
}

func (s *site) says(t *testing.T, container, text string) error {
	t.Helper()
	out, err := s.cluster.Kubectl(t.Context(), "", "--namespace=metallb-system", "logs",
		"--selector=component=speaker", "--container="+container, "--tail=200")
	if err == nil && !strings.Contains(out, text) {
		err = fmt.Errorf("no %s says %q:\n%s", container, text, out)
	}
	return err
}

// someNodeLacks waits for a node that runs frr-reloader, and all daemons but these.
func (s *site) someNodeLacks(t *testing.T, missing []string) error {
	t.Helper()
	var seen []string
	for _, n := range s.nodes {
		pids, err := n.PIDs()
		if err != nil {
			return err
		}
		runs := map[string]bool{}
		for _, pid := range pids {
			if name, _, err := processStatus(pid); err == nil {
				runs[name] = true
			}
		}
		var lacks []string
		for _, daemon := range []string{"bfdd", "bgpd", "mgmtd", "staticd", "zebra"} {
			if !runs[daemon] {
				lacks = append(lacks, daemon)
			}
		}
		if runs["frr-reloader"] && slices.Equal(lacks, missing) {
			return nil
		}
		seen = append(seen, fmt.Sprintf("%s lacks %v", n.Name(), lacks))
	}
	return fmt.Errorf("no node lacks just %v: %v", missing, seen)
}
