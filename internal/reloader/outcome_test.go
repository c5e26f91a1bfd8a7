package reloader

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/handoff"
)

func TestADaemonIsMissingUntilItWasDealtWith(t *testing.T) {
	tests := []struct {
		name        string
		life        int // of the daemon, as the link knows it; 0: it has not been there yet
		up          bool
		looked, saw int // the life that the instance was last looked at in, and dealt with
		missing     bool
	}{
		{"it has not come up", 0, false, 0, 0, true},
		{"it was configured", 1, true, 1, 1, false},
		{"it came up while the others were configured", 1, true, 0, 0, true},
		{"it was seen to come up, and not configured yet", 1, true, 1, 0, true},
		{"it died after it was configured", 1, false, 1, 1, true},
		{"it is another than the one that was configured", 2, true, 1, 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bgpd := &instance{name: frrdiff.Bgpd, link: &link{epoch: tt.life, up: tt.up}, epoch: tt.looked, seen: tt.saw}
			l := &loop{
				instances: []*instance{bgpd}, managed: func() bool { return false },
				base: &target{config: parsed(t, "router bgp 64512\n")},
			}
			var want []handoff.Failure
			if tt.missing {
				want = []handoff.Failure{lostDaemon("bgpd")}
			}
			if diff := cmp.Diff(want, l.missing()); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}
