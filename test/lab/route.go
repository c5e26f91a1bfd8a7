package lab

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"frr-speaker/internal/bgp"
)

// Router is a BGP router whose state can be read.
type Router interface {
	Name() string
	Addr4() netip.Addr
	Addr6() netip.Addr
	// Routes is what the router holds of what it learned by BGP, all families.
	Routes(context.Context) (Routes, error)
	// Sessions are the router's configured BGP sessions, sorted by neighbor.
	Sessions(context.Context) ([]Session, error)
}

// Routes are paths by prefix, sorted by Path.From. A prefix has at least one.
type Routes map[netip.Prefix][]Path

// Path is one way to a prefix.
type Path struct {
	From             netip.Addr // the neighbor it was learned from
	NextHop          netip.Addr // the global one
	ASPath           []bgp.ASN  // sets are flattened
	LocalPref        uint32     // 0 on an external session: it carries none (RFC 4271, section 5.1.5)
	Communities      []bgp.Community
	LargeCommunities []bgp.LargeCommunity
	Best             bool
	Stale            bool // kept by graceful restart (RFC 4724)
}

// Session is one BGP session as a router sees it.
type Session struct {
	Neighbor  netip.Addr // invalid when Interface is set
	Interface string     // the link of an unnumbered neighbor
	ASN       bgp.ASN
	State     string        // the router's own word
	Up        bool          // Established (RFC 4271, section 8.2.2)
	Uptime    time.Duration // since it was established; 0 when it is not
	Drops     int           // times it left Established, since the router started
	LastReset string        // the router's own words; "" for never
	BFD       string        // "up", "down", "init" (RFC 5880); "" without BFD
}

func (s Session) compare(other Session) int {
	return cmp.Or(s.Neighbor.Compare(other.Neighbor), strings.Compare(s.Interface, other.Interface))
}

// From keeps the paths that were learned from one neighbor.
func (r Routes) From(neighbor netip.Addr) Routes {
	kept := Routes{}
	for prefix, paths := range r {
		for _, p := range paths {
			if p.From == neighbor {
				kept[prefix] = append(kept[prefix], p)
			}
		}
	}
	return kept
}

// Prefixes are the sorted prefixes.
func (r Routes) Prefixes() []netip.Prefix {
	prefixes := make([]netip.Prefix, 0, len(r))
	for prefix := range r {
		prefixes = append(prefixes, prefix)
	}
	slices.SortFunc(prefixes, netip.Prefix.Compare)
	return prefixes
}

// String prints one line per path, for failures and for people.
func (r Routes) String() string {
	var out strings.Builder
	for _, prefix := range r.Prefixes() {
		for _, p := range r[prefix] {
			fmt.Fprintf(&out, "%v from %v via %v path %v", prefix, p.From, p.NextHop, p.ASPath)
			if p.LocalPref != 0 {
				fmt.Fprintf(&out, " local-pref %d", p.LocalPref)
			}
			if len(p.Communities)+len(p.LargeCommunities) > 0 {
				fmt.Fprintf(&out, " communities %v %v", p.Communities, p.LargeCommunities)
			}
			out.WriteByte('\n')
		}
	}
	return out.String()
}

// sortPaths makes the routes comparable.
func (r Routes) sortPaths() {
	for _, paths := range r {
		slices.SortFunc(paths, func(a, b Path) int { return a.From.Compare(b.From) })
		for _, p := range paths {
			slices.Sort(p.Communities)
			slices.SortFunc(p.LargeCommunities, bgp.LargeCommunity.Compare)
		}
	}
}

// AwaitSessions waits until the router's sessions with all given neighbors are
// established; with none given, all it has.
func AwaitSessions(ctx context.Context, timeout time.Duration, r Router, neighbors ...netip.Addr) error {
	return Eventually(ctx, timeout, func() error {
		sessions, err := r.Sessions(ctx)
		if err != nil {
			return err
		}
		up := map[netip.Addr]bool{}
		for _, s := range sessions {
			up[s.Neighbor] = s.Up
			if !s.Up && (len(neighbors) == 0 || slices.Contains(neighbors, s.Neighbor)) {
				return fmt.Errorf("%s: session with %v is %s, last reset: %s", r.Name(), s.Neighbor, s.State, s.LastReset)
			}
		}
		for _, n := range neighbors {
			if !up[n] {
				return fmt.Errorf("%s: no session with %v", r.Name(), n)
			}
		}
		if len(sessions) == 0 {
			return fmt.Errorf("%s: no sessions", r.Name())
		}
		return nil
	})
}
