package intent

import (
	"slices"

	"frr-speaker/internal/bgp"
)

// localPrefConflicts reports advertisements that would give one route two local
// preferences. Both stay: whether it comes to that depends on services and
// nodes, and the routes in question are refused where it does. Advertisements
// with service selectors are left to that too.
func localPrefConflicts(ads []BGPAdvertisement, pools map[string]Pool, nodes []Node) []Problem {
	var (
		problems []Problem
		byPool   = map[string][]int{}
		reach    = newReach(ads, nodes)
	)
	for later, ad := range ads {
		if len(ad.Services) > 0 {
			continue
		}
		reported := false
		for _, pool := range ad.Pools {
			earlier := byPool[pool]
			byPool[pool] = append(earlier, later)
			if reported {
				continue
			}
			at := slices.IndexFunc(earlier, func(i int) bool {
				return ads[i].LocalPref != ad.LocalPref && sameRoutes(ads[i], ad, pools[pool]) && reach.meet(i, later)
			})
			if at >= 0 {
				problems = append(problems, conflict(ad, ads[earlier[at]], pool))
				reported = true
			}
		}
	}
	return problems
}

func conflict(ad, other BGPAdvertisement, pool string) Problem {
	f := findings{ref: ad.Ref}
	f.warn("spec.localPref", "services to which both apply are not announced by BGP",
		"give both the same localPref, or peers, nodes or aggregation lengths that differ",
		"%d differs from %d of %s, and both announce IPAddressPool %s to the same peers", ad.LocalPref, other.LocalPref, other.Ref, pool)
	return f.warnings[0]
}

// sameRoutes reports whether two advertisements of a pool make a route that is
// the same for some peer.
func sameRoutes(a, b BGPAdvertisement, p Pool) bool {
	return sameLength(a, b, p) && (len(a.Peers) == 0 || len(b.Peers) == 0 || intersect(a.Peers, b.Peers))
}

func sameLength(a, b BGPAdvertisement, p Pool) bool {
	for _, family := range [...]bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast} {
		if p.has(family) && a.aggregation(family) == b.aggregation(family) {
			return true
		}
	}
	return false
}

func intersect(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool {
		_, found := slices.BinarySearch(b, s)
		return found
	})
}

// reach knows which nodes advertisements select, and works it out when asked.
type reach struct {
	ads   []BGPAdvertisement
	nodes []Node
	known map[int][]bool
}

func newReach(ads []BGPAdvertisement, nodes []Node) reach {
	return reach{ads: ads, nodes: nodes, known: map[int][]bool{}}
}

func (r reach) of(ad int) []bool {
	if selected, known := r.known[ad]; known {
		return selected
	}
	selected := make([]bool, len(r.nodes))
	for i, node := range r.nodes {
		selected[i] = r.ads[ad].Nodes.Matches(node.Labels)
	}
	r.known[ad] = selected
	return selected
}

// meet reports whether a node is selected by both.
func (r reach) meet(a, b int) bool {
	selectedA, selectedB := r.of(a), r.of(b)
	for i := range r.nodes {
		if selectedA[i] && selectedB[i] {
			return true
		}
	}
	return false
}
