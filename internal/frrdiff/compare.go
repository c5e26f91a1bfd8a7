package frrdiff

import (
	"slices"
	"strconv"
	"strings"
)

// Difference is one line that is not as wanted.
type Difference struct {
	Context []string // blocks the line is in, outermost first
	Text    string   // the line, or the opener of a whole block; secrets in clear
	Extra   bool     // it runs and is not wanted; otherwise it is wanted and does not run
	Source  Line     // where it was written, in the text it comes from
}

// String is the difference for people, secrets left out.
func (d Difference) String() string {
	what := "missing"
	if d.Extra {
		what = "extra"
	}
	parts := make([]string, 0, len(d.Context)+1)
	for _, line := range d.Context {
		parts = append(parts, Redact(line))
	}
	return what + ": " + strings.Join(append(parts, Redact(d.Text)), " / ")
}

// Compare lists what differs between what is wanted and what a daemon has. A value
// that differs is two differences. What FRR sets by itself and cannot be without
// (host name, profile, forwarding) is no difference when nothing is wanted of it.
func Compare(want, have *Config) []Difference {
	c := comparison{want: want.Normalize(), have: have.Normalize()}
	c.block(topBlock, c.want.root, c.have.root, nil)
	return c.found
}

// Equal reports whether a daemon that has d has what c wants, in whatever order they say it.
func (c *Config) Equal(d *Config) bool { return len(Compare(c, d)) == 0 }

type comparison struct {
	want, have *Config
	found      []Difference
}

func (c *comparison) block(k kind, want, have *node, context []string) {
	for _, ch := range changes(kidsOf(have), kidsOf(want)) {
		c.change(k, ch, context)
	}
}

func (c *comparison) change(k kind, ch change, context []string) {
	have, want := ch.from, ch.to
	n := want
	if n == nil {
		n = have
	}
	bothBlocks := want != nil && have != nil && want.block && have.block
	if bothBlocks || n.block && n.kind.shared() {
		if bothBlocks && want.text != have.text {
			c.add(have, context, true)
			c.add(want, context, false)
		}
		c.block(n.kind, want, have, append(slices.Clip(context), n.text))
		return
	}
	if have != nil && !(want == nil && ambient(k, have)) && !hidden(have, want) {
		c.add(have, context, true)
	}
	if want != nil && !c.have.satisfies(k, want, have) && !hidden(have, want) {
		c.add(want, context, false)
	}
}

func (c *comparison) add(n *node, context []string, extra bool) {
	c.found = append(c.found, Difference{Context: context, Text: n.text, Extra: extra, Source: n.line})
}

// ambient reports settings that a daemon has even when nobody wrote them. They are
// set when they are wanted and otherwise left alone. So are "no" lines at top level that
// are not known: taking them back would switch something on.
func ambient(k kind, n *node) bool {
	if k != topBlock {
		return false
	}
	if text, no := bare(n.text); no {
		w := newWords(text)
		return !onByDefault(k, w) && !onSince10(k, w)
	}
	switch n.slot {
	case "hostname", "frr defaults", "ip forwarding", "ipv6 forwarding":
		return true
	}
	return false
}

// hidden reports a password that FRR shows encrypted ("service password-encryption").
func hidden(have, want *node) bool {
	return have != nil && want != nil && strings.HasPrefix(have.text, have.slot+" 8 ")
}

// satisfies reports whether a daemon that printed c does what a wanted line says,
// although it did not print it.
func (c *Config) satisfies(k kind, want, have *node) bool {
	if have != nil {
		return false
	}
	text, no := bare(want.text)
	w := newWords(text)
	switch {
	case !no:
		return c.echoed() && silentWhenOn(k, w, c.major())
	case onByDefault(k, w):
		return has(c.root.kids, "frr defaults datacenter")
	case onSince10(k, w):
		return c.major() < 10
	}
	return true
}

// major is the major version of the FRR that printed c; 0 when it was written.
func (c *Config) major() int {
	digits, _, _ := strings.Cut(c.version, ".")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}
