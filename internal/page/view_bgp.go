package page

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/bgp"
)

type session struct {
	Peer, Neighbor, ASN string
	State, Class, For   string
	Sent, SentClass     string
	Flaps               int32
	LastReset           string
}

// sessionsOf lists those that are not established first.
func sessionsOf(f Facts, all []v1alpha1.Session) ([]session, string) {
	const up = "Established"
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b v1alpha1.Session) int {
		return cmp.Compare(strconv.FormatBool(a.State == up), strconv.FormatBool(b.State == up))
	})
	shown, left := bounded(all, maxSessions, "sessions")
	var out []session
	for _, s := range shown {
		one := session{
			Peer: cmp.Or(s.Peer, "no BGPPeer asks for it"), Neighbor: s.Neighbor, State: s.State, Class: good,
			Sent: fmt.Sprintf("%d of %d", s.PrefixesSent, s.PrefixesWanted), Flaps: s.Flaps, LastReset: s.LastReset,
		}
		if s.RemoteASN != 0 {
			one.ASN = strconv.FormatUint(uint64(s.RemoteASN), 10)
		}
		if s.VRF != "" {
			one.Neighbor += " in VRF " + s.VRF
		}
		if s.State != up {
			one.Class = bad
		}
		if s.PrefixesSent != s.PrefixesWanted {
			one.SentClass = wait
		}
		if s.Since != nil {
			one.For = ago(f.Now.Sub(s.Since.Time))
		}
		out = append(out, one)
	}
	return out, left
}

// class is the routes that all sessions treat alike.
type class struct {
	Prefixes int
	Sources  string
	Exports  []string
}

// maxExports bounds what one class lists.
const maxExports = 20

// classesOf groups routes by what neighbors get of them, the largest group first.
func classesOf(state *announce.State) ([]class, string) {
	var all []class
	for i := range state.BGP.Instances {
		all = append(all, instanceClasses(&state.BGP.Instances[i])...)
	}
	slices.SortStableFunc(all, func(a, b class) int { return cmp.Compare(b.Prefixes, a.Prefixes) })
	return bounded(all, maxClasses, "classes of routes")
}

func instanceClasses(instance *bgp.Instance) []class {
	counts := map[*bgp.Policy]int{}
	var order []*bgp.Policy // in that of the prefixes
	for _, r := range instance.Routes {
		if counts[r.Policy]++; counts[r.Policy] == 1 {
			order = append(order, r.Policy)
		}
	}
	peers := map[string]string{}
	for _, s := range instance.Sessions {
		peers[s.ID()] = s.Peer
	}
	var out []class
	at := map[string]int{} // index of the class, by content: equal policies may be different pointers
	for _, p := range order {
		one := class{Prefixes: counts[p], Sources: strings.Join(p.Sources, ", "), Exports: exportsOf(p, peers)}
		if instance.VRF != "" {
			one.Sources += " in VRF " + instance.VRF
		}
		key := one.Sources + "\n" + strings.Join(one.Exports, "\n")
		if i, known := at[key]; known {
			out[i].Prefixes += one.Prefixes
			continue
		}
		at[key] = len(out)
		out = append(out, one)
	}
	return out
}

func exportsOf(p *bgp.Policy, peers map[string]string) []string {
	shown, left := bounded(p.Exports, maxExports, "sessions")
	var out []string
	for _, e := range shown {
		out = append(out, cmp.Or(peers[e.Session], e.Session)+attributesText(e.Attributes))
	}
	if left != "" {
		out = append(out, left)
	}
	return out
}

// attributesText prints what is set on a route, nothing where nothing is.
func attributesText(a bgp.Attributes) string {
	var parts []string
	if a.LocalPref != 0 {
		parts = append(parts, fmt.Sprintf("local preference %d", a.LocalPref))
	}
	for _, c := range a.Communities {
		parts = append(parts, c.String())
	}
	for _, c := range a.LargeCommunities {
		parts = append(parts, "large "+c.String())
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}
