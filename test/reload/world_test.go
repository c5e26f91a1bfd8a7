package reload

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/frrconfig"
)

// world is what random states are made of: the objects that users would have.
type world struct {
	asn      bgp.ASN
	routerID netip.Addr
	sessions []bgp.Session // one per neighbor, families and what follows from them settled
	profiles []bgp.BFDProfile
	policies []policy
	routes   map[netip.Prefix]int // policy
	level    string
	extras   []bool // which of rawSnippets are there
}

// policy is an advertisement: which neighbors get a route, and how.
type policy struct {
	name string
	all  bool
	some map[string]bool // by neighbor, when not all
	// same attributes for all, or others for those that are named
	same   bgp.Attributes
	others map[string]bgp.Attributes
}

func (w *world) clone() *world {
	c := *w
	c.sessions, c.profiles = slices.Clone(w.sessions), slices.Clone(w.profiles)
	c.policies, c.extras = slices.Clone(w.policies), slices.Clone(w.extras)
	c.routes = maps.Clone(w.routes)
	return &c
}

// state is what the world means for the node.
func (w *world) state() state {
	s := state{options: frrconfig.Options{Hostname: "node", LogLevel: w.level, RawConfig: w.raw()}}
	s.bgp.BFDProfiles = slices.SortedFunc(slices.Values(w.profiles), func(a, b bgp.BFDProfile) int { return strings.Compare(a.Name, b.Name) })
	if len(w.sessions) == 0 {
		return s
	}
	i := bgp.Instance{ASN: w.asn, RouterID: w.routerID}
	for _, session := range w.sessions {
		i.Sessions = append(i.Sessions, w.settled(session))
	}
	slices.SortFunc(i.Sessions, func(a, b bgp.Session) int { return strings.Compare(a.ID(), b.ID()) })
	i.Routes = w.adjRIBOut(i.Sessions)
	s.bgp.Instances = []bgp.Instance{i}
	return s
}

// settled fills in what of a session depends on the rest of the world, as intent does.
func (w *world) settled(s bgp.Session) bgp.Session {
	p, answers := answering(s)
	if answers {
		external := p.asn != w.asn
		s.EBGPMultiHop = s.EBGPMultiHop && external
		if !external {
			s.LocalAS = 0
		}
		switch s.RemoteAS.Kind {
		case bgp.RemoteASNumber:
			s.RemoteAS.Number = p.asn
		case bgp.RemoteASInternal, bgp.RemoteASExternal:
			s.RemoteAS.Kind = bgp.RemoteASInternal
			if external {
				s.RemoteAS.Kind = bgp.RemoteASExternal
			}
		}
	}
	if s.LocalAS == w.asn {
		s.LocalAS = 0
	}
	s.DisableConnectedCheck = s.Addr.Is6() && !s.EBGPMultiHop && s.RemoteAS.ExternalTo(w.asn)
	if !slices.ContainsFunc(w.profiles, func(p bgp.BFDProfile) bool { return p.Name == s.BFDProfile }) {
		s.BFDProfile = ""
	}
	return s
}

func (w *world) adjRIBOut(sessions []bgp.Session) []bgp.Route {
	type key struct {
		policy int
		family bgp.Family
	}
	made := map[key]*bgp.Policy{}
	var routes []bgp.Route
	for prefix, n := range w.routes {
		k := key{n, bgp.FamilyOf(prefix.Addr())}
		p, ok := made[k]
		if !ok {
			p = w.policies[n].exports(sessions, k.family)
			made[k] = p
		}
		if len(p.Exports) > 0 {
			routes = append(routes, bgp.Route{Prefix: prefix, Policy: p})
		}
	}
	slices.SortFunc(routes, func(a, b bgp.Route) int { return a.Prefix.Compare(b.Prefix) })
	return routes
}

func (p policy) exports(sessions []bgp.Session, f bgp.Family) *bgp.Policy {
	out := &bgp.Policy{Sources: []string{"advertisement " + p.name, "pool gold"}}
	for _, s := range sessions {
		if !s.Carries(f) || !p.all && !p.some[s.ID()] {
			continue
		}
		a, other := p.others[s.ID()]
		if !other {
			a = p.same
		}
		out.Exports = append(out.Exports, bgp.Export{Session: s.ID(), Attributes: a})
	}
	return out
}

// raw is the text of bgpextras.
func (w *world) raw() string {
	var out strings.Builder
	for n, on := range w.extras {
		if on {
			out.WriteString(rawSnippets[n](w))
		}
	}
	return out.String()
}

// staticRoute is the snippet that gives staticd something to run.
const staticRoute = 2

// rawSnippets are what users add, for this world; "" where it has no place for one.
var rawSnippets = []func(*world) string{
	func(*world) string {
		return "ip prefix-list extra seq 5 permit 10.0.0.0/8 le 32\nip prefix-list extra seq 10 deny any\n"
	},
	func(*world) string {
		return "route-map 192.0.2.1-in permit 10\n match ip address prefix-list extra\nexit\n"
	},
	func(*world) string { return "ip route 203.0.113.128/25 blackhole\n" },
	func(*world) string { return "bgp community-list standard extra seq 5 permit 64512:1\n" },
	func(*world) string { return "interface eth0\n description uplink\nexit\n" },
	func(w *world) string {
		if len(w.sessions) == 0 {
			return ""
		}
		return fmt.Sprintf("router bgp %d\n bgp bestpath as-path multipath-relax\nexit\n", w.asn)
	},
	func(w *world) string {
		if len(w.sessions) == 0 {
			return ""
		}
		return fmt.Sprintf("router bgp %d\n neighbor %s description rack 4\nexit\n", w.asn, w.sessions[0].Neighbor())
	},
	func(w *world) string {
		for _, s := range w.sessions {
			if s.Carries(bgp.IPv4Unicast) {
				return fmt.Sprintf("router bgp %d\n address-family ipv4 unicast\n  neighbor %s soft-reconfiguration inbound\n  neighbor %[2]s maximum-prefix 100\n exit-address-family\nexit\n", w.asn, s.Neighbor())
			}
		}
		return ""
	},
}
