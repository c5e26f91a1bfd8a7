package reloader

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/frrdiff"
)

func TestBFDOfNewNeighborsWaitsForTheLaunch(t *testing.T) {
	const (
		instance = "router bgp 64512\n no bgp default ipv4-unicast\n"
		one      = " neighbor 192.0.2.1 remote-as 65001\n"
		bfd      = " neighbor 192.0.2.1 bfd\n neighbor 192.0.2.1 bfd profile fast\n"
		family   = " address-family ipv4 unicast\n  neighbor 192.0.2.1 activate\n exit-address-family\n"
	)
	lines := []string{"neighbor 192.0.2.1 bfd", "neighbor 192.0.2.1 bfd profile fast"}
	tests := []struct {
		name        string
		from, to    string
		first, last []string // lines about BFD before the launches, and after
	}{
		{"a new neighbor is guarded last", "", instance + one + bfd + family, nil, lines},
		{"a neighbor that stays is guarded where its other lines are", instance + one + family, instance + one + bfd + family, lines, nil},
		{"a new neighbor without a family is not launched", "", instance + one + bfd, lines, nil},
		{
			"a neighbor made anew is guarded last", instance + one + " neighbor 192.0.2.1 password a\n" + family,
			instance + one + bfd + " neighbor 192.0.2.1 password b\n" + family, nil, lines,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rest, launches := splitLaunches(frrdiff.Diff(parsed(t, tt.from), parsed(t, tt.to)))
			var first, last []string
			for _, step := range rest {
				for _, c := range step.Commands {
					if _, what := neighborLine(c); what == "bfd" || what == "bfd profile fast" {
						first = append(first, c.Text)
					}
				}
			}
			for _, l := range launches {
				for _, c := range l.bfd {
					last = append(last, c.Text)
				}
			}
			if diff := cmp.Diff([][]string{tt.first, tt.last}, [][]string{first, last}); diff != "" {
				t.Errorf("before and after the launches (-want +got):\n%s", diff)
			}
		})
	}
}

func parsed(t *testing.T, text string) *frrdiff.Config {
	t.Helper()
	c, err := frrdiff.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDialed(t *testing.T) {
	tests := []struct {
		name, answer string
		want         bool
	}{
		{"a neighbor that was never connected to", `{"192.0.2.1":{"bgpState":"Connect","hostLocal":"Unknown"}}`, false},
		{"a neighbor that is connected to", `{"192.0.2.1":{"bgpState":"OpenSent","hostLocal":"192.0.2.11"}}`, true},
		{"a neighbor that hung up", `{"2001:db8::1":{"bgpState":"Active","hostLocal":"2001:db8::11"}}`, true},
		{"no such neighbor", `{"bgpNoSuchNeighbor":true}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := dialed(tt.answer); got != tt.want {
				t.Errorf("dialed is %t, want %t", got, tt.want)
			}
		})
	}
}
