package frrdiff

import "strings"

// Difference is one line that is not as wanted.
type Difference struct {
	Context []string // blocks the line is in, outermost first
	Text    string   // the line, secrets in clear
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
	for _, line := range append(append(parts, d.Context...), d.Text) {
		parts = append(parts, Redact(line))
	}
	return what + ": " + strings.Join(parts, " / ")
}

// Compare lists what differs between what is wanted and what a daemon has, both
// after Normalize and For. It is empty when Equal.
func Compare(want, have *Config) []Difference {
	return nil
}

// Equal reports whether c and d set the same, in whatever order they say it.
func (c *Config) Equal(d *Config) bool {
	return len(Compare(c, d)) == 0
}

// Without is c as if the lines that come from one object had not been written.
func (c *Config) Without(object string) *Config {
	kept := make([]statement, 0, len(c.statements))
	for _, s := range c.statements {
		if s.line.Object != object {
			kept = append(kept, s)
		}
	}
	return &Config{statements: kept, root: build(kept, c.echoed), echoed: c.echoed}
}
