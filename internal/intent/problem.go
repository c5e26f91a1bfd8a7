package intent

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Ref names an API object.
type Ref struct {
	Kind      string
	Namespace string // "" for cluster-scoped objects
	Name      string
}

// String prints "Kind namespace/name", or "Kind name" without a namespace.
func (r Ref) String() string {
	if r.Namespace == "" {
		return r.Kind + " " + r.Name
	}
	return r.Kind + " " + r.Namespace + "/" + r.Name
}

// Compare orders by kind, namespace, name.
func (r Ref) Compare(o Ref) int {
	return cmp.Or(strings.Compare(r.Kind, o.Kind), strings.Compare(r.Namespace, o.Namespace), strings.Compare(r.Name, o.Name))
}

// Place is where in a file something is written.
type Place struct {
	File     string // "" is nowhere
	Line     int    // from 1
	Document int    // of YAML, from 1
}

// String prints "x.yaml:4 (document 1)".
func (p Place) String() string {
	return p.File + ":" + strconv.Itoa(p.Line) + " (document " + strconv.Itoa(p.Document) + ")"
}

// Problem is something wrong with an object: which object and field, what it
// means for the network, and what to do. It never holds a secret.
type Problem struct {
	Object Ref
	Field  string // path below the object, such as "spec.peerAddress"; "" for the whole object
	// Message says what is wrong, and Effect what follows from it ("this peer is left out").
	Message string
	At      Place // where it is written, if a file says it and not an API server
	Effect  string
	Remedy  string
	// Harmless means that the object does what it is meant to all the same.
	Harmless bool
}

// Text is the message with the place that it is about.
func (p Problem) Text() string {
	if p.At.File == "" {
		return p.Message
	}
	return p.Message + " at " + p.At.String()
}

// String prints one line: "Kind ns/name: field: message; effect; remedy".
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.Object.String())
	b.WriteString(": ")
	if p.Field != "" {
		b.WriteString(p.Field)
		b.WriteString(": ")
	}
	b.WriteString(p.Text())
	for _, more := range []string{p.Effect, p.Remedy} {
		if more != "" {
			b.WriteString("; ")
			b.WriteString(more)
		}
	}
	return b.String()
}

// SortProblems orders problems by object, field and message, and drops repeats.
func SortProblems(ps []Problem) []Problem {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(a.Object.Compare(b.Object), strings.Compare(a.Field, b.Field), strings.Compare(a.Text(), b.Text()))
	})
	return slices.Compact(ps)
}
