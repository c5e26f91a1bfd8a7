package announce

import (
	"encoding/binary"
	"slices"
	"strconv"

	"frr-speaker/internal/bgp"
)

// plan is what a set of advertisements makes of the addresses of a pool. Services
// that the same advertisements mean share one.
type plan struct {
	reason Reason // zero: the plan announces something
	detail string // of the reason, or what part of the addresses reaches nobody
	peers  []string
	v4, v6 []part
}

// part is one prefix that an address leads to.
type part struct {
	instance int
	length   int // of the prefix that the address is masked to
	policy   *bgp.Policy
}

func (p *plan) parts(f bgp.Family) []part {
	if f == bgp.IPv6Unicast {
		return p.v6
	}
	return p.v4
}

// planner makes plans and remembers them.
type planner struct {
	ads       *poolAdvertisements
	neighbors []neighbor
	instances int
	policies  *policies
	made      map[string]*plan
	key       []byte
}

// plan returns what the advertisements make of a service of a pool.
func (p *planner) plan(pool int, name string, ads []int, want families) *plan {
	key := binary.AppendUvarint(p.key[:0], uint64(pool))
	key = append(key, want.bits())
	for _, ad := range ads {
		key = binary.AppendUvarint(key, uint64(ad))
	}
	p.key = key
	if have, ok := p.made[string(key)]; ok {
		return have
	}
	made := p.make(name, ads, want)
	p.made[string(key)] = made
	return made
}

func (p *planner) make(pool string, ads []int, want families) *plan {
	made := &plan{}
	for _, f := range want.list() {
		parts, objection := p.partsOf(pool, ads, f)
		if objection != nil {
			return &plan{reason: objection.reason, detail: objection.text}
		}
		if f == bgp.IPv6Unicast {
			made.v6 = parts
		} else {
			made.v4 = parts
		}
		if len(parts) == 0 {
			made.detail = "no session here carries " + f.String() + " for " + p.ads.nameAll(ads)
		}
	}
	made.peers = p.peersOf(slices.Concat(made.v4, made.v6))
	if len(made.peers) == 0 {
		made.reason = NoMatchingPeer
	}
	return made
}

// partsOf lists the prefixes that an address of a family leads to: one per
// aggregation length and instance that has a session for it.
func (p *planner) partsOf(pool string, ads []int, f bgp.Family) ([]part, *objection) {
	var parts []part
	for _, length := range p.lengths(ads, f) {
		exports := make([][]bgp.Export, p.instances)
		sources := make([][]string, p.instances)
		for i, n := range p.neighbors {
			if !n.session.Carries(f) {
				continue
			}
			merged, used, objection := p.attributes(ads, f, length, i)
			if objection != nil {
				return nil, objection
			}
			if len(used) == 0 {
				continue
			}
			exports[n.instance] = append(exports[n.instance], bgp.Export{Session: n.id, Attributes: merged})
			sources[n.instance] = append(sources[n.instance], used...)
		}
		for i := range exports {
			if len(exports[i]) > 0 {
				policy := p.policies.intern(exports[i], append(sources[i], "pool "+pool))
				parts = append(parts, part{i, length, policy})
			}
		}
	}
	return parts, nil
}

func (p *planner) lengths(ads []int, f bgp.Family) []int {
	var lengths []int
	for _, ad := range ads {
		lengths = append(lengths, p.ads.here[ad].length(f))
	}
	slices.Sort(lengths)
	return slices.Compact(lengths)
}

// attributes unites what the advertisements with one aggregation length ask for
// towards one neighbor, and says which ones those are.
func (p *planner) attributes(ads []int, f bgp.Family, length, neighbor int) (bgp.Attributes, []string, *objection) {
	var (
		merged bgp.Attributes
		used   []string
		first  *advertisement
	)
	for _, i := range ads {
		ad := &p.ads.here[i]
		if ad.length(f) != length || !ad.reaches[neighbor] {
			continue
		}
		if first == nil {
			first, merged.LocalPref = ad, ad.LocalPref
		}
		if ad.LocalPref != merged.LocalPref {
			return merged, nil, &objection{ConflictingAdvertisements, "BGPAdvertisement " + first.Ref.Name + " sets " + preference(merged.LocalPref) +
				", BGPAdvertisement " + ad.Ref.Name + " " + preference(ad.LocalPref) +
				", for the same prefix to BGPPeer " + p.neighbors[neighbor].session.Peer}
		}
		merged = unite(merged, ad.Attributes())
		used = append(used, "advertisement "+ad.Ref.Name)
	}
	if tooMany(merged) {
		return merged, nil, &objection{TooManyCommunities, excess(merged) + " to BGPPeer " + p.neighbors[neighbor].session.Peer +
			" from " + p.ads.nameAll(ads)}
	}
	return merged, used, nil
}

func (p *planner) peersOf(parts []part) []string {
	got := map[string]bool{}
	for _, one := range parts {
		for _, e := range one.policy.Exports {
			got[e.Session] = true
		}
	}
	var peers []string
	for _, n := range p.neighbors {
		if got[n.id] {
			peers = append(peers, n.session.Peer)
		}
	}
	slices.Sort(peers)
	return slices.Compact(peers)
}

// objection is a reason against announcing, in words.
type objection struct {
	reason Reason
	text   string
}

// preference prints a local preference, for people.
func preference(p uint32) string {
	if p == 0 {
		return "no local preference"
	}
	return "local preference " + strconv.FormatUint(uint64(p), 10)
}
