package objects

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/intent"
)

func TestFieldsAreFoundInFiles(t *testing.T) {
	texts := map[string][]byte{
		"peers.yaml": []byte("# routers\napiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata:\n  name: a\nspec:\n  peerAddress: 192.0.2.1\n  nodeSelectors:\n" +
			"  - matchLabels: {rack: one}\n  - matchLabels: {rack: two}\n---\napiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: {name: b}\nspec: {}\n"),
		"list.yaml": []byte("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Node\n  metadata:\n    name: n1\n" +
			"- apiVersion: v1\n  kind: Node\n  metadata:\n    name: n2\n    labels:\n      rack: one\n"),
		"flow.yaml": []byte("{apiVersion: v1, kind: List, items: [\n  {apiVersion: v1, kind: Node, metadata: {name: n3}},\n  {apiVersion: v1, kind: Node,\n   metadata: {name: n4}}]}\n"),
		"node.json": []byte("{\"apiVersion\": \"v1\",\n \"kind\": \"Node\",\n \"metadata\": {\n  \"name\": \"n5\"}}\n"),
	}
	places := NewPlaces(texts, Options{})
	peer := func(name string) intent.Ref {
		return intent.Ref{Kind: "BGPPeer", Namespace: "metallb-system", Name: name}
	}
	node := func(name string) intent.Ref { return intent.Ref{Kind: "Node", Name: name} }
	for _, tt := range []struct {
		name     string
		object   intent.Ref
		field    string
		wantFile string
		wantLine int
	}{
		{"an object begins where its document does", peer("b"), "", "peers.yaml", 11},
		{"a field has its line", peer("a"), "spec.peerAddress", "peers.yaml", 7},
		{"an element of a list has its line", peer("a"), "spec.nodeSelectors[1]", "peers.yaml", 10},
		{"a field that is missing is where it should be", peer("b"), "spec.myASN", "peers.yaml", 15},
		{"an item of a list has its line", node("n2"), "metadata.labels.rack", "list.yaml", 13},
		{"an item of a list in one piece has its line", node("n4"), "metadata.name", "flow.yaml", 4},
		{"JSON has lines", node("n5"), "metadata.name", "node.json", 4},
		{"an object that is nowhere has no place", node("n9"), "", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file, line, found := places.Find(tt.object, tt.field)
			if file != tt.wantFile || line != tt.wantLine || found != (tt.wantFile != "") {
				t.Errorf("Find(%v, %q) = %s:%d, %v, want %s:%d", tt.object, tt.field, file, line, found, tt.wantFile, tt.wantLine)
			}
		})
	}
}

func TestProblemsSayWhereTheyAre(t *testing.T) {
	_, problems := Decode("bad.yaml", []byte("---\napiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: {name: a}\nspec:\n  myASN: x\n"), Options{})
	want := []intent.Problem{{
		Object: intent.Ref{Kind: "BGPPeer", Namespace: "metallb-system", Name: "a"}, Field: "spec.myASN",
		Message: "the value is a string, want a whole number from 0 to 4294967295", At: intent.Place{File: "bad.yaml", Line: 6, Document: 1},
		Effect: "the object is left out",
	}}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
