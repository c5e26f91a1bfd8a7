package intent

import (
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// Selector is a set of label selectors of which any may match. The zero value matches everything.
type Selector []labels.Selector

// Matches reports whether any selector matches, or there is none.
func (s Selector) Matches(l labels.Labels) bool {
	for _, one := range s {
		if one.Matches(l) {
			return true
		}
	}
	return len(s) == 0
}

// parseSelectors reads a list of label selectors of which any may match.
func parseSelectors(f *findings, field string, list []metav1.LabelSelector) Selector {
	if len(list) == 0 {
		return nil
	}
	var (
		selectors = make(Selector, 0, len(list))
		first     = make(map[string]int, len(list))
	)
	for i, one := range list {
		selector, err := parseSelector(one)
		if err != nil {
			f.refuse(element(field, i), "correct the selector", "is not a label selector: %s", quote(err.Error()))
			continue
		}
		text := selector.String()
		if same, repeated := first[text]; repeated {
			f.refuse(element(field, i), "remove one of the two", "repeats %s", element(field, same))
			continue
		}
		first[text] = i
		selectors = append(selectors, selector)
	}
	return selectors
}

// parseSelector converts one selector. An empty one matches everything. Unlike
// metav1.LabelSelectorAsSelector it goes through matchLabels in order, so that
// one input gives one result and one error.
func parseSelector(s metav1.LabelSelector) (labels.Selector, error) {
	requirements := make([]labels.Requirement, 0, len(s.MatchLabels)+len(s.MatchExpressions))
	for _, key := range slices.Sorted(maps.Keys(s.MatchLabels)) {
		r, err := labels.NewRequirement(key, selection.Equals, []string{s.MatchLabels[key]})
		if err != nil {
			return nil, err
		}
		requirements = append(requirements, *r)
	}
	for _, e := range s.MatchExpressions {
		operator, known := operators[e.Operator]
		if !known {
			return nil, fmt.Errorf("operator %q is unknown", e.Operator)
		}
		r, err := labels.NewRequirement(e.Key, operator, e.Values)
		if err != nil {
			return nil, err
		}
		requirements = append(requirements, *r)
	}
	if len(requirements) == 0 {
		return labels.Everything(), nil
	}
	return labels.NewSelector().Add(requirements...), nil
}

var operators = map[metav1.LabelSelectorOperator]selection.Operator{
	metav1.LabelSelectorOpIn:           selection.In,
	metav1.LabelSelectorOpNotIn:        selection.NotIn,
	metav1.LabelSelectorOpExists:       selection.Exists,
	metav1.LabelSelectorOpDoesNotExist: selection.DoesNotExist,
}
