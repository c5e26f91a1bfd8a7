package reloader

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/frrdiff"
)

// Without zebra, which a dry run does not have, bgpd calls graceful restart
// an invalid value, and takes it.
func TestDryRunTakesGracefulRestart(t *testing.T) {
	t.Parallel()
	const (
		opener   = "router bgp 64512\n bgp graceful-restart preserve-fw-state\n neighbor 192.0.2.1 remote-as 65001\n neighbor 192.0.2.2 remote-as 65001\n"
		graceful = " neighbor 192.0.2.1 graceful-restart\n neighbor 192.0.2.2 graceful-restart\n"
	)
	tests := []struct {
		name string
		text string
		want []complaint
	}{
		{"of two neighbors", opener + graceful + "exit\n", nil},
		{"of an instance", opener + " bgp graceful-restart\n bgp graceful-restart restart-time 60\nexit\n", nil},
		{"of an instance and a neighbor", opener + " bgp graceful-restart\n" + graceful + "exit\n", nil},
		{
			"and still refuses what it names", opener + graceful + " nonsense\nexit\n",
			[]complaint{{6, "No such command"}},
		},
		{
			"and still refuses an invalid value", opener + graceful + " neighbor 192.0.2.1 password " + strings.Repeat("x", 81) + "\nexit\n",
			[]complaint{{6, "% Invalid value"}},
		},
		{
			"and still refuses what it does not name",
			opener + graceful + "exit\nroute-map b permit 10\n set local-preference 99999999999\nexit\n",
			[]complaint{{8, "% [BGP] Argument form is unsupported or malformed."}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := newDryRun(t).run(t.Context(), frrdiff.Bgpd, strings.Split(strings.TrimSuffix(tt.text, "\n"), "\n"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(complaint{})); diff != "" {
				t.Errorf("complaints (-want +got):\n%s", diff)
			}
		})
	}
}
