package rules

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNoTestSleeps holds that time passes by itself only in a bubble of
// testing/synctest, where it costs nothing and hides nothing.
func TestNoTestSleeps(t *testing.T) {
	seen := 0
	err := filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		seen++
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		for _, complaint := range sleeps(fset, file) {
			t.Error(complaint)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Fatal("there are no tests to look at")
	}
}

// sleeps finds the calls of time.Sleep in a file that does not use synctest.
func sleeps(fset *token.FileSet, file *ast.File) []string {
	imports := func(path string) bool {
		return slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"`+path+`"` })
	}
	if !imports("time") || imports("testing/synctest") {
		return nil
	}
	var out []string
	for n := range ast.Preorder(file) {
		call, ok := n.(*ast.SelectorExpr)
		if !ok || call.Sel.Name != "Sleep" {
			continue
		}
		if pkg, ok := call.X.(*ast.Ident); ok && pkg.Name == "time" {
			out = append(out, fmt.Sprintf("%s: poll with a deadline, or use testing/synctest", fset.Position(call.Pos())))
		}
	}
	return out
}

func TestSleeps(t *testing.T) {
	for _, tt := range []struct {
		name, src string
		want      []string
	}{
		{
			name: "a sleep is a guess",
			src:  "import \"time\"\nfunc f() { time.Sleep(1) }",
			want: []string{"x_test.go:2:12: poll with a deadline, or use testing/synctest"},
		},
		{name: "a sleep in a bubble is exact", src: `import ("time"; "testing/synctest"); func f() { time.Sleep(1); synctest.Wait() }`},
		{name: "other things may be called Sleep", src: `import "time"; type x struct{}; func (x) Sleep() {}; func f() { x{}.Sleep(); _ = time.Now }`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, "x_test.go", "package x; "+tt.src, 0)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, sleeps(fset, file)); diff != "" {
				t.Errorf("complaints (-want +got):\n%s", diff)
			}
		})
	}
}
