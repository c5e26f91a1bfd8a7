package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// What `make generate` writes is what is there.
func TestThePageIsCurrent(t *testing.T) {
	all, err := read("../../deploy/frr-mode/crds")
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("../../docs/reference.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), page(all)); diff != "" {
		t.Errorf("docs/reference.md (-page +definitions); run make generate:\n%s", diff)
	}
	for _, d := range all {
		if !strings.Contains(string(have), "\n## "+d.Spec.Names.Kind+"\n") {
			t.Errorf("the page has no chapter on %s", d.Spec.Names.Kind)
		}
	}
}

func TestRows(t *testing.T) {
	var s schema
	err := yaml.Unmarshal([]byte(`
required: [size]
properties:
  size: {type: integer, minimum: 1, maximum: 4294967295, default: 32, description: "How big\nit is."}
  mode: {type: string, enum: [a, b], x-kubernetes-validations: [{rule: self == oldSelf, message: mode cannot be changed}]}
  names: {type: array, minItems: 1, items: {type: string}}
  chosen: {type: array, items: {type: object, properties: {matchLabels: {type: object}, matchExpressions: {type: array}}}}
  parts:
    type: array
    items: {type: object, required: [key], properties: {key: {type: string, pattern: "a|b"}}}
`), &s)
	if err != nil {
		t.Fatal(err)
	}
	want := []row{
		{path: "chosen", kind: "list of label selectors"},
		{path: "mode", kind: "string", must: "`a`, `b`; mode cannot be changed"},
		{path: "names", kind: "list of strings", must: "entries: at least 1"},
		{path: "parts", kind: "list of objects"},
		{path: "parts[].key", kind: "string", must: "**there**; like `a|b`"},
		{path: "size", kind: "integer", preset: "`32`", must: "**there**; 1 to 4294967295", meaning: "How big it is."},
	}
	if diff := cmp.Diff(want, s.rows("", nil), cmp.AllowUnexported(row{})); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}
