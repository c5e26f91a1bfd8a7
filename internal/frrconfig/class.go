package frrconfig

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"strings"

	"frr-speaker/internal/bgp"
)

// class is a set of routes that all neighbors treat alike.
type class struct {
	content string
	digest  [sha256.Size]byte
	tag     uint32 // 1..2^32-1, the range of FRR's "set tag"
	seq     uint32 // 1..65535, the range of a route-map's sequence numbers
	name    string // of the route-map that sets the tag
	tagText string
	sources map[string]bool
}

// classes are all classes of a text, and where they are used.
type classes struct {
	all       map[string]*class // by content
	ofRoutes  [][]*class        // by instance and route
	bySession map[string]map[*class]bgp.Attributes
}

// classify finds the classes of all routes and gives them their numbers.
func classify(s bgp.Speaker) (*classes, error) {
	c := &classes{all: map[string]*class{}, ofRoutes: make([][]*class, len(s.Instances)), bySession: map[string]map[*class]bgp.Attributes{}}
	for i := range s.Instances {
		instance := &s.Instances[i]
		known := map[policyOfFamily]*class{}
		c.ofRoutes[i] = make([]*class, len(instance.Routes))
		for n, route := range instance.Routes {
			key := policyOfFamily{route.Policy, bgp.FamilyOf(route.Prefix.Addr())}
			have, ok := known[key]
			if !ok {
				have = c.add(instance, key)
				known[key] = have
			}
			c.ofRoutes[i][n] = have
		}
	}
	return c, c.number()
}

type policyOfFamily struct {
	policy *bgp.Policy
	family bgp.Family
}

// add finds or makes the class of a policy, and notes what it means to each session.
func (c *classes) add(i *bgp.Instance, p policyOfFamily) *class {
	content := contentOf(i, p)
	one, exists := c.all[content]
	if !exists {
		one = &class{content: content, digest: sha256.Sum256([]byte(content)), sources: map[string]bool{}}
		c.all[content] = one
	}
	for _, source := range p.policy.Sources {
		one.sources[source] = true
	}
	for _, e := range p.policy.Exports {
		if c.bySession[e.Session] == nil {
			c.bySession[e.Session] = map[*class]bgp.Attributes{}
		}
		c.bySession[e.Session][one] = e.Attributes
	}
	return one
}

// contentOf writes down what makes a class: who gets the route and how. Where
// that is every session of the instance that carries the family, and all alike,
// the sessions are not named, so that one more of them changes no class.
func contentOf(i *bgp.Instance, p policyOfFamily) string {
	exports := p.policy.Exports
	carriers := 0
	for _, s := range i.Sessions {
		if s.Carries(p.family) {
			carriers++
		}
	}
	first := appendAttributes(nil, exports[0].Attributes)
	alike := len(exports) == carriers
	for _, e := range exports[1:] {
		alike = alike && string(appendAttributes(nil, e.Attributes)) == string(first)
	}
	if alike {
		return "all" + string(first)
	}
	var content []byte
	for _, e := range exports {
		content = append(content, "session "...)
		content = append(content, e.Session...)
		content = append(appendAttributes(content, e.Attributes), '\n')
	}
	return string(content)
}

func appendAttributes(b []byte, a bgp.Attributes) []byte {
	b = append(b, " local-preference "...)
	b = strconv.AppendUint(b, uint64(a.LocalPref), 10)
	b = append(b, " community"...)
	for _, c := range a.Communities {
		b = append(append(b, ' '), c.String()...)
	}
	b = append(b, " large-community"...)
	for _, c := range a.LargeCommunities {
		b = append(append(b, ' '), c.String()...)
	}
	return b
}

// number gives every class its tag and sequence number, from its content alone
// but for collisions: there the class with the smaller digest is served first
// and the other moves on.
func (c *classes) number() error {
	sorted := slices.SortedFunc(maps.Values(c.all), func(a, b *class) int { return slices.Compare(a.digest[:], b.digest[:]) })
	if len(sorted) > maxSeq {
		return &Error{Field: "routes", Problem: "need " + strconv.Itoa(len(sorted)) + " different treatments, and a route-map holds 65535"}
	}
	tags, seqs := map[uint32]bool{0: true}, map[uint32]bool{}
	for _, one := range sorted {
		one.tag = binary.BigEndian.Uint32(one.digest[:4])
		for tags[one.tag] {
			one.tag++
		}
		tags[one.tag] = true
		one.seq = one.tag%maxSeq + 1
		for seqs[one.seq] {
			one.seq = one.seq%maxSeq + 1
		}
		seqs[one.seq] = true
		one.tagText = strconv.FormatUint(uint64(one.tag), 10)
		one.name = "origin-" + one.tagText
	}
	return nil
}

// maxSeq is the highest sequence number of a route-map in FRR.
const maxSeq = 65535

// origins shows the route-maps that set the tags, by tag.
func (c *classes) origins() []classView {
	var views []classView
	for _, one := range slices.SortedFunc(maps.Values(c.all), func(a, b *class) int { return cmp.Compare(a.tag, b.tag) }) {
		views = append(views, classView{one.name, one.tagText, describe(slices.Sorted(maps.Keys(one.sources)))})
	}
	return views
}

// filters shows the route-maps of all sessions, by ID.
func (c *classes) filters(s bgp.Speaker) []filterView {
	var views []filterView
	for _, i := range s.Instances {
		for _, session := range i.Sessions {
			views = append(views, filterView{session.Peer, session.ID(), entries(c.bySession[session.ID()])})
		}
	}
	slices.SortFunc(views, func(a, b filterView) int { return strings.Compare(a.ID, b.ID) })
	return views
}

func entries(treatment map[*class]bgp.Attributes) []entryView {
	var views []entryView
	for _, one := range slices.SortedFunc(maps.Keys(treatment), func(a, b *class) int { return cmp.Compare(a.seq, b.seq) }) {
		a := treatment[one]
		e := entryView{Seq: strconv.FormatUint(uint64(one.seq), 10), Tag: one.tagText, LocalPref: a.LocalPref}
		for _, c := range a.Communities {
			e.Communities = append(e.Communities, c.String())
		}
		for _, c := range a.LargeCommunities {
			e.LargeCommunities = append(e.LargeCommunities, c.String())
		}
		views = append(views, e)
	}
	return views
}
