package rules

import (
	"go/ast"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// vague are package names that say nothing about what is inside.
var vague = []string{"base", "common", "helper", "helpers", "lib", "misc", "shared", "types", "util", "utils"}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range load(t) {
		if slices.Contains(vague, p.Name) {
			t.Errorf("%s: the name %q says nothing; name the package after what it knows", dirOf(p), p.Name)
		}
		file, text := packageComment(p.GoFiles, p.Syntax)
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command " + filepath.Base(dirOf(p)) + " "
		}
		if !strings.HasPrefix(text, want) {
			t.Errorf("%s: no package comment that starts with %q", dirOf(p), want)
			continue
		}
		if p.Name != "main" && file != "doc.go" {
			t.Errorf("%s: the package comment is in %s; people look for it in doc.go", dirOf(p), file)
		}
	}
}

// packageComment returns the first package comment and the name of its file.
func packageComment(names []string, files []*ast.File) (name, text string) {
	for i, f := range files {
		if f.Doc != nil {
			return filepath.Base(names[i]), f.Doc.Text()
		}
	}
	return "", ""
}
