package intent

import (
	"k8s.io/apimachinery/pkg/labels"

	"frr-speaker/api/v1beta1"
)

// L2Advertisement says which addresses are answered for on the local networks,
// by which nodes and on which of their links.
type L2Advertisement struct {
	Ref         Ref
	Pools       []string // resolved names, sorted; what selectors matched included
	Nodes       Selector
	Services    Selector
	Links       []string // interface names, sorted; empty: every link that can
	Preferences []Preference
}

// Preference makes the nodes that it selects likelier to answer.
type Preference struct {
	Weight int // 1 to 100
	Nodes  labels.Selector
}

// Score is what the advertisement adds to a node in elections. A node that the
// advertisement does not include gains nothing.
func (a L2Advertisement) Score(node labels.Set) int {
	if len(a.Preferences) == 0 || !a.Nodes.Matches(node) {
		return 0
	}
	score := 0
	for _, p := range a.Preferences {
		if p.Nodes.Matches(node) {
			score += p.Weight
		}
	}
	return score
}

// maxWeight is the highest weight of a preference; the lowest is 1.
const maxWeight = 100

// l2Draft is an advertisement that still needs the pools it refers to.
type l2Draft struct {
	ad            L2Advertisement
	poolNames     []string
	poolSelectors Selector
}

func parseL2Advertisement(o *v1beta1.L2Advertisement, f *findings) l2Draft {
	spec := &o.Spec
	refuseRepeat(f, "spec.ipAddressPools", spec.IPAddressPools)
	refuseRepeat(f, "spec.interfaces", spec.Interfaces)
	for i, name := range spec.Interfaces {
		f.object(element("spec.interfaces", i), checkPlainLinkName(name))
	}
	return l2Draft{
		ad: L2Advertisement{
			Ref:         f.ref,
			Nodes:       parseSelectors(f, "spec.nodeSelectors", spec.NodeSelectors),
			Services:    parseSelectors(f, "spec.serviceSelectors", spec.ServiceSelectors),
			Links:       sortedUnique(spec.Interfaces),
			Preferences: parsePreferences(f, "spec.preferredNodeSelectors", spec.PreferredNodeSelectors),
		},
		poolNames:     spec.IPAddressPools,
		poolSelectors: parseSelectors(f, "spec.ipAddressPoolSelectors", spec.IPAddressPoolSelectors),
	}
}

func parsePreferences(f *findings, field string, list []v1beta1.PreferredNodeSelector) []Preference {
	var preferences []Preference
	for i, one := range list {
		if one.Weight < 1 || one.Weight > maxWeight {
			f.refuse(element(field, i)+".weight", "correct the weight", "%d is not between 1 and %d", one.Weight, maxWeight)
		}
		selector, err := parseSelector(one.Preference)
		if err != nil {
			f.refuse(element(field, i)+".preference", "correct the selector", "is not a label selector: %s", quote(err.Error()))
			continue
		}
		preferences = append(preferences, Preference{Weight: int(one.Weight), Nodes: selector})
	}
	return preferences
}
