package objects

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/internal/intent"
)

// merger puts the contents of files together.
type merger struct {
	namespace string
	objects   intent.Objects
	problems  []intent.Problem
	first     map[intent.Ref]where
	unread    map[metav1.TypeMeta]*tally // of kinds that speakers do not read
	outside   map[string]*tally          // outside the namespace, by kind
}

// where is the place that an object stands at, worked out only when needed.
type where struct {
	file *file
	unit *placed
	line int
}

func (w where) place() intent.Place { return w.file.place(*w.unit, w.line) }

// tally counts objects that are ignored for one reason.
type tally struct {
	count int
	first intent.Ref
	where where
}

// String prints "Secret a/b (and 2 others)".
func (t tally) String() string {
	out := intent.Ref{Kind: printable(t.first.Kind), Namespace: printable(t.first.Namespace), Name: printable(t.first.Name)}.String()
	switch others := t.count - 1; others {
	case 0:
		return out
	case 1:
		return out + " (and 1 other)"
	default:
		return fmt.Sprintf("%s (and %d others)", out, others)
	}
}

// merge puts files together, in the order given. An object that another file, or an
// earlier document, defines already is ignored.
func merge(files []*file, opts Options) (intent.Objects, []intent.Problem) {
	m := merger{
		namespace: opts.Namespace,
		first:     map[intent.Ref]where{},
		unread:    map[metav1.TypeMeta]*tally{},
		outside:   map[string]*tally{},
	}
	for _, f := range files {
		m.problems = append(m.problems, f.problems()...)
		if f.used == nil {
			continue
		}
		for i := range f.used.units {
			p := &f.used.units[i]
			for _, o := range p.objects {
				m.add(o, where{file: f, unit: p, line: o.line})
			}
		}
	}
	m.reportIgnored()
	return m.objects, intent.SortProblems(m.problems)
}

func (m *merger) add(o object, at where) {
	if o.api == nil {
		m.ignore(o, at)
		return
	}
	if first, ok := m.first[o.ref]; ok {
		m.problems = append(m.problems, intent.Problem{
			Object:  o.ref,
			Message: fmt.Sprintf("the object is at %s and again", first.place()),
			At:      at.place(),
			Effect:  "the second is ignored",
			Remedy:  "delete one of them",
		})
		return
	}
	m.first[o.ref] = at
	add(&m.objects, o.api)
}

// ignore counts an object that is not read.
func (m *merger) ignore(o object, at where) {
	if _, known := kindOf(o.kind.APIVersion, o.kind.Kind); known {
		count(m.outside, o.kind.Kind, o, at)
		return
	}
	count(m.unread, o.kind, o, at)
}

func count[K comparable](in map[K]*tally, key K, o object, at where) {
	if t, ok := in[key]; ok {
		t.count++
		return
	}
	in[key] = &tally{count: 1, first: o.ref, where: at}
}

// reportIgnored makes one Problem of each kind that is ignored.
func (m *merger) reportIgnored() {
	for kind, t := range m.outside {
		m.problems = append(m.problems, intent.Problem{
			Object:  intent.Ref{Kind: "Kind", Name: printable(kind)},
			Message: fmt.Sprintf("outside namespace %s: %s", m.namespace, t),
			At:      t.where.place(),
			Effect:  "ignored",
			Remedy:  "move what speakers shall read to namespace " + m.namespace,
		})
	}
	for kind, t := range m.unread {
		m.problems = append(m.problems, intent.Problem{
			Object:  intent.Ref{Kind: "Kind", Name: printable(kind.Kind)},
			Message: fmt.Sprintf("speakers do not read it in version %s: %s", printable(kind.APIVersion), t),
			At:      t.where.place(),
			Effect:  "ignored",
			Remedy:  replacement(kind.APIVersion, kind.Kind),
		})
	}
}

// sortedByName returns files in the order in which they count.
func sortedByName(files map[string]*file) []*file {
	out := make([]*file, 0, len(files))
	for _, f := range files {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b *file) int { return strings.Compare(a.name, b.name) })
	return out
}
