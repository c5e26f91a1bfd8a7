package objects

import (
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"frr-speaker/internal/intent"
)

// placed is what a unit decodes to and where it stands in the file.
type placed struct {
	doc, line int // as in unit
	key       unitKey
	whole     *unit // the document of an item, as long as the item may not stand on its own
	*result
}

// content is the decoded text of a file.
type content struct {
	units []placed
	clean bool // no unit has an error
}

// loses reports whether an object is in the content that is not in next.
func (c *content) loses(next *content) bool {
	there := map[intent.Ref]bool{}
	for _, p := range next.units {
		for _, o := range p.objects {
			there[o.ref] = true
		}
	}
	for _, p := range c.units {
		for _, o := range p.objects {
			if !there[o.ref] {
				return true
			}
		}
	}
	return false
}

// file is what is known of one file.
type file struct {
	name string
	// used is the content in use, and refused the newer one that has errors, or nil.
	used, refused *content
	// unreadable says why the file could not be read the last time, or "".
	unreadable string
	results    map[unitKey]*result // of the text read last, and of the content in use
}

// with returns the file after its text was read. Text with errors is refused when the
// file was without errors before, or when objects are missing from it that were
// there. A file that never was any better is used for what is good in it.
func (f file) with(data []byte, opts Options) file {
	next := file{name: f.name, used: f.used}
	c := parse(data, f.results, opts)
	if !c.clean && f.used != nil && (f.used.clean || f.used.loses(c)) {
		next.refused = c
	} else {
		next.used = c
	}
	next.results = map[unitKey]*result{}
	for _, c := range []*content{next.used, next.refused} {
		if c == nil {
			continue
		}
		for _, p := range c.units {
			next.results[p.key] = p.result
		}
	}
	return next
}

// parse decodes the text of a file. What it has in common with text decoded before
// is taken from there.
func parse(data []byte, known map[unitKey]*result, opts Options) *content {
	units := splitFile(data)
	out := decodeAll(units, known, opts)
	c := &content{clean: true}
	for len(out) > 0 {
		n := 1 // units of the same document
		for n < len(out) && out[n].doc == out[0].doc {
			n++
		}
		c.units = append(c.units, joined(out[:n], known, opts)...)
		out = out[n:]
	}
	for i := range c.units {
		c.units[i].whole = nil // lets go of the text
		c.clean = c.clean && !c.units[i].broken()
	}
	return c
}

// joined returns the units of a document, or the document as a whole when its items
// do not stand on their own, as anchors and odd quoting bring about. When the whole
// is no YAML either, the items say better where.
func joined(units []placed, known map[unitKey]*result, opts Options) []placed {
	for _, p := range units {
		if !p.noYAML || p.whole == nil {
			continue
		}
		if whole := decodeAll([]unit{*p.whole}, known, opts); !whole[0].noYAML {
			return whole
		}
		break
	}
	return units
}

// decodeAll decodes units on all processors.
func decodeAll(units []unit, known map[unitKey]*result, opts Options) []placed {
	out := make([]placed, len(units))
	var next atomic.Int64
	var g errgroup.Group
	for range min(runtime.GOMAXPROCS(0), 1+len(units)/64) {
		g.Go(func() error {
			for i := next.Add(1) - 1; i < int64(len(units)); i = next.Add(1) - 1 {
				key := units[i].key()
				r, ok := known[key]
				if !ok {
					r = decode(units[i], key, opts)
				}
				u := units[i]
				out[i] = placed{doc: u.doc, line: u.line, key: key, whole: u.whole, result: r}
			}
			return nil
		})
	}
	_ = g.Wait() // none of them fails
	return out
}

// place is where in the file a line of a unit is.
func (f file) place(p placed, line int) intent.Place {
	return intent.Place{File: f.name, Line: p.line + line - 1, Document: p.doc}
}

// problems lists what is wrong with the file's text.
func (f file) problems() []intent.Problem {
	var out []intent.Problem
	if f.unreadable != "" {
		out = append(out, intent.Problem{
			Object: intent.Ref{Kind: "File", Name: f.name}, Message: "cannot be read: " + f.unreadable,
			Effect: f.keptEffect("nothing of it is used"), Remedy: "make it readable",
		})
	}
	for _, c := range []*content{f.used, f.refused} {
		if c == nil {
			continue
		}
		for _, p := range c.units {
			for _, n := range p.notes {
				if c == f.refused && !n.broken {
					continue // it is not in use
				}
				out = append(out, f.problem(p, n))
			}
		}
	}
	return out
}

// keptEffect says what a failure to read or parse the file means.
func (f file) keptEffect(otherwise string) string {
	if f.used == nil {
		return otherwise
	}
	return "the last good content of the file stays in use"
}

// problem turns a note into a Problem.
func (f file) problem(p placed, n note) intent.Problem {
	out := intent.Problem{
		Object: n.ref, Field: n.field, Remedy: n.remedy,
		Message: n.message, At: f.place(p, n.line),
		Effect: "the field is ignored",
	}
	if n.broken {
		out.Effect = "the object is left out"
	}
	if n.ref == (intent.Ref{}) {
		out.Object = intent.Ref{Kind: "File", Name: f.name}
		out.Effect = "the document is left out"
	}
	if n.broken && f.refused != nil {
		out.Effect = f.keptEffect("")
	}
	return out
}
