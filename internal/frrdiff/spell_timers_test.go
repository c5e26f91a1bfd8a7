package frrdiff

import "testing"

// FRR cuts a keepalive time to a third of the hold time, and shows what it made of it (8.4 and 10.3).
func TestTimersAreSpelledAsFRRShowsThem(t *testing.T) {
	tests := []struct{ name, written, shown string }{
		{"a keepalive time of a third is kept", "neighbor 192.0.2.1 timers 30 90", "neighbor 192.0.2.1 timers 30 90"},
		{"a shorter one too", "neighbor 192.0.2.1 timers 1 90", "neighbor 192.0.2.1 timers 1 90"},
		{"a longer one is cut", "neighbor 192.0.2.1 timers 60 90", "neighbor 192.0.2.1 timers 30 90"},
		{"a third is rounded down", "neighbor 192.0.2.1 timers 22 44", "neighbor 192.0.2.1 timers 14 44"},
		{"without a hold time there is no keepalive", "neighbor 192.0.2.1 timers 0 0", "neighbor 192.0.2.1 timers 0 0"},
		{"the instance's timers are cut likewise", "timers bgp 60 90", "timers bgp 30 90"},
		{"what follows stays", "timers bgp 60 90 20", "timers bgp 30 90 20"},
		{"the connect timer is another matter", "neighbor 192.0.2.1 timers connect 7", "neighbor 192.0.2.1 timers connect 7"},
		{"what is no number is left to FRR", "neighbor 192.0.2.1 timers ten 30", "neighbor 192.0.2.1 timers ten 30"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := spell(bgpBlock, tt.written).text; got != tt.shown {
				t.Errorf("%q is spelled %q, want %q", tt.written, got, tt.shown)
			}
		})
	}
}
