package metallb

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"frr-speaker/internal/bgp"
)

// out is what one neighbor gets.
type out struct {
	session string  // Session.ID
	entries []entry // sorted by the text of the prefix
}

type entry struct {
	family     bgp.Family
	prefix     string
	attributes bgp.Attributes
}

// adjRIBOut picks what one neighbor gets. A family that it does not carry is left out.
func adjRIBOut(i bgp.Instance, s bgp.Session) out {
	o := out{session: s.ID()}
	for _, r := range i.Routes {
		f := bgp.FamilyOf(r.Prefix.Addr())
		if !s.Carries(f) {
			continue
		}
		for _, e := range r.Policy.Exports {
			if e.Session == o.session {
				o.entries = append(o.entries, entry{f, r.Prefix.String(), e.Attributes})
			}
		}
	}
	slices.SortFunc(o.entries, func(a, b entry) int { return cmp.Compare(a.prefix, b.prefix) })
	return o
}

// filters writes the prefix-lists and route-maps of one neighbor.
func (t *text) filters(o out) {
	t.line("route-map %s-in deny 20", o.session)
	clause := 0
	for _, value := range o.values() {
		for _, f := range families() {
			name := fmt.Sprintf("%s-%s-%s-%s-prefixes", o.session, value.name, word(f), value.kind)
			if t.prefixList(f, name, o.prefixes(f, value.of)) == 0 {
				continue
			}
			clause++
			t.line("route-map %s-out permit %d", o.session, clause)
			t.line("  match %s address prefix-list %s", word(f), name)
			t.line("  set %s", value.set)
			t.line("  on-match next")
		}
	}
	for _, f := range families() {
		name := o.allowed(f)
		if t.prefixList(f, name, o.prefixes(f, anything)) == 0 {
			t.line("%s prefix-list %s deny any", word(f), name)
		}
	}
	for _, f := range families() {
		clause++
		t.line("route-map %s-out permit %d", o.session, clause)
		t.line("  match %s address prefix-list %s", word(f), o.allowed(f))
	}
}

func (o out) allowed(f bgp.Family) string {
	if f == bgp.IPv6Unicast {
		return o.session + "-allowed-ipv6"
	}
	return o.session + "-allowed-ipv4"
}

// prefixList writes the entries, numbered from 1, and returns their number.
func (t *text) prefixList(f bgp.Family, name string, prefixes []string) int {
	for n, prefix := range prefixes {
		t.line("%s prefix-list %s seq %d permit %s", word(f), name, n+1, prefix)
	}
	return len(prefixes)
}

// word is what FRR's filters call a family.
func word(f bgp.Family) string {
	if f == bgp.IPv6Unicast {
		return "ipv6"
	}
	return "ip"
}

// value is one value of one attribute that some of a neighbor's prefixes have.
type value struct {
	kind, name string // for the list's name
	set        string // FRR's "set" command
	of         func(bgp.Attributes) bool
}

func anything(bgp.Attributes) bool { return true }

// prefixes are those of a family whose attributes match.
func (o out) prefixes(f bgp.Family, match func(bgp.Attributes) bool) []string {
	var prefixes []string
	for _, e := range o.entries {
		if e.family == f && match(e.attributes) {
			prefixes = append(prefixes, e.prefix)
		}
	}
	return prefixes
}

// values are all that there are: local preferences first, then communities of both kinds, as strings sort.
func (o out) values() []value {
	preferences, communities := map[string]value{}, map[string]value{}
	for _, e := range o.entries {
		if pref := e.attributes.LocalPref; pref != 0 {
			name := strconv.FormatUint(uint64(pref), 10)
			preferences[name] = value{
				"localpref", name, "local-preference " + name,
				func(a bgp.Attributes) bool { return a.LocalPref == pref },
			}
		}
		for _, c := range e.attributes.Communities {
			communities[c.String()] = value{
				"community", c.String(), "community " + c.String() + " additive",
				func(a bgp.Attributes) bool { return slices.Contains(a.Communities, c) },
			}
		}
		for _, c := range e.attributes.LargeCommunities {
			communities["large:"+c.String()] = value{
				"community", "large:" + c.String(), "large-community " + c.String() + " additive",
				func(a bgp.Attributes) bool { return slices.Contains(a.LargeCommunities, c) },
			}
		}
	}
	var all []value
	for _, kind := range []map[string]value{preferences, communities} {
		for _, name := range sortedKeys(kind) {
			all = append(all, kind[name])
		}
	}
	return all
}
