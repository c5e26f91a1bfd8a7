package objects

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	kjson "sigs.k8s.io/json"

	"frr-speaker/internal/intent"
)

// maxListDepth bounds lists within lists, which no tool writes.
const maxListDepth = 8

// object is one API object of a unit.
type object struct {
	ref  intent.Ref
	api  metav1.Object // nil: of a kind that speakers do not read, or outside the namespace
	kind metav1.TypeMeta
	line int       // of the unit, from 1
	path fieldPath // of the unit's value; empty unless that is a list
}

// note is something wrong with a unit, wherever the unit stands.
type note struct {
	ref     intent.Ref // zero: the file
	field   string
	line    int // of the unit, from 1
	message string
	remedy  string
	// broken: the object cannot be used, and so the file has an error. Otherwise
	// the object is used as if the field were not there.
	broken bool
}

// result is what a unit decodes to. It is shared and must not be changed.
type result struct {
	objects []object
	notes   []note
	noYAML  bool // the text could not be taken apart at all
}

// broken reports whether the unit has an error.
func (r *result) broken() bool {
	for _, n := range r.notes {
		if n.broken {
			return true
		}
	}
	return false
}

// decoder decodes units into objects.
type decoder struct {
	namespace string
	version   string // resource version of what is decoded
	lines     lineFinder
	out       result
}

// decode decodes a unit.
func decode(u unit, key unitKey, opts Options) *result {
	d := decoder{namespace: opts.Namespace, version: hex.EncodeToString(key[:8]), lines: lineFinder{unit: u}}
	raw, err := u.toJSON()
	if err != nil {
		d.out.noYAML = true
		last := bytes.Count(bytes.TrimRight(u.data, "\n"), []byte("\n")) + 1 // some errors are found behind it
		d.note(nil, note{line: min(lineOf(err), last), message: err.Error(), broken: true})
		return &d.out
	}
	d.value(raw, u.typeMeta, nil)
	return &d.out
}

// note adds a note on what stands at path.
func (d *decoder) note(path fieldPath, n note) {
	if n.line == 0 {
		n.line = d.lines.find(path)
	}
	d.out.notes = append(d.out.notes, n)
}

// found adds an object that stands at path.
func (d *decoder) found(path fieldPath, o object) {
	o.line = 1
	if len(path) > 0 {
		o.line, o.path = d.lines.find(path), path
	}
	d.out.objects = append(d.out.objects, o)
}

// value decodes one JSON value, which a list may hold.
func (d *decoder) value(raw []byte, inherited metav1.TypeMeta, path fieldPath) {
	raw = bytes.TrimSpace(raw)
	if string(raw) == "null" {
		return // an empty document
	}
	if len(raw) == 0 || raw[0] != '{' {
		d.note(path, note{message: "a document is not an object", remedy: "write apiVersion, kind and metadata", broken: true})
		return
	}
	h := peek(raw)
	if h.APIVersion == "" {
		h.APIVersion = inherited.APIVersion
	}
	if h.Kind == "" {
		h.Kind = inherited.Kind
	}
	if h.isList() {
		d.list(h, path)
		return
	}
	if h.Kind == "" || h.APIVersion == "" {
		d.note(path, note{message: "an object has no kind or no apiVersion", remedy: "write both", broken: true})
		return
	}
	d.object(raw, h, path)
}

// list decodes the items of a list.
func (d *decoder) list(h head, path fieldPath) {
	var items []json.RawMessage
	if err := kjson.UnmarshalCaseSensitivePreserveInts(h.Items, &items); err != nil || len(path) > 2*maxListDepth {
		d.note(path, note{message: "items of a " + printable(h.Kind) + " is not a list", broken: true})
		return
	}
	for i, raw := range items {
		d.value(raw, h.itemType(), path.child(step{key: "items"}, step{index: i}))
	}
}

// object decodes one object.
func (d *decoder) object(raw []byte, h head, path fieldPath) {
	typeMeta := metav1.TypeMeta{APIVersion: h.APIVersion, Kind: h.Kind}
	if isReport(h.APIVersion, h.Kind) {
		return
	}
	k, known := kindOf(h.APIVersion, h.Kind)
	ref := intent.Ref{Kind: h.Kind, Namespace: d.namespaceOf(k.scope, h), Name: h.Metadata.Name}
	if !known {
		d.found(path, object{ref: ref, kind: typeMeta})
		return
	}
	if k.scope == scopeOwn && ref.Namespace != d.namespace {
		d.found(path, object{ref: ref, kind: typeMeta})
		return
	}
	api, strict, err := k.decode(raw)
	if err != nil {
		d.typeErrors(raw, k, safe(ref), path)
		return
	}
	if problem, ok := checkName(ref); !ok {
		d.note(path.child(step{key: "metadata"}), problem)
		return
	}
	usable := true
	for _, f := range strict {
		usable = d.strictError(f, k, ref, path) && usable
	}
	if !usable {
		return
	}
	d.trim(api, ref)
	d.found(path, object{ref: ref, api: api, kind: typeMeta})
}

// namespaceOf returns the namespace of an object: where kubectl, run in the
// configured namespace, would put what speakers read only there.
func (d *decoder) namespaceOf(s scope, h head) string {
	switch {
	case s == scopeCluster:
		return ""
	case h.Metadata.Namespace != "":
		return h.Metadata.Namespace
	case s == scopeOwn:
		return d.namespace
	}
	return corev1.NamespaceDefault
}

// checkName notes what is wrong with the name of an object.
func checkName(ref intent.Ref) (n note, ok bool) {
	switch {
	case ref.Name == "":
		return note{message: "a " + ref.Kind + " has no name", remedy: "write metadata.name", broken: true}, false
	case len(validation.IsDNS1123Subdomain(ref.Name)) > 0:
		n = note{field: "metadata.name", message: "a name may hold only lower case letters, digits, '-' and '.'"}
	case ref.Namespace != "" && len(validation.IsDNS1123Label(ref.Namespace)) > 0:
		n = note{field: "metadata.namespace", message: "a namespace may hold only lower case letters, digits and '-'"}
	default:
		return note{}, true
	}
	n.ref, n.broken = safe(ref), true
	return n, false
}

// safe returns the reference as it may be printed; none, when there is no name.
func safe(ref intent.Ref) intent.Ref {
	if ref.Name == "" {
		return intent.Ref{}
	}
	return intent.Ref{Kind: printable(ref.Kind), Namespace: printable(ref.Namespace), Name: printable(ref.Name)}
}

// strictError notes a field that the type does not have, or that is set twice. It
// reports whether the object can be used all the same.
func (d *decoder) strictError(err error, k kind, ref intent.Ref, path fieldPath) (usable bool) {
	var field kjson.FieldError
	if !errors.As(err, &field) {
		return true
	}
	at := parsePath(field.FieldPath())
	if len(at) == 0 || at[0].key == "status" {
		return true // what newer versions report is no mistake of the user
	}
	n := note{ref: ref, field: printable(at.String()), message: "unknown field"}
	if strings.HasPrefix(err.Error(), "duplicate") {
		n.message, n.broken = "the field is set twice", true
	}
	if near := nearestField(k.typ, at); near != "" && !n.broken {
		n.remedy = "did you mean " + near + "?"
	}
	d.note(path.child(at...), n)
	return !n.broken
}

// trim drops what no decision reads and what takes the most room, and gives the
// object a resource version that changes with its text, for caches.
func (d *decoder) trim(o metav1.Object, ref intent.Ref) {
	o.SetNamespace(ref.Namespace)
	o.SetManagedFields(nil)
	o.SetResourceVersion(d.version)
	if a := o.GetAnnotations(); a[corev1.LastAppliedConfigAnnotation] != "" {
		delete(a, corev1.LastAppliedConfigAnnotation)
		o.SetAnnotations(a)
	}
}

// printable returns text without what could break a line or a terminal.
func printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r > 0x7e }) {
		text = fmt.Sprintf("%+q", text)
	}
	const limit = 253 // longest valid name
	if len(text) > limit {
		text = text[:limit] + "..."
	}
	return text
}
