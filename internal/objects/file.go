package objects

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"frr-speaker/internal/intent"
)

// placed is a unit where it stands in a file, with what it decodes to.
type placed struct {
	unit
	*result
}

// content is the decoded text of a file.
type content struct {
	units []placed
	clean bool // no unit has an error
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

// with returns the file after its text was read. Text with errors is taken for what
// is good in it only as long as the file has never been without errors: after
// that, its last good content stays.
func (f file) with(data []byte, opts Options) file {
	next := file{name: f.name, used: f.used}
	c := parse(data, f.results, opts)
	switch {
	case !c.clean && f.used != nil && f.used.clean:
		next.refused = c
	default:
		next.used = c
	}
	next.results = map[unitKey]*result{}
	for _, c := range []*content{next.used, next.refused} {
		if c == nil {
			continue
		}
		for _, p := range c.units {
			next.results[p.key()] = p.result
		}
	}
	return next
}

// parse decodes the text of a file. What it has in common with text decoded before
// is taken from there.
func parse(data []byte, known map[unitKey]*result, opts Options) *content {
	units := splitFile(data)
	out := decodeAll(units, known, opts)
	for i := 0; i < len(out); i++ {
		if whole := out[i].whole; whole != nil && out[i].broken() {
			out = joinBroken(out, *whole, known, opts)
		}
	}
	c := &content{units: out, clean: true}
	for _, p := range out {
		c.clean = c.clean && !p.broken()
	}
	return c
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
				out[i] = placed{unit: units[i], result: r}
			}
			return nil
		})
	}
	_ = g.Wait() // none of them fails
	return out
}

// joinBroken decodes a document as a whole whose items do not all stand on their
// own, which anchors and odd quoting can bring about. When that fails too, the
// items say better what is wrong.
func joinBroken(units []placed, whole unit, known map[unitKey]*result, opts Options) []placed {
	var out []placed
	joined := decodeAll([]unit{whole}, known, opts)
	for _, p := range units {
		switch {
		case p.doc != whole.doc:
			out = append(out, p)
		case joined[0].broken():
			p.whole = nil
			out = append(out, p)
		case p.line == units[firstOf(units, whole.doc)].line:
			out = append(out, joined...)
		}
	}
	return out
}

// firstOf returns the index of the first unit of a document.
func firstOf(units []placed, doc int) int {
	for i, p := range units {
		if p.doc == doc {
			return i
		}
	}
	return 0
}

// place prints where in the file a line of a unit is.
func (f file) place(u unit, line int) string {
	return fmt.Sprintf("%s:%d (document %d)", f.name, line, u.doc)
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
	line := p.line + n.line - 1
	if n.line == 0 {
		line = p.lineAt(n.path)
	}
	out := intent.Problem{
		Object: n.ref, Field: n.field, Remedy: n.remedy,
		Message: n.message + " at " + f.place(p.unit, line),
		Effect:  "the field is ignored",
	}
	if n.ref == (intent.Ref{}) {
		out.Object = intent.Ref{Kind: "File", Name: f.name}
	}
	if n.broken {
		out.Effect = "the object is left out"
		if f.refused != nil {
			out.Effect = f.keptEffect("")
		}
	}
	return out
}
