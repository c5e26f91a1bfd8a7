package bgp

import "testing"

func TestWellKnownCommunity(t *testing.T) {
	tests := []struct {
		name  string
		want  string
		known bool
	}{
		{"no-export", "65535:65281", true},
		{"NO-EXPORT", "65535:65281", true},
		{"no-advertise", "65535:65282", true},
		{"local-AS", "65535:65283", true},
		{"local-as", "65535:65283", true},
		{"no-peer", "65535:65284", true},
		{"graceful-shutdown", "65535:0", true},
		{"accept-own", "65535:1", true},
		{"blackhole", "65535:666", true},
		{"internet", "0:0", false}, // a Cisco keyword, not a registered community
		{"", "0:0", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, known := WellKnownCommunity(tt.name)
			if got.String() != tt.want || known != tt.known {
				t.Errorf("WellKnownCommunity(%q) = %s, %v, want %s, %v", tt.name, got, known, tt.want, tt.known)
			}
		})
	}
}

func TestLargeCommunityCompare(t *testing.T) {
	sorted := []LargeCommunity{{1, 2, 3}, {1, 2, 4}, {1, 3, 0}, {2, 0, 0}, {4294967295, 0, 0}}
	for i, a := range sorted {
		for j, b := range sorted {
			want := min(1, max(-1, i-j))
			if got := a.Compare(b); got != want {
				t.Errorf("%s.Compare(%s) = %d, want %d", a, b, got, want)
			}
		}
	}
}
