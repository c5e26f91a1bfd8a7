package announce

import (
	"encoding/binary"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/l2"
)

// lanAdvertisements are the L2Advertisements by pool, whatever nodes they are for:
// an election is about all nodes.
type lanAdvertisements struct {
	intent      *intent.Intent
	node        intent.Node
	elector     *l2.Elector
	byPool      [][]int                // by pool: indexes of advertisements
	electorates map[string]*electorate // by content
	matched     []int
	key         []byte
}

// electorate is what a set of advertisements makes of the nodes.
type electorate struct {
	candidates []l2.Candidate // sorted by name
	slate      *l2.Slate      // of all candidates
	here       bool           // some advertisement includes this node
	links      []string       // on which this node answers; nil is all of them
	selective  string         // the first advertisement that selects services
	names      string         // of the advertisements, for people
	score      int            // of this node
}

// findCandidate looks up a node in a list that is sorted by name.
func findCandidate(list []l2.Candidate, node string) (index int, found bool) {
	return slices.BinarySearchFunc(list, node, func(c l2.Candidate, node string) int { return strings.Compare(c.Node, node) })
}

func newLANAdvertisements(in *intent.Intent, node intent.Node, elector *l2.Elector) *lanAdvertisements {
	la := &lanAdvertisements{intent: in, node: node, elector: elector, byPool: make([][]int, len(in.Pools)), electorates: map[string]*electorate{}}
	pools := make(map[string]int, len(in.Pools))
	for i, p := range in.Pools {
		pools[p.Name] = i
	}
	for i, ad := range in.L2Advertisements {
		for _, name := range ad.Pools {
			if pool, exists := pools[name]; exists {
				la.byPool[pool] = append(la.byPool[pool], i)
			}
		}
	}
	return la
}

// announce reports whether any advertisement is about a pool.
func (la *lanAdvertisements) announce(pool int) bool { return len(la.byPool[pool]) > 0 }

// matching returns the advertisements of a pool that mean a service with these
// labels. The slice is good until the next call.
func (la *lanAdvertisements) matching(pool int, svc labels.Set) ([]int, bool) {
	la.matched = la.matched[:0]
	for _, i := range la.byPool[pool] {
		if la.intent.L2Advertisements[i].Services.Matches(svc) {
			la.matched = append(la.matched, i)
		}
	}
	return la.matched, len(la.matched) > 0
}

// electorate returns what a set of advertisements makes of the nodes.
func (la *lanAdvertisements) electorate(ads []int) *electorate {
	key := la.key[:0]
	for _, ad := range ads {
		key = binary.AppendUvarint(key, uint64(ad))
	}
	la.key = key
	if have, ok := la.electorates[string(key)]; ok {
		return have
	}
	made := la.make(ads)
	la.electorates[string(key)] = made
	return made
}

func (la *lanAdvertisements) make(ads []int) *electorate {
	e := &electorate{names: la.nameAll(ads)}
	for _, i := range ads {
		if ad := &la.intent.L2Advertisements[i]; len(ad.Services) > 0 && e.selective == "" {
			e.selective = ad.Ref.Name
		}
	}
	for i := range la.intent.Nodes {
		n := &la.intent.Nodes[i]
		included, score := la.include(ads, n)
		if n.Name == la.node.Name {
			e.here, e.score = included, score
		}
		if included && !n.NotMember && !n.NetworkUnavailable && !n.ExcludedFromLB {
			e.candidates = append(e.candidates, l2.Candidate{Node: n.Name, Score: score})
		}
	}
	e.slate = la.elector.Slate(e.candidates)
	e.links = la.linksHere(ads)
	return e
}

// include reports whether any of some advertisements includes a node, and what
// their preferences for it add up to.
func (la *lanAdvertisements) include(ads []int, n *intent.Node) (included bool, score int) {
	for _, i := range ads {
		ad := &la.intent.L2Advertisements[i]
		if ad.Nodes.Matches(n.Labels) {
			included = true
			score += ad.Score(n.Labels)
		}
	}
	return included, score
}

// linksHere unites the links of the advertisements that include this node; one
// that names none means all.
func (la *lanAdvertisements) linksHere(ads []int) []string {
	var links []string
	for _, i := range ads {
		ad := &la.intent.L2Advertisements[i]
		if !ad.Nodes.Matches(la.node.Labels) {
			continue
		}
		if len(ad.Links) == 0 {
			return nil
		}
		links = append(links, ad.Links...)
	}
	slices.Sort(links)
	return slices.Compact(links)
}

// nameAll names advertisements, for people.
func (la *lanAdvertisements) nameAll(ads []int) string {
	names := make([]string, len(ads))
	for i, ad := range ads {
		names[i] = la.intent.L2Advertisements[ad].Ref.Name
	}
	return "L2Advertisement " + strings.Join(names, ", ")
}
