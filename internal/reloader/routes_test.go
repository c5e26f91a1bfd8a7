package reloader

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/frrdiff"
)

func TestLastRoutes(t *testing.T) {
	const (
		v4     = "  address-family ipv4 unicast\n   network 198.51.100.1/32 route-map origin-5\n   network 198.51.100.2/32 route-map origin-5\n  exit-address-family\n"
		v6     = "  address-family ipv6 unicast\n   network 2001:db8::1/128 route-map origin-5\n  exit-address-family\n"
		before = " address-family ipv4 unicast\n  network 198.51.100.9/32\n exit-address-family\n"
	)
	tests := []struct {
		name     string
		from, to string
		want     []string
	}{
		{"no route is waited for when none is new", "router bgp 64512\n" + v4, "router bgp 64512\n" + v4, nil},
		{"the last route of each family", "", "router bgp 64512\n" + v4 + v6, []string{
			"do show bgp ipv4 unicast 198.51.100.2/32 json", "do show bgp ipv6 unicast 2001:db8::1/128 json",
		}},
		{"a VRF has a table of its own", "", "router bgp 64512 vrf red\n" + v4, []string{"do show bgp vrf red ipv4 unicast 198.51.100.2/32 json"}},
		{"a route that goes is not waited for", "router bgp 64512\n" + before, "router bgp 64512\n" + v6, []string{"do show bgp ipv6 unicast 2001:db8::1/128 json"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var configs [2]*frrdiff.Config
			for i, text := range []string{tt.from, tt.to} {
				c, err := frrdiff.Parse([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				configs[i] = c
			}
			got := lastRoutes(frrdiff.Diff(configs[0], configs[1]))
			if len(got) == 0 {
				got = nil
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("questions (-want +got):\n%s", diff)
			}
		})
	}
}
