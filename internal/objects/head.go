package objects

import (
	"encoding/json"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"
)

// head is what tells how to decode an object.
type head struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Items      json.RawMessage `json:"items"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
}

// peek reads the head of an object. What does not fit reads as absent: decoding the
// whole object says what is wrong with it.
func peek(raw []byte) head {
	var h head
	_ = kjson.UnmarshalCaseSensitivePreserveInts(raw, &h)
	return h
}

// isList reports whether the object is a List, or a list of one kind.
func (h head) isList() bool {
	return strings.HasSuffix(h.Kind, "List") && h.Items != nil
}

// itemType is what the list says of its items: nothing, when it is a plain List.
func (h head) itemType() metav1.TypeMeta {
	if h.Kind == "List" {
		return metav1.TypeMeta{}
	}
	return metav1.TypeMeta{APIVersion: h.APIVersion, Kind: strings.TrimSuffix(h.Kind, "List")}
}
