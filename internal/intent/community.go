package intent

import (
	"slices"
	"strconv"
	"strings"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/bgp"
)

// communities are standard and large communities, sorted and without repeats.
type communities struct {
	standard []bgp.Community
	large    []bgp.LargeCommunity
}

func (c *communities) add(d communities) {
	c.standard = append(c.standard, d.standard...)
	c.large = append(c.large, d.large...)
}

func (c *communities) normalize() {
	slices.Sort(c.standard)
	c.standard = slices.Compact(c.standard)
	slices.SortFunc(c.large, bgp.LargeCommunity.Compare)
	c.large = slices.Compact(c.large)
}

func (c communities) count() int { return len(c.standard) + len(c.large) }

const communityRemedy = "write two numbers up to 65535 as 65000:100, three numbers as large:65000:1:2, or a name such as no-export"

// parseCommunity reads "a:b", "large:a:b:c" or a registered name.
func parseCommunity(text string) (communities, *complaint) {
	if known, found := bgp.WellKnownCommunity(text); found {
		return communities{standard: []bgp.Community{known}}, nil
	}
	fields := strings.Split(text, ":")
	switch {
	case len(fields) == 2:
		return parseStandard(text, fields)
	case len(fields) == 4 && fields[0] == "large":
		return parseLarge(text, fields[1:])
	default:
		return communities{}, complain(communityRemedy, "%s is not a community", quote(text))
	}
}

func parseStandard(text string, fields []string) (communities, *complaint) {
	high, errHigh := strconv.ParseUint(fields[0], 10, 16)
	low, errLow := strconv.ParseUint(fields[1], 10, 16)
	if errHigh != nil || errLow != nil {
		return communities{}, complain(communityRemedy, "%s is not a community of two 16-bit numbers", quote(text))
	}
	return communities{standard: []bgp.Community{bgp.NewCommunity(uint16(high), uint16(low))}}, nil
}

func parseLarge(text string, fields []string) (communities, *complaint) {
	var parts [3]uint32
	for i, field := range fields {
		n, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return communities{}, complain(communityRemedy, "%s is not a large community of three 32-bit numbers", quote(text))
		}
		parts[i] = uint32(n)
	}
	return communities{large: []bgp.LargeCommunity{{Global: parts[0], Local1: parts[1], Local2: parts[2]}}}, nil
}

// alias is a named community, or a name that a mistake makes useless.
type alias struct {
	name   string
	field  string
	value  communities
	broken bool
}

// parseCommunityObject reads the aliases of one Community object. A broken one
// does not harm its neighbors.
func parseCommunityObject(o *v1beta1.Community, f *findings) []alias {
	const effect = "advertisements that use this alias are held back"
	var aliases []alias
	for i, c := range o.Spec.Communities {
		field := element("spec.communities", i)
		if c.Name == "" {
			f.warn(field+".name", "the entry is ignored", "name the community", "is empty")
			continue
		}
		a := alias{name: c.Name, field: field}
		value, complaint := parseCommunity(c.Value)
		if complaint != nil {
			f.warn(field+".value", effect, complaint.remedy, "%s", complaint.message)
			a.broken = true
		}
		a.value = value
		aliases = append(aliases, a)
	}
	return aliases
}

// aliasTable finds aliases by name, whichever object they come from.
type aliasTable map[string]ownedAlias

type ownedAlias struct {
	alias
	owner Ref
}

// parseAliases joins the aliases of all Community objects. A name belongs to the
// first object by name, broken or not, so that a typing error there does not
// silently give advertisements the community of another object.
func parseAliases(readings []reading[[]alias]) (aliasTable, []Problem) {
	table := aliasTable{}
	var problems []Problem
	for _, r := range readings {
		f := r.findings.fork()
		for _, a := range r.meaning {
			if first, taken := table[a.name]; taken {
				f.warn(a.field+".name", "the definition in "+first.owner.String()+" counts", "rename or remove one of the two",
					"%s is already defined by %s", quote(a.name), first.owner)
				continue
			}
			table[a.name] = ownedAlias{a, f.ref}
		}
		problems = append(problems, f.problems("its aliases are not known")...)
	}
	return table, problems
}

// resolve reads what an advertisement calls a community: an alias, or else a
// community itself.
func (t aliasTable) resolve(text string) (communities, *complaint) {
	a, found := t[text]
	if !found {
		value, c := parseCommunity(text)
		if c != nil && !strings.Contains(text, ":") {
			c = complain("create a Community object with this alias, or "+communityRemedy, "%s is neither an alias nor a community", quote(text))
		}
		return value, c
	}
	if a.broken {
		return communities{}, complain("correct "+a.owner.String(), "alias %s has no valid value", quote(text))
	}
	return a.value, nil
}
