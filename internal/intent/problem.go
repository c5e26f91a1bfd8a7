package intent

import (
	"cmp"
	"slices"
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

// Problem is something wrong with an object: which object and field, what it
// means for the network, and what to do. It never holds a secret.
type Problem struct {
	Object Ref
	Field  string // path below the object, such as "spec.peerAddress"; "" for the whole object
	// Message says what is wrong, and Effect what follows from it ("this peer is left out").
	Message string
	Effect  string
	Remedy  string
	// Harmless means that the object does what it is meant to all the same.
	Harmless bool
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
	b.WriteString(p.Message)
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
		return cmp.Or(a.Object.Compare(b.Object), strings.Compare(a.Field, b.Field), strings.Compare(a.Message, b.Message))
	})
	return slices.Compact(ps)
}
