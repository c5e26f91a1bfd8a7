package simulate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/bgp"
)

// Node is what a node tells its routers, and answers for, other than before.
type Node struct {
	Node    string   `json:"node"`
	Gone    bool     `json:"gone,omitempty"` // there is no such node any more
	New     bool     `json:"new,omitempty"`
	Routers []Router `json:"routers,omitempty"` // by BGPPeer, then neighbor
	// Taken and GivenUp are addresses that the node answers for by layer 2 only after, and only before.
	Taken   []string `json:"taken,omitempty"`
	GivenUp []string `json:"givenUp,omitempty"`
}

// Router is the change of one Adj-RIB-Out (RFC 4271, section 3.2).
type Router struct {
	Peer     string `json:"peer"`
	Neighbor string `json:"neighbor"`
	VRF      string `json:"vrf,omitempty"`
	// Session is "new" or "gone" for one that is only after or only before.
	Session   string   `json:"session,omitempty"`
	Announced []string `json:"announced,omitempty"` // prefixes, with attributes
	Withdrawn []string `json:"withdrawn,omitempty"` // prefixes
	Changed   []string `json:"changed,omitempty"`   // prefixes, with the new attributes
}

// Empty reports whether nothing changes for the router.
func (r Router) Empty() bool {
	return r.Session == "" && len(r.Announced)+len(r.Withdrawn)+len(r.Changed) == 0
}

func nodes(was, is outcome) []Node {
	names := map[string]bool{}
	for name := range was.states {
		names[name] = true
	}
	for name := range is.states {
		names[name] = true
	}
	out := []Node{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		before, after := was.states[name], is.states[name]
		n := Node{Node: name, Gone: after == nil, New: before == nil, Routers: routers(before, after)}
		n.Taken, n.GivenUp = answers(after, before), answers(before, after)
		if n.Gone || n.New || len(n.Routers)+len(n.Taken)+len(n.GivenUp) > 0 {
			out = append(out, n)
		}
	}
	return out
}

// answers lists the addresses of one state that are not in the other.
func answers(state, without *announce.State) []string {
	var out []string
	if state == nil {
		return nil
	}
	for _, a := range state.L2 {
		also := false
		if without != nil {
			for _, b := range without.L2 {
				also = also || b.Addr == a.Addr
			}
		}
		if !also {
			out = append(out, a.Addr.String())
		}
	}
	return out
}

// ribOut is one session with its routes: prefix to attributes.
type ribOut struct {
	session bgp.Session
	routes  map[string]string
}

func ribsOf(state *announce.State) map[string]ribOut {
	out := map[string]ribOut{}
	if state == nil {
		return out
	}
	for _, instance := range state.BGP.Instances {
		for _, s := range instance.Sessions {
			out[s.ID()] = ribOut{s, map[string]string{}}
		}
		for _, r := range instance.Routes {
			for _, e := range r.Policy.Exports {
				out[e.Session].routes[r.Prefix.String()] = attributes(e.Attributes)
			}
		}
	}
	return out
}

func routers(before, after *announce.State) []Router {
	was, is := ribsOf(before), ribsOf(after)
	var out []Router
	for id, rib := range is {
		old, known := was[id]
		r := changes(old.routes, rib.routes)
		r.Peer, r.Neighbor, r.VRF = rib.session.Peer, rib.session.Neighbor(), rib.session.VRF
		if !known {
			r.Session = "new"
		}
		out = append(out, r)
	}
	for id, rib := range was {
		if _, stays := is[id]; !stays {
			r := changes(rib.routes, nil)
			r.Peer, r.Neighbor, r.VRF, r.Session = rib.session.Peer, rib.session.Neighbor(), rib.session.VRF, "gone"
			out = append(out, r)
		}
	}
	out = slices.DeleteFunc(out, Router.Empty)
	slices.SortFunc(out, func(a, b Router) int {
		return cmp.Or(strings.Compare(a.Peer, b.Peer), strings.Compare(a.Neighbor, b.Neighbor), strings.Compare(a.VRF, b.VRF), strings.Compare(a.Session, b.Session))
	})
	return out
}

func changes(was, is map[string]string) Router {
	var r Router
	for _, prefix := range slices.Sorted(maps.Keys(is)) {
		switch old, known := was[prefix]; {
		case !known:
			r.Announced = append(r.Announced, prefix+is[prefix])
		case old != is[prefix]:
			r.Changed = append(r.Changed, prefix+is[prefix])
		}
	}
	for _, prefix := range slices.Sorted(maps.Keys(was)) {
		if _, stays := is[prefix]; !stays {
			r.Withdrawn = append(r.Withdrawn, prefix)
		}
	}
	return r
}

// attributes prints what policy sets on a route, each with a space before it.
func attributes(a bgp.Attributes) string {
	var b strings.Builder
	if a.LocalPref != 0 {
		fmt.Fprintf(&b, " local-preference %d", a.LocalPref)
	}
	if len(a.Communities) > 0 {
		b.WriteString(" community")
	}
	for _, c := range a.Communities {
		b.WriteString(" " + c.String())
	}
	if len(a.LargeCommunities) > 0 {
		b.WriteString(" large-community")
	}
	for _, c := range a.LargeCommunities {
		b.WriteString(" " + c.String())
	}
	return b.String()
}
