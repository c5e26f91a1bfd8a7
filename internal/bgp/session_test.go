package bgp

import (
	"net/netip"
	"testing"
)

func TestSessionID(t *testing.T) {
	tests := []struct {
		name string
		in   Session
		want string
	}{
		{"a session in the default VRF is named by its address", Session{Addr: netip.MustParseAddr("192.0.2.1")}, "192.0.2.1"},
		{"an IPv6 address is written the short way", Session{Addr: netip.MustParseAddr("2001:db8:0:0::1")}, "2001:db8::1"},
		{"an unnumbered session is named by its link", Session{Interface: "eth0"}, "eth0"},
		{"a VRF follows a hyphen", Session{Addr: netip.MustParseAddr("192.0.2.1"), VRF: "red"}, "192.0.2.1-red"},
		{"an unnumbered session in a VRF has both", Session{Interface: "eth0", VRF: "red"}, "eth0-red"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.in.ID(); got != tt.want {
				t.Errorf("ID() = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRemoteASExternalTo(t *testing.T) {
	tests := []struct {
		name string
		in   RemoteAS
		want bool
	}{
		{"another number is external", RemoteAS{Number: 65001}, true},
		{"the same number is internal", RemoteAS{Number: 64512}, false},
		{"any external AS is external", RemoteAS{Kind: RemoteASExternal}, true},
		{"the internal AS is internal", RemoteAS{Kind: RemoteASInternal}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.in.ExternalTo(64512); got != tt.want {
				t.Errorf("%s.ExternalTo(64512) = %v, want %v", tt.in, got, tt.want)
			}
		})
	}
}

func TestFamilyOf(t *testing.T) {
	for addr, want := range map[string]Family{
		"192.0.2.1": IPv4Unicast, "2001:db8::1": IPv6Unicast, "::ffff:192.0.2.1": IPv4Unicast,
	} {
		if got := FamilyOf(netip.MustParseAddr(addr)); got != want {
			t.Errorf("FamilyOf(%s) = %s, want %s", addr, got, want)
		}
	}
}
