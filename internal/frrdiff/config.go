package frrdiff

import (
	"maps"
	"slices"
	"strings"
)

// Config is FRR configuration as a tree. It never changes after Parse; methods
// that derive another Config share what stays the same.
type Config struct {
	statements []statement // what was written, in order, for Without
	root       *node
	daemon     Daemon // "" when it is of all daemons
	version    string // of FRR, when a daemon printed it; "" when it was written
	normal     bool   // Normalize has been applied
}

// node is a line, or a block when block is set.
type node struct {
	slot  string // what the line sets: within a parent, one slot has one node
	text  string // the line in our spelling, with "no" when it has one
	line  Line
	kind  kind // of the block whose opener this is
	block bool
	kids  []*node
}

// echoed reports text that a daemon printed: a "no" line in it is a setting, not a wish.
func (c *Config) echoed() bool { return c.version != "" }

// Objects are the objects that lines of c come from, sorted.
func (c *Config) Objects() []string {
	seen := map[string]bool{}
	for _, s := range c.statements {
		seen[s.line.Object] = true
	}
	c.root.walk(func(n *node) { seen[n.line.Object] = true })
	delete(seen, "")
	return slices.Sorted(maps.Keys(seen))
}

// walk calls f for the nodes below n.
func (n *node) walk(f func(*node)) {
	for _, kid := range n.kids {
		f(kid)
		kid.walk(f)
	}
}

// Networks is the number of network lines in all instances.
func (c *Config) Networks() int {
	n := 0
	for _, instance := range c.root.kids {
		if instance.kind != bgpBlock {
			continue
		}
		for _, family := range instance.kids {
			for _, kid := range family.kids {
				if strings.HasPrefix(kid.text, "network ") {
					n++
				}
			}
		}
	}
	return n
}

// String is the text of c in one spelling, secrets in clear.
func (c *Config) String() string {
	text, _ := c.Text()
	return text
}

// Text is what String returns, and for each of its lines the line it comes from:
// lines[0] is the source of line 1. Lines that only close a block have no source.
func (c *Config) Text() (text string, lines []Line) {
	p := printer{}
	p.block(c.root, 0, "")
	return p.text.String(), p.lines
}

// Annotated is what String returns, with the comments by which Parse knows from which
// object a line comes. Those of a raw snippet stand among the others, as nobody's.
func (c *Config) Annotated() string {
	p := printer{annotate: true}
	p.block(c.root, 0, "")
	return p.text.String()
}

type printer struct {
	text     strings.Builder
	lines    []Line
	annotate bool
}

// block prints what is in a block, of which the lines come from an object unless a comment names another.
func (p *printer) block(n *node, depth int, object string) {
	for _, kid := range n.kids {
		from := kid.line.Object
		if !namesObject(from) {
			from = ""
		}
		if p.annotate && from != object {
			p.put(strings.TrimSpace("! "+from), Line{}, depth)
			object = from
		}
		p.print(kid, depth)
		if kid.block {
			object = "" // as Parse has it
		}
	}
}

const spaces = "          "

func (p *printer) print(n *node, depth int) {
	p.put(n.text, n.line, depth)
	if !n.block {
		return
	}
	object := n.line.Object
	if n.kind == familyBlock || !namesObject(object) {
		object = "" // as Parse has it
	}
	p.block(n, depth+1, object)
	p.put(n.kind.closer(), Line{}, depth)
}

func (p *printer) put(text string, line Line, depth int) {
	p.text.WriteString(spaces[:min(depth, len(spaces))])
	p.text.WriteString(text)
	p.text.WriteByte('\n')
	p.lines = append(p.lines, line)
}
