package announce

import (
	"slices"

	"k8s.io/apimachinery/pkg/labels"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// neighbor is one session of the node, with what is asked of it for every route.
type neighbor struct {
	instance int // index of its instance
	id       string
	session  bgp.Session
}

// neighborsOf lists all sessions, by instance and then by ID.
func neighborsOf(instances []bgp.Instance) []neighbor {
	var all []neighbor
	for i, instance := range instances {
		for _, s := range instance.Sessions {
			all = append(all, neighbor{i, s.ID(), s})
		}
	}
	return all
}

// advertisement is a BGPAdvertisement that includes this node.
type advertisement struct {
	*intent.BGPAdvertisement
	reaches []bool // by neighbor: the advertisement means it
}

func (a advertisement) length(f bgp.Family) int {
	if f == bgp.IPv6Unicast {
		return a.AggregationV6
	}
	return a.AggregationV4
}

// poolAdvertisements are the advertisements of this node by pool.
type poolAdvertisements struct {
	here      []advertisement
	byPool    [][]int // by pool: indexes into here
	selective []bool  // by pool: some advertisement there selects services
	elsewhere []bool  // by pool: some advertisement excludes this node
	matched   []int   // what matching returned last
}

func advertisementsHere(in *intent.Intent, node intent.Node, neighbors []neighbor) *poolAdvertisements {
	pa := &poolAdvertisements{
		byPool:    make([][]int, len(in.Pools)),
		selective: make([]bool, len(in.Pools)),
		elsewhere: make([]bool, len(in.Pools)),
	}
	pools := make(map[string]int, len(in.Pools))
	for i, p := range in.Pools {
		pools[p.Name] = i
	}
	for i := range in.BGPAdvertisements {
		ad := &in.BGPAdvertisements[i]
		included := ad.Nodes.Matches(node.Labels)
		for _, name := range ad.Pools {
			pool, exists := pools[name]
			switch {
			case !exists:
			case included:
				pa.byPool[pool] = append(pa.byPool[pool], len(pa.here))
				pa.selective[pool] = pa.selective[pool] || len(ad.Services) > 0
			default:
				pa.elsewhere[pool] = true
			}
		}
		if included {
			pa.here = append(pa.here, advertisement{ad, reach(ad, neighbors)})
		}
	}
	return pa
}

func reach(ad *intent.BGPAdvertisement, neighbors []neighbor) []bool {
	reaches := make([]bool, len(neighbors))
	for i, n := range neighbors {
		reaches[i] = len(ad.Peers) == 0 || slices.Contains(ad.Peers, n.session.Peer)
	}
	return reaches
}

// announce reports whether any advertisement is about a pool, for this node or another.
func (pa *poolAdvertisements) announce(pool int) bool {
	return len(pa.byPool[pool]) > 0 || pa.elsewhere[pool]
}

// matching returns the advertisements of a pool that mean a service with these
// labels, or the reason why there are none. The slice is good until the next call.
func (pa *poolAdvertisements) matching(pool int, svc labels.Set) ([]int, Reason) {
	candidates := pa.byPool[pool]
	if len(candidates) == 0 {
		return nil, NotOwner
	}
	if !pa.selective[pool] {
		return candidates, 0
	}
	pa.matched = pa.matched[:0]
	for _, i := range candidates {
		if pa.here[i].Services.Matches(svc) {
			pa.matched = append(pa.matched, i)
		}
	}
	if len(pa.matched) == 0 {
		return nil, NoMatchingAdvertisement
	}
	return pa.matched, 0
}

// explain puts into words why matching found nothing.
func (pa *poolAdvertisements) explain(pool int, name string, r Reason) string {
	if r == NoMatchingAdvertisement {
		return "no " + pa.nameAll(pa.byPool[pool]) + " of pool " + name + " selects the service"
	}
	if pa.elsewhere[pool] {
		return "every BGPAdvertisement of pool " + name + " is for other nodes"
	}
	return "no BGPAdvertisement announces pool " + name
}

// nameAll names advertisements, for people.
func (pa *poolAdvertisements) nameAll(ads []int) string {
	text := "BGPAdvertisement"
	for i, ad := range ads {
		if i > 0 {
			text += ","
		}
		text += " " + pa.here[ad].Ref.Name
	}
	return text
}
