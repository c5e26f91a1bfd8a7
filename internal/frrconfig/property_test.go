package frrconfig

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"frr-speaker/internal/bgp"
)

const rounds = 300

// eachRandom runs a test on random speakers and says how to repeat a failure.
func eachRandom(t *testing.T, check func(t *testing.T, r *rand.Rand, s bgp.Speaker)) {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for round := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, round))
		check(t, r, randomSpeaker(r))
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
}

// TestTheTextMeansWhatWasAsked reads every text back: the same sessions with
// the same settings, and for each neighbor and prefix the same answer.
func TestTheTextMeansWhatWasAsked(t *testing.T) {
	renderer := newRenderer(t)
	eachRandom(t, func(t *testing.T, _ *rand.Rand, s bgp.Speaker) {
		text, err := renderer.Render(s, Options{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := read(string(text))
		if err != nil {
			t.Fatalf("read what was rendered: %v\n%s", err, text)
		}
		if diff := cmp.Diff(wanted(s), meant(m), comparers, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("meaning (-asked +rendered):\n%s\n%s", diff, text)
		}
	})
}

// sense is a speaker without the ways to say it: what an engineer would ask for.
type sense struct {
	Profiles  []bgp.BFDProfile
	Instances []bgp.Instance                          // without routes
	Routes    map[string]map[string]map[string]string // VRF, prefix, neighbor: attributes
}

func wanted(s bgp.Speaker) sense {
	want := sense{Profiles: s.BFDProfiles, Routes: map[string]map[string]map[string]string{}}
	for _, i := range s.Instances {
		routes := map[string]map[string]string{}
		for _, r := range i.Routes {
			routes[r.Prefix.String()] = map[string]string{}
			for _, e := range r.Policy.Exports {
				routes[r.Prefix.String()][e.Session] = fmt.Sprint(e.Attributes)
			}
		}
		want.Routes[i.VRF] = routes
		i.Routes = nil
		want.Instances = append(want.Instances, i)
	}
	return want
}

func meant(m *meaning) sense {
	got := sense{Profiles: m.profiles, Routes: map[string]map[string]map[string]string{}}
	for _, r := range m.routers {
		routes := map[string]map[string]string{}
		for _, p := range r.networks {
			neighbors := map[string]string{}
			for _, n := range r.neighbors {
				if attributes, is := m.advertised(n, p); is {
					neighbors[n.ID()] = fmt.Sprint(attributes)
				}
			}
			routes[p.prefix.String()] = neighbors
		}
		got.Routes[r.instance.VRF] = routes
		one := r.instance
		for _, n := range r.neighbors {
			one.Sessions = append(one.Sessions, n.Session)
		}
		got.Instances = append(got.Instances, one)
	}
	return got
}

func TestEveryNeighborIsDescribed(t *testing.T) {
	renderer := newRenderer(t)
	eachRandom(t, func(t *testing.T, _ *rand.Rand, s bgp.Speaker) {
		m, err := read(render(t, renderer, s))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range m.routers {
			for _, n := range r.neighbors {
				if !n.described {
					t.Errorf("neighbor %s has no description that names BGPPeer %s", n.ID(), n.Peer)
				}
			}
		}
	})
}

func TestEveryNeighborIsAcceptedNothingFrom(t *testing.T) {
	renderer := newRenderer(t)
	eachRandom(t, func(t *testing.T, _ *rand.Rand, s bgp.Speaker) {
		m, err := read(render(t, renderer, s))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range m.routers {
			for _, n := range r.neighbors {
				for _, f := range n.Families {
					if diff := cmp.Diff([]entry{{seq: 20}}, m.routeMaps[n.in[f]], cmp.AllowUnexported(entry{}), comparers); diff != "" || n.in[f] != n.ID()+"-in" {
						t.Errorf("route-map %q of %s in (-want +got):\n%s", n.in[f], n.ID(), diff)
					}
				}
			}
		}
	})
}

func TestOneRouteMoreOfAKnownClassIsOneLineMore(t *testing.T) {
	renderer := newRenderer(t)
	tried := 0
	eachRandom(t, func(t *testing.T, r *rand.Rand, s bgp.Speaker) {
		i := r.IntN(len(s.Instances))
		if len(s.Instances[i].Routes) == 0 {
			return
		}
		like := s.Instances[i].Routes[r.IntN(len(s.Instances[i].Routes))]
		added := bgp.Route{Prefix: netip.MustParsePrefix("203.0.113.9/32"), Policy: like.Policy}
		if like.Prefix.Addr().Is6() {
			added.Prefix = netip.MustParsePrefix("2001:db8:ffff::9/128")
		}
		before := render(t, renderer, s)
		s.Instances[i].Routes = sortRoutes(append(slices.Clone(s.Instances[i].Routes), added))
		after := strings.Split(render(t, renderer, s), "\n")

		at := slices.IndexFunc(after, func(l string) bool { return strings.HasPrefix(l, "  network "+added.Prefix.String()+" ") })
		if at < 0 {
			t.Fatalf("no network line for %v", added.Prefix)
		}
		if diff := cmp.Diff(before, strings.Join(slices.Delete(after, at, at+1), "\n")); diff != "" {
			t.Errorf("other lines (-before +after):\n%s", diff)
		}
		tried++
	})
	if tried < rounds/2 {
		t.Errorf("only %d of %d random speakers had a route", tried, rounds)
	}
}

func TestEqualSpeakersGiveEqualBytes(t *testing.T) {
	renderer := newRenderer(t)
	eachRandom(t, func(t *testing.T, _ *rand.Rand, s bgp.Speaker) {
		// The policies of the copy are other pointers, one for each route.
		c := bgp.Speaker{BFDProfiles: slices.Clone(s.BFDProfiles)}
		for _, i := range s.Instances {
			i.Routes = slices.Clone(i.Routes)
			for n := range i.Routes {
				policy := *i.Routes[n].Policy
				i.Routes[n].Policy = &policy
			}
			c.Instances = append(c.Instances, i)
		}
		if diff := cmp.Diff(render(t, renderer, s), render(t, renderer, c)); diff != "" {
			t.Errorf("text (-of the speaker +of its copy):\n%s", diff)
		}
	})
}

func newRenderer(t testing.TB) *Renderer {
	t.Helper()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func render(t testing.TB, r *Renderer, s bgp.Speaker) string {
	t.Helper()
	text, err := r.Render(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var comparers = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
	cmp.Comparer(func(a, b bgp.Secret) bool { return a == b }),
}

func sortRoutes(routes []bgp.Route) []bgp.Route {
	slices.SortFunc(routes, func(a, b bgp.Route) int { return a.Prefix.Compare(b.Prefix) })
	return routes
}

// randomSpeaker has up to three instances, with sessions that differ in everything.
func randomSpeaker(r *rand.Rand) bgp.Speaker {
	var s bgp.Speaker
	for i := range r.IntN(3) {
		s.BFDProfiles = append(s.BFDProfiles, bgp.BFDProfile{
			Name: fmt.Sprintf("profile-%d", i), ReceiveInterval: ms(r), TransmitInterval: ms(r), EchoInterval: ms(r),
			DetectMultiplier: uint8(r.IntN(200)), EchoMode: coin(r), PassiveMode: coin(r), MinimumTTL: uint8(r.IntN(200)),
		})
	}
	for _, vrf := range []string{"", "blue", "red"}[:1+r.IntN(3)] {
		i := bgp.Instance{VRF: vrf, ASN: bgp.ASN(64512 + r.IntN(10))}
		if coin(r) {
			i.RouterID = netip.AddrFrom4([4]byte{10, 0, 0, byte(r.IntN(255))})
		}
		for n := range r.IntN(5) {
			i.Sessions = append(i.Sessions, randomSession(r, vrf, n, s.BFDProfiles))
		}
		slices.SortFunc(i.Sessions, func(a, b bgp.Session) int { return strings.Compare(a.ID(), b.ID()) })
		i.Routes = randomRoutes(r, i.Sessions)
		s.Instances = append(s.Instances, i)
	}
	return s
}

func coin(r *rand.Rand) bool { return r.IntN(2) == 0 }

func ms(r *rand.Rand) time.Duration { return time.Duration(r.IntN(1000)) * time.Millisecond }

func randomSession(r *rand.Rand, vrf string, n int, profiles []bgp.BFDProfile) bgp.Session {
	s := bgp.Session{
		Peer: fmt.Sprintf("peer-%s%d", vrf, n), VRF: vrf,
		Families:        [][]bgp.Family{{bgp.IPv4Unicast}, {bgp.IPv6Unicast}, {bgp.IPv4Unicast, bgp.IPv6Unicast}}[r.IntN(3)],
		RemoteAS:        bgp.RemoteAS{Number: bgp.ASN(r.Uint32() | 1)},
		GracefulRestart: coin(r), EBGPMultiHop: coin(r), DisableConnectedCheck: coin(r), BFD: coin(r),
	}
	switch r.IntN(3) {
	case 0:
		s.Addr = netip.AddrFrom4([4]byte{192, 0, 2, byte(n)})
	case 1:
		s.Addr = netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", n))
	case 2:
		s.Interface = fmt.Sprintf("eth%d", n)
	}
	if coin(r) {
		s.RemoteAS = bgp.RemoteAS{Kind: bgp.RemoteASKind(1 + r.IntN(2))}
	}
	if coin(r) {
		s.LocalAS, s.Port, s.SourceAddr = bgp.ASN(r.Uint32()), uint16(r.IntN(16384)), netip.MustParseAddr("192.0.2.200")
		if s.Port == 179 {
			s.Port = 0
		}
	}
	if coin(r) {
		s.Timers = &bgp.Timers{Hold: time.Duration(r.IntN(65535)) * time.Second, Keepalive: time.Duration(r.IntN(100)) * time.Second}
	}
	if coin(r) {
		s.ConnectTime, s.Password = time.Duration(1+r.IntN(100))*time.Second, bgp.NewSecret("!p?a$s|s#w'o\"r{d")
	}
	if s.BFD && len(profiles) > 0 {
		s.BFDProfile = profiles[r.IntN(len(profiles))].Name
	}
	if s.Interface != "" {
		s.DisableConnectedCheck = false
	}
	return s
}

func randomRoutes(r *rand.Rand, sessions []bgp.Session) []bgp.Route {
	var routes []bgp.Route
	for _, f := range []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast} {
		var policies []*bgp.Policy
		for range 1 + r.IntN(4) {
			if p := randomPolicy(r, f, sessions); p != nil {
				policies = append(policies, p)
			}
		}
		if len(policies) == 0 {
			continue
		}
		for n := range r.IntN(8) {
			p := netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(n)}), 32)
			if f == bgp.IPv6Unicast {
				p = netip.PrefixFrom(netip.MustParseAddr(fmt.Sprintf("2001:db8:1::%d", n)), 128)
			}
			routes = append(routes, bgp.Route{Prefix: p, Policy: policies[r.IntN(len(policies))]})
		}
	}
	return sortRoutes(routes)
}

func randomPolicy(r *rand.Rand, f bgp.Family, sessions []bgp.Session) *bgp.Policy {
	var (
		p     = &bgp.Policy{Sources: []string{"advertisement a", fmt.Sprintf("pool p%d", r.IntN(3))}}
		alike = randomAttributes(r)
		same  = coin(r)
		all   = coin(r)
	)
	for _, s := range sessions {
		if !s.Carries(f) || !all && coin(r) {
			continue
		}
		e := bgp.Export{Session: s.ID(), Attributes: alike}
		if !same {
			e.Attributes = randomAttributes(r)
		}
		p.Exports = append(p.Exports, e)
	}
	if len(p.Exports) == 0 {
		return nil
	}
	return p
}

func randomAttributes(r *rand.Rand) bgp.Attributes {
	var a bgp.Attributes
	if coin(r) {
		a.LocalPref = uint32(r.IntN(3))
	}
	for n := range uint16(r.IntN(3)) {
		a.Communities = append(a.Communities, bgp.NewCommunity(64512, n))
	}
	for n := range uint32(r.IntN(2)) {
		a.LargeCommunities = append(a.LargeCommunities, bgp.LargeCommunity{Global: r.Uint32(), Local1: 1, Local2: n})
	}
	return a
}
