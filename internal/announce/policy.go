package announce

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"

	"frr-speaker/internal/bgp"
)

// maxCommunities bounds each kind of community on one route. The longest large
// community takes 33 characters of a line of configuration, which FRR cuts at
// 4096; and all of them must fit into one UPDATE of 4096 bytes (RFC 4271, section 4).
const maxCommunities = 100

// policies holds one *bgp.Policy per content.
type policies struct {
	byContent map[string]*bgp.Policy
	merged    map[[2]*bgp.Policy]merger
	key       []byte
}

// merger is what became of two policies.
type merger struct {
	policy    *bgp.Policy
	objection *objection
}

func newPolicies() *policies {
	return &policies{byContent: map[string]*bgp.Policy{}, merged: map[[2]*bgp.Policy]merger{}}
}

// intern returns the policy with this content. Exports are sorted by session.
func (p *policies) intern(exports []bgp.Export, sources []string) *bgp.Policy {
	slices.Sort(sources)
	sources = slices.Compact(sources)
	key := p.key[:0]
	for _, e := range exports {
		key = appendString(key, e.Session)
		key = binary.AppendUvarint(key, uint64(e.Attributes.LocalPref))
		key = binary.AppendUvarint(key, uint64(len(e.Attributes.Communities)))
		for _, c := range e.Attributes.Communities {
			key = binary.BigEndian.AppendUint32(key, uint32(c))
		}
		key = binary.AppendUvarint(key, uint64(len(e.Attributes.LargeCommunities)))
		for _, c := range e.Attributes.LargeCommunities {
			key = binary.BigEndian.AppendUint32(key, c.Global)
			key = binary.BigEndian.AppendUint32(key, c.Local1)
			key = binary.BigEndian.AppendUint32(key, c.Local2)
		}
	}
	key = append(key, 0) // no session has an empty name
	for _, s := range sources {
		key = appendString(key, s)
	}
	p.key = key
	if have, ok := p.byContent[string(key)]; ok {
		return have
	}
	made := &bgp.Policy{Exports: exports, Sources: sources}
	p.byContent[string(key)] = made
	return made
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// merge unites two policies for one prefix.
func (p *policies) merge(a, b *bgp.Policy) (*bgp.Policy, *objection) {
	if a == b {
		return a, nil
	}
	pair := [2]*bgp.Policy{a, b}
	have, ok := p.merged[pair]
	if !ok {
		have.policy, have.objection = p.mergeAnew(a, b)
		p.merged[pair] = have
	}
	return have.policy, have.objection
}

func (p *policies) mergeAnew(a, b *bgp.Policy) (*bgp.Policy, *objection) {
	exports := slices.Clone(a.Exports)
	for _, e := range b.Exports {
		i, both := slices.BinarySearchFunc(exports, e.Session, func(e bgp.Export, id string) int { return cmp.Compare(e.Session, id) })
		if !both {
			exports = slices.Insert(exports, i, e)
			continue
		}
		have := exports[i].Attributes
		if have.LocalPref != e.Attributes.LocalPref {
			return nil, &objection{ConflictingAdvertisements, preference(have.LocalPref) + " there, " + preference(e.Attributes.LocalPref) + " here, to neighbor " + e.Session}
		}
		exports[i].Attributes = unite(have, e.Attributes)
		if tooMany(exports[i].Attributes) {
			return nil, &objection{TooManyCommunities, excess(exports[i].Attributes) + " together, to neighbor " + e.Session}
		}
	}
	return p.intern(exports, slices.Concat(a.Sources, b.Sources)), nil
}

// unite joins the communities of two sets of attributes with one local preference.
func unite(a, b bgp.Attributes) bgp.Attributes {
	return bgp.Attributes{
		LocalPref:        a.LocalPref,
		Communities:      union(a.Communities, b.Communities, cmp.Compare),
		LargeCommunities: union(a.LargeCommunities, b.LargeCommunities, bgp.LargeCommunity.Compare),
	}
}

// union sorts what is in either slice, without repeats. It changes neither.
func union[E comparable](a, b []E, compare func(E, E) int) []E {
	both := slices.Concat(a, b)
	slices.SortFunc(both, compare)
	return slices.Compact(both)
}

func tooMany(a bgp.Attributes) bool {
	return len(a.Communities) > maxCommunities || len(a.LargeCommunities) > maxCommunities
}

// excess puts into words what is too many.
func excess(a bgp.Attributes) string {
	return strconv.Itoa(len(a.Communities)) + " communities and " + strconv.Itoa(len(a.LargeCommunities)) +
		" large ones, of which " + strconv.Itoa(maxCommunities) + " each are possible,"
}
