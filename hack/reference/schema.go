package main

import (
	"cmp"
	"slices"
)

// definition is what is read of a CustomResourceDefinition.
type definition struct {
	Spec struct {
		Group string `json:"group"`
		Scope string `json:"scope"`
		Names struct {
			Kind   string `json:"kind"`
			Plural string `json:"plural"`
		} `json:"names"`
		Versions []version `json:"versions"`
	} `json:"spec"`
}

type version struct {
	Name       string   `json:"name"`
	Storage    bool     `json:"storage"`
	Deprecated bool     `json:"deprecated"`
	Warning    string   `json:"deprecationWarning"`
	Columns    []column `json:"additionalPrinterColumns"`
	Schema     struct {
		Object schema `json:"openAPIV3Schema"`
	} `json:"schema"`
}

type column struct {
	Name     string `json:"name"`
	Priority int    `json:"priority"`
}

// schema is the part of OpenAPI that definitions use.
type schema struct {
	Description string            `json:"description"`
	Type        string            `json:"type"`
	Format      string            `json:"format"`
	Properties  map[string]schema `json:"properties"`
	Items       *schema           `json:"items"`
	Values      *schema           `json:"additionalProperties"`
	Required    []string          `json:"required"`
	Default     any               `json:"default"`
	Enum        []any             `json:"enum"`
	Minimum     *float64          `json:"minimum"`
	Maximum     *float64          `json:"maximum"`
	MinItems    *int              `json:"minItems"`
	MaxItems    *int              `json:"maxItems"`
	MinLength   *int              `json:"minLength"`
	MaxLength   *int              `json:"maxLength"`
	Pattern     string            `json:"pattern"`
	Rules       []rule            `json:"x-kubernetes-validations"`
}

type rule struct {
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

// order is that of a reader: first what is written, then what is reported. A kind that
// is not listed comes last.
var order = []string{
	"IPAddressPool", "BGPPeer", "BGPAdvertisement", "L2Advertisement", "BFDProfile", "Community",
	"NodeState", "ConfigurationState", "ServiceBGPStatus", "ServiceL2Status",
}

func sorted(all []definition) []definition {
	place := func(d definition) int {
		if i := slices.Index(order, d.Spec.Names.Kind); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortFunc(all, func(a, b definition) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Spec.Names.Kind, b.Spec.Names.Kind))
	})
	return all
}

// selector reports the label selector of Kubernetes, which needs no explanation at each place.
func (s schema) selector() bool {
	_, labels := s.Properties["matchLabels"]
	_, expressions := s.Properties["matchExpressions"]
	return labels && expressions
}

// condition reports the condition of Kubernetes.
func (s schema) condition() bool {
	_, at := s.Properties["lastTransitionTime"]
	_, reason := s.Properties["reason"]
	return at && reason
}
