package frrdiff

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// seeds are the configurations of testdata/diff.
func seeds(f *testing.F) [][2]string {
	f.Helper()
	files, err := filepath.Glob("testdata/diff/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	var pairs [][2]string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		a := txtar.Parse(data)
		pairs = append(pairs, [2]string{string(a.Files[0].Data), string(a.Files[1].Data)})
	}
	return pairs
}

// FuzzParse: whatever is read, each line that is printed has its source, and normal form
// is normal.
func FuzzParse(f *testing.F) {
	for _, pair := range seeds(f) {
		f.Add([]byte(pair[0]))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		printed, lines := c.Text()
		if n := countLines(printed); n != len(lines) {
			t.Fatalf("%d lines and %d sources", n, len(lines))
		}
		normal := c.Normalize()
		if again := normal.Normalize(); again != normal {
			t.Error("normal form is not kept")
		}
		for _, d := range []Daemon{Zebra, Bgpd, Bfdd, Staticd} {
			c.For(d, Layout{}).Normalize()
		}
		for _, object := range c.Objects() {
			c.Without(object)
		}
	})
}

func countLines(text string) int {
	n := 0
	for _, c := range text {
		if c == '\n' {
			n++
		}
	}
	return n
}

// FuzzDiff: nothing is to be done between equals, and what is to be done is always
// something that can be said to a vty.
func FuzzDiff(f *testing.F) {
	for _, pair := range seeds(f) {
		f.Add([]byte(pair[0]), []byte(pair[1]))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		from, err := Parse(a)
		if err != nil {
			return
		}
		to, err := Parse(b)
		if err != nil {
			return
		}
		for _, c := range []*Config{from, to} {
			if s := Diff(c, c); s.Len() > 0 {
				t.Fatalf("a configuration differs from itself by %q", s[0].Commands[0].Text)
			}
			if d := Compare(c, c); len(d) > 0 {
				t.Fatalf("a configuration differs from itself: %v", d[0])
			}
		}
		script := Diff(from, to)
		script.Resets()
		phase := Prepare
		for _, step := range script {
			if step.Phase < phase || len(step.Commands) == 0 {
				t.Fatalf("step of phase %v after %v with %d commands", step.Phase, phase, len(step.Commands))
			}
			phase = step.Phase
			for _, c := range step.Commands {
				if why := badLine(c.Text); why != "" || c.Text == "" || c.Text == "exit" || c.Text == "end" {
					t.Fatalf("cannot say %q: %s", c.Text, why)
				}
			}
		}
	})
}
