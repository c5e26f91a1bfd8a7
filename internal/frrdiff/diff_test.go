package frrdiff

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the scripts in testdata/diff")

// TestDiff compares scripts with those in testdata/diff. Each file says in its first line
// what it shows.
func TestDiff(t *testing.T) {
	files, err := filepath.Glob("testdata/diff/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test data: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(a.Files) != 3 {
				t.Fatalf("%s: want from, to and script", file)
			}
			from, to := mustParse(t, string(a.Files[0].Data)), mustParse(t, string(a.Files[1].Data))
			got := describe(Diff(from, to))
			if *update {
				a.Files[2].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(a.Files[2].Data), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", strings.TrimSpace(string(a.Comment)), diff)
			}
		})
	}
}

// describe is a script with the objects that its lines come from, and what it resets.
func describe(s Script) string {
	var b strings.Builder
	for _, step := range s {
		b.WriteString("# " + step.Phase.String())
		if step.Atomic {
			b.WriteString(", atomic")
		}
		b.WriteString("\n")
		for _, c := range step.Commands {
			for _, opener := range c.Context {
				b.WriteString(opener + " / ")
			}
			b.WriteString(c.Text)
			if c.Source.Object != "" {
				b.WriteString("   <- " + c.Source.Object)
			}
			b.WriteString("\n")
		}
	}
	for _, reset := range s.Resets() {
		b.WriteString("# resets " + reset + "\n")
	}
	return b.String()
}

func mustParse(t testing.TB, text string) *Config {
	t.Helper()
	c, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestScriptLenCountsCommands(t *testing.T) {
	s := Script{{Commands: make([]Command, 2)}, {Commands: make([]Command, 3)}}
	if got := s.Len(); got != 5 {
		t.Errorf("Len() = %d, want 5", got)
	}
}

func TestSourceOfARemovalIsInFrom(t *testing.T) {
	from := mustParse(t, "log stdout\nip route 10.0.0.0/8 Null0\n")
	s := Diff(from, mustParse(t, "log stdout\n"))
	want := Line{Number: 2, Text: "ip route 10.0.0.0/8 Null0"}
	if diff := cmp.Diff(want, s[0].Commands[0].Source); diff != "" {
		t.Errorf("source (-want +got):\n%s", diff)
	}
}
