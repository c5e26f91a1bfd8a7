package stage

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/test/lab"
)

// Examples is what examples/ mean at the routers: a line per prefix and path.
func Examples() map[string][]string {
	return map[string][]string{
		"tor-frr": {
			"198.51.100.10/32 through node-1 with 64512:100 large:64512:7:1",
			"198.51.100.10/32 through node-2 with 64512:100 large:64512:7:1",
			"198.51.100.20/32 through node-2 with 64512:100 large:64512:7:1",
			"2001:db8:100::10/128 through node-1 with 64512:100 large:64512:7:1",
			"2001:db8:100::10/128 through node-2 with 64512:100 large:64512:7:1",
			"203.0.113.0/24 through node-1 with 65535:65281",
			"203.0.113.0/24 through node-2 with 65535:65281",
		},
		"tor-bird": {
			"198.51.100.10/32 through node-1 with 64512:100 large:64512:7:1",
			"198.51.100.10/32 through node-2 with 64512:100 large:64512:7:1",
			"198.51.100.20/32 through node-2 with 64512:100 large:64512:7:1",
		},
	}
}

// Expect checks that every router has exactly these routes: a line per prefix and path, by router.
func (s *Stage) Expect(ctx context.Context, want map[string][]string) error {
	for _, router := range s.Routers {
		routes, err := router.Routes(ctx)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(want[router.Name()])), s.Lines(routes)); diff != "" {
			return fmt.Errorf("routes at %s (-want +got):\n%s", router.Name(), diff)
		}
	}
	return nil
}

// Lines prints routes a line per prefix and path, sorted.
func (s *Stage) Lines(routes lab.Routes) []string {
	var lines []string
	for _, prefix := range routes.Prefixes() {
		for _, path := range routes[prefix] {
			lines = append(lines, fmt.Sprintf("%s through %s with %s", prefix, s.nodeAt(path.NextHop), Communities(path)))
		}
	}
	slices.Sort(lines)
	return lines
}

func (s *Stage) nodeAt(addr netip.Addr) string {
	for _, node := range s.Nodes {
		if addr == node.Addr4() || addr == node.Addr6() {
			return node.Name()
		}
	}
	return addr.String()
}

// Communities prints the communities of a path, large ones with their prefix; "-" without any.
func Communities(path lab.Path) string {
	var all []string
	for _, c := range path.Communities {
		all = append(all, c.String())
	}
	for _, c := range path.LargeCommunities {
		all = append(all, "large:"+c.String())
	}
	if len(all) == 0 {
		return "-"
	}
	return strings.Join(all, " ")
}
