package intent

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// apiObject is a pointer to an API type.
type apiObject[T any] interface {
	*T
	metav1.Object
}

// entry is one object that can be told apart from all others of its kind.
type entry[P any] struct {
	ref    Ref
	object P
	twice  bool // the name is not unique, and object is one of several
}

// findings starts with what is wrong before the object is even read.
func (e entry[P]) findings() findings {
	f := findings{ref: e.ref}
	if e.twice {
		f.refuse("metadata.name", "keep one of them", "is defined more than once")
	}
	return f
}

// scope places an object: in which namespace it counts, and whether it does at all.
type scope func(namespace string) (placed string, counts bool)

func clusterWide(string) (string, bool) { return "", true }

func anyNamespace(namespace string) (string, bool) { return namespace, true }

// onlyIn is for objects that count in one namespace. One that came from a file
// may leave it out.
func onlyIn(own string) scope {
	return func(namespace string) (string, bool) { return own, namespace == own || namespace == "" }
}

// collect sorts the objects of one kind and puts aside what has no usable name.
func collect[T any, P apiObject[T]](kind string, place scope, objects []P) ([]entry[P], []Problem) {
	var (
		entries  = make([]entry[P], 0, len(objects))
		problems []Problem
	)
	for _, o := range objects {
		if o == nil {
			continue
		}
		namespace, counts := place(o.GetNamespace())
		ref := Ref{Kind: kind, Namespace: namespace, Name: o.GetName()}
		if !counts {
			problems = append(problems, misplaced(Ref{Kind: kind, Namespace: o.GetNamespace(), Name: ref.Name}, namespace))
			continue
		}
		if problem, unnamed := nameless(ref); unnamed {
			problems = append(problems, problem)
			continue
		}
		entries = append(entries, entry[P]{ref: ref, object: o})
	}
	slices.SortFunc(entries, func(a, b entry[P]) int { return a.ref.Compare(b.ref) })
	return unify(entries), problems
}

// unify leaves one entry per name. Of several objects with one name none can be
// preferred without an order to go by.
func unify[P any](entries []entry[P]) []entry[P] {
	unique := entries[:0]
	for _, e := range entries {
		if last := len(unique) - 1; last >= 0 && unique[last].ref == e.ref {
			unique[last].twice = true
			continue
		}
		unique = append(unique, e)
	}
	return unique
}

func misplaced(ref Ref, own string) Problem {
	return Problem{
		Object:  safeRef(ref),
		Field:   "metadata.namespace",
		Message: "is not the namespace of the speaker",
		Effect:  "the object is ignored",
		Remedy:  "move it to namespace " + own,
	}
}

// nameless refuses names that no API server would store. Names reach FRR as
// comments and descriptions, so they must not hold a line break.
func nameless(ref Ref) (Problem, bool) {
	if isObjectName(ref.Name) && (ref.Namespace == "" || isObjectName(ref.Namespace)) {
		return Problem{}, false
	}
	return Problem{
		Object:  safeRef(ref),
		Field:   "metadata.name",
		Message: "is not a name that Kubernetes accepts",
		Effect:  "the object is ignored",
		Remedy:  "use at most 253 lower-case letters, digits, '-' and '.', starting and ending with a letter or digit",
	}, true
}

// safeRef makes a reference printable on one line.
func safeRef(ref Ref) Ref {
	if !isObjectName(ref.Name) {
		ref.Name = quote(ref.Name)
	}
	if ref.Namespace != "" && !isObjectName(ref.Namespace) {
		ref.Namespace = quote(ref.Namespace)
	}
	return ref
}

const maxObjectName = 253 // RFC 1123, section 2.1, as Kubernetes has it

func isObjectName(name string) bool {
	if name == "" || len(name) > maxObjectName {
		return false
	}
	for _, c := range []byte(name) {
		if !isLowerAlphanumeric(c) && c != '-' && c != '.' {
			return false
		}
	}
	return isLowerAlphanumeric(name[0]) && isLowerAlphanumeric(name[len(name)-1])
}

func isLowerAlphanumeric(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// names lists the names of entries.
func names[P any](entries []entry[P]) map[string]bool {
	set := make(map[string]bool, len(entries))
	for _, e := range entries {
		set[e.ref.Name] = true
	}
	return set
}

// firstRepeat finds the first string that was listed before.
func firstRepeat(list []string) (index int, found bool) {
	seen := make(map[string]bool, len(list))
	for i, s := range list {
		if seen[s] {
			return i, true
		}
		seen[s] = true
	}
	return 0, false
}

// sortedUnique returns a sorted copy without repeats.
func sortedUnique(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, strings.Compare)
	return slices.Compact(sorted)
}
