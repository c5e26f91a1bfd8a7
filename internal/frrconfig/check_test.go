package frrconfig

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"frr-speaker/internal/bgp"
)

func TestWhatMustNotReachFRRIsRefused(t *testing.T) {
	session := func(change func(*bgp.Session)) bgp.Speaker { return one(tor(change)) }
	routes := func(r ...bgp.Route) bgp.Speaker { return one(tor(), r...) }
	tests := []struct {
		name    string
		speaker bgp.Speaker
		options Options
		want    string
	}{
		{"a password with a line end", session(func(s *bgp.Session) { s.Password = bgp.NewSecret("secret\nrouter bgp 1") }), Options{}, "render configuration: BGPPeer tor-a: password holds a control character"},
		{"a password with a space", session(func(s *bgp.Session) { s.Password = bgp.NewSecret("se cret") }), Options{}, "render configuration: BGPPeer tor-a: password holds a space"},
		{"a password beyond ASCII", session(func(s *bgp.Session) { s.Password = bgp.NewSecret("sécret") }), Options{}, "render configuration: BGPPeer tor-a: password holds a character beyond ASCII"},
		{"an interface with a tab", session(func(s *bgp.Session) { s.Interface = "eth0\tremote-as" }), Options{}, "render configuration: BGPPeer tor-a: interface holds a control character"},
		{"a VRF with a space", bgp.Speaker{Instances: []bgp.Instance{{ASN: 1, VRF: "red view", Sessions: []bgp.Session{tor(func(s *bgp.Session) { s.VRF = "red view" })}}}}, Options{}, "render configuration: BGPPeer tor-a: vrf holds a space"},
		{"the name of a BFD profile that a session uses", session(func(s *bgp.Session) { s.BFDProfile = "a\nb" }), Options{}, "render configuration: BGPPeer tor-a: bfdProfile holds a control character"},
		{"the name of a BFD profile", bgp.Speaker{BFDProfiles: []bgp.BFDProfile{{Name: "a\nb"}}}, Options{}, `render configuration: BFDProfile "a\nb": name holds a control character`},
		{"a BFD profile without a name", bgp.Speaker{BFDProfiles: []bgp.BFDProfile{{}}}, Options{}, `render configuration: BFDProfile "": name is empty`},
		{"the name of a peer, for it stands in a comment", session(func(s *bgp.Session) { s.Peer = "a\nrouter bgp 1" }), Options{}, `render configuration: BGPPeer "a\nrouter bgp 1": name holds a control character`},
		{"an address with a zone that is none", session(func(s *bgp.Session) { s.Addr = netip.MustParseAddr("fe80::1%e 0") }), Options{}, "render configuration: BGPPeer tor-a: peerAddress holds a space"},
		{"a hostname with a space", bgp.Speaker{}, Options{Hostname: "node a"}, "render configuration: hostname holds a space"},
		{"a log level of nobody", bgp.Speaker{}, Options{LogLevel: "loud"}, "render configuration: log level is none that FRR has; use debug, info, warn, error or none"},
		{"raw configuration with a control character", bgp.Speaker{}, Options{RawConfig: "router bgp 1\n exit\x00"}, "render configuration: bgpextras: line 2 holds a control character"},
		{"raw configuration with a line that FRR would cut", bgp.Speaker{}, Options{RawConfig: "a\n" + strings.Repeat("x", 4001)}, "render configuration: bgpextras: line 2 is longer than FRR reads"},

		{"a session without a neighbor", session(func(s *bgp.Session) { s.Addr = netip.Addr{} }), Options{}, "render configuration: BGPPeer tor-a: peerAddress is missing"},
		{"a session in another VRF than its instance", session(inRed), Options{}, `render configuration: BGPPeer tor-a: vrf is "red", and its instance's ""`},
		{"a session without families", session(func(s *bgp.Session) { s.Families = nil }), Options{}, "render configuration: BGPPeer tor-a: families are missing"},
		{"two sessions with one name", bgp.Speaker{Instances: []bgp.Instance{{ASN: 1, Sessions: []bgp.Session{tor(), tor(func(s *bgp.Session) { s.Peer = "tor-b" })}}}}, Options{}, "render configuration: BGPPeer tor-b: peerAddress is that of BGPPeer tor-a too"},
		{"a route without policy", routes(bgp.Route{Prefix: netip.MustParsePrefix("198.51.100.10/32")}), Options{}, "render configuration: route 198.51.100.10/32 goes to no session"},
		{"a route to nobody", routes(route("198.51.100.10/32", to())), Options{}, "render configuration: route 198.51.100.10/32 goes to no session"},
		{"a route to a session that is not there", routes(route("198.51.100.10/32", to("192.0.2.9"))), Options{}, `render configuration: route 198.51.100.10/32 goes to session "192.0.2.9", which cannot have it`},
		{"a route of a family that the session does not carry", routes(route("2001:db8::/64", to("192.0.2.1"))), Options{}, `render configuration: route 2001:db8::/64 goes to session "192.0.2.1", which cannot have it`},
		{"a route to a session of another instance", bgp.Speaker{Instances: []bgp.Instance{
			{ASN: 1, Sessions: []bgp.Session{tor()}},
			{ASN: 1, VRF: "red", Sessions: []bgp.Session{tor(inRed)}, Routes: []bgp.Route{route("198.51.100.10/32", to("192.0.2.1"))}},
		}}, Options{}, `render configuration: route 198.51.100.10/32 goes to session "192.0.2.1", which cannot have it`},
		{"more communities than a line takes", routes(route("198.51.100.10/32", with(to("192.0.2.1"), manyCommunities(130)))), Options{}, "render configuration: line 19 is longer than FRR reads"},
	}
	renderer := newRenderer(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, err := renderer.Render(tt.speaker, tt.options)
			var refusal *Error
			if !errors.As(err, &refusal) || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
			if text != nil {
				t.Errorf("rendered %d bytes all the same", len(text))
			}
			if err != nil && strings.Contains(err.Error(), "cret") {
				t.Errorf("the error %q holds a part of the password", err)
			}
		})
	}
}

func TestRawConfigurationThatFRRCanRead(t *testing.T) {
	for name, raw := range map[string]string{
		"no text":                    "",
		"tabs":                       "router bgp 1\n\tneighbor 192.0.2.1 remote-as 2\n",
		"line ends of Windows":       "router bgp 1\r\nexit\r\n",
		"letters of any language":    "! Übergang\n",
		"no line end":                "exit",
		"a line just short of limit": strings.Repeat("x", 3999),
	} {
		if err := CheckRaw(raw); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Render(bgp.Speaker{}, Options{RawConfig: raw}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLogLevels(t *testing.T) {
	for level, want := range map[string]string{
		"": "informational", "all": "debugging", "debug": "debugging", "info": "informational", "INFO": "informational",
		"warn": "warnings", "error": "errors", "none": "emergencies",
		"alerts": "alerts", "critical": "critical", "errors": "errors", "warnings": "warnings",
		"notifications": "notifications", "informational": "informational", "debugging": "debugging", "emergencies": "emergencies",
	} {
		if got, err := logLevel(level); got != want || err != nil {
			t.Errorf("level %q is %q, %v, want %q", level, got, err, want)
		}
	}
}
