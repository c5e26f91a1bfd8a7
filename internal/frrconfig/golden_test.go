package frrconfig

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/frrcheck"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

// golden is a text that is kept in testdata under the name of the row.
type golden struct {
	name    string
	speaker bgp.Speaker
	options Options
}

func goldens() []golden {
	return []golden{
		{"nothing to say", bgp.Speaker{}, Options{}},
		{"a hostname and the log level of errors", bgp.Speaker{}, Options{Hostname: "node-a", LogLevel: "error"}},
		{"log level debug asks every daemon for its own", bgp.Speaker{}, Options{LogLevel: "debug"}},
		{"bfd profiles with everything and with nothing set", bgp.Speaker{BFDProfiles: []bgp.BFDProfile{
			{Name: "defaults"},
			{
				Name: "full", ReceiveInterval: 100 * time.Millisecond, TransmitInterval: 200 * time.Millisecond, DetectMultiplier: 5,
				EchoMode: true, EchoInterval: 60 * time.Millisecond, PassiveMode: true, MinimumTTL: 250,
			},
		}}, Options{}},
		{"an external session without routes", one(tor()), Options{}},
		{"an external session with every setting", one(tor(func(s *bgp.Session) {
			s.EBGPMultiHop, s.LocalAS, s.Port, s.SourceAddr = true, 65100, 1179, netip.MustParseAddr("192.0.2.100")
			s.Timers, s.ConnectTime = &bgp.Timers{Hold: 9 * time.Second, Keepalive: 3 * time.Second}, 10*time.Second
			s.Password, s.GracefulRestart, s.BFD, s.BFDProfile = bgp.NewSecret("!p?a$s|s#w'o\"r{d"), true, true, "fast"
		})), Options{}},
		{"an internal session without keepalives", one(tor(func(s *bgp.Session) {
			s.RemoteAS, s.Timers = bgp.RemoteAS{Kind: bgp.RemoteASInternal}, &bgp.Timers{}
		})), Options{}},
		{"an external session over ipv6 that may be on a link not known", one(tor(func(s *bgp.Session) {
			s.Addr, s.Families, s.DisableConnectedCheck = netip.MustParseAddr("2001:db8::1"), []bgp.Family{bgp.IPv6Unicast}, true
		}), route("2001:db8:1::10/128", to("2001:db8::1"))), Options{}},
		{"an unnumbered session carries both families", one(tor(func(s *bgp.Session) {
			s.Addr, s.Interface, s.Families = netip.Addr{}, "eth0", both
			s.RemoteAS, s.BFD = bgp.RemoteAS{Kind: bgp.RemoteASExternal}, true
		}), route("198.51.100.10/32", to("eth0")), route("2001:db8:1::10/128", to("eth0"))), Options{}},
		{"a route with every attribute", one(tor(), route("198.51.100.10/32", with(to("192.0.2.1"), bgp.Attributes{
			LocalPref:        150,
			Communities:      []bgp.Community{bgp.NewCommunity(64512, 11), 0xFFFFFF01},
			LargeCommunities: []bgp.LargeCommunity{{Global: 64512, Local1: 1, Local2: 2}, {Global: 4294967295, Local1: 4294967295, Local2: 4294967295}},
		}))), Options{}},
		{"routes of two classes to two neighbors", twoClasses(), Options{}},
		{"a vrf has an instance of its own and names of its own", bgp.Speaker{Instances: []bgp.Instance{
			{ASN: 64512, RouterID: netip.MustParseAddr("10.0.0.1"), Sessions: []bgp.Session{tor()}, Routes: []bgp.Route{route("198.51.100.10/32", to("192.0.2.1"))}},
			{ASN: 64513, VRF: "red", Sessions: []bgp.Session{tor(inRed)}, Routes: []bgp.Route{route("198.51.100.10/32", to("192.0.2.1-red"))}},
		}}, Options{}},
		{"a vrf alone", bgp.Speaker{Instances: []bgp.Instance{{ASN: 64513, VRF: "red", Sessions: []bgp.Session{tor(inRed)}}}}, Options{}},
		{"as many communities as a line takes", one(tor(), route("198.51.100.10/32", with(to("192.0.2.1"), manyCommunities(100)))), Options{}},
		{"raw configuration overrides what comes in", one(tor()), Options{
			RawConfig: "route-map 192.0.2.1-in permit 20\n! bgpextras end\n match ip address prefix-list extra\nexit\nip prefix-list extra seq 5 permit 10.0.0.0/8\n\n",
		}},
	}
}

var both = []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast}

func inRed(s *bgp.Session) { s.VRF = "red" }

// tor is an external session over IPv4.
func tor(changes ...func(*bgp.Session)) bgp.Session {
	s := bgp.Session{
		Peer: "tor-a", Addr: netip.MustParseAddr("192.0.2.1"), Families: []bgp.Family{bgp.IPv4Unicast},
		RemoteAS: bgp.RemoteAS{Number: 65001},
	}
	for _, change := range changes {
		change(&s)
	}
	return s
}

func one(s bgp.Session, routes ...bgp.Route) bgp.Speaker {
	return bgp.Speaker{Instances: []bgp.Instance{{ASN: 64512, Sessions: []bgp.Session{s}, Routes: routes}}}
}

func route(prefix string, p *bgp.Policy) bgp.Route {
	return bgp.Route{Prefix: netip.MustParsePrefix(prefix), Policy: p}
}

// to is the policy of what these sessions get without attributes.
func to(sessions ...string) *bgp.Policy {
	p := &bgp.Policy{Sources: []string{"advertisement all", "pool gold"}}
	for _, s := range sessions {
		p.Exports = append(p.Exports, bgp.Export{Session: s})
	}
	return p
}

func with(p *bgp.Policy, a bgp.Attributes) *bgp.Policy {
	for i := range p.Exports {
		p.Exports[i].Attributes = a
	}
	return p
}

func twoClasses() bgp.Speaker {
	green := with(to("192.0.2.2"), bgp.Attributes{LocalPref: 100, Communities: []bgp.Community{bgp.NewCommunity(64512, 7)}})
	green.Sources = []string{"advertisement green", "pool gold", "pool silver"}
	return bgp.Speaker{Instances: []bgp.Instance{{
		ASN: 64512,
		Sessions: []bgp.Session{tor(), tor(func(s *bgp.Session) {
			s.Peer, s.Addr = "tor-b", netip.MustParseAddr("192.0.2.2")
		})},
		Routes: []bgp.Route{
			route("198.51.100.10/32", to("192.0.2.1", "192.0.2.2")),
			route("198.51.100.11/32", green),
			route("198.51.100.12/32", to("192.0.2.1", "192.0.2.2")),
		},
	}}}
}

func manyCommunities(n uint32) bgp.Attributes {
	var a bgp.Attributes
	for i := range n {
		a.Communities = append(a.Communities, bgp.NewCommunity(64512, uint16(50000+i)))
		a.LargeCommunities = append(a.LargeCommunities, bgp.LargeCommunity{Global: 4294967295, Local1: 4294967295, Local2: 4294967000 + i})
	}
	return a
}

func TestGoldens(t *testing.T) {
	var (
		renderer = newRenderer(t)
		frr      frrcheck.Checker
		files    = map[string]bool{}
	)
	for _, tt := range goldens() {
		file := filepath.Join("testdata", strings.ReplaceAll(tt.name, " ", "-")+".conf")
		files[file] = true
		t.Run(tt.name, func(t *testing.T) {
			got, err := renderer.Render(tt.speaker, tt.options)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			complaints, err := frr.Complaints(t.Context(), want)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range complaints {
				t.Errorf("FRR: %s", c)
			}
		})
	}
	kept, err := filepath.Glob("testdata/*.conf")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range kept {
		if !files[file] {
			t.Errorf("%s belongs to no test", file)
		}
	}
}
