package objects

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the expected part of testdata")

func TestProblemsNameFileDocumentAndLine(t *testing.T) {
	name := filepath.Join("testdata", "problems.txtar")
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	last := len(archive.Files) - 1
	texts := map[string][]byte{}
	for _, f := range archive.Files[:last] {
		texts[f.Name] = f.Data
	}
	_, problems := DecodeAll(texts, Options{})
	var got strings.Builder
	for _, p := range problems {
		got.WriteString(p.String() + "\n")
	}
	for _, secret := range []string{"31337", "hunter2", "s3cr3t!"} {
		if strings.Contains(got.String(), secret) {
			t.Errorf("a problem repeats the value %q:\n%s", secret, got.String())
		}
	}
	if *update {
		archive.Files[last].Data = []byte(got.String())
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(archive.Files[last].Data), got.String()); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
