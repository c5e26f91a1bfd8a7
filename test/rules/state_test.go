package rules

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// clock are the functions of package time that ask what time it is, or wait.
var clock = []string{"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Sleep"}

func TestWhatDecidesHasNoClock(t *testing.T) {
	for _, p := range load(t) {
		if !anyWithin(dirOf(p), core) {
			continue
		}
		for id, used := range p.TypesInfo.Uses {
			if f, ok := used.(*types.Func); ok && f.Pkg() != nil && f.Pkg().Path() == "time" &&
				f.Signature().Recv() == nil && slices.Contains(clock, f.Name()) {
				t.Errorf("%s: time.%s: what decides is given the time, if it needs one", p.Fset.Position(id.Pos()), f.Name())
			}
		}
	}
}

func TestNoPackageVariableChanges(t *testing.T) {
	for _, p := range load(t) {
		if within(dirOf(p), "api") {
			continue // the API machinery registers types through package variables, by convention
		}
		for _, complaint := range changes(p.Fset, p.Syntax, p.TypesInfo) {
			t.Error(complaint)
		}
	}
}

// changes names the package variables that are written, or could be from
// outside. What is only read (an error, a compiled expression, a lookup table)
// is a constant that Go cannot spell.
func changes(fset *token.FileSet, files []*ast.File, info *types.Info) []string {
	var out []string
	complain := func(e ast.Expr, how string) {
		if v := packageVar(info, e); v != nil {
			out = append(out, fmt.Sprintf("%s: package variable %s %s", position(fset, e), v.Name(), how))
		}
	}
	for _, f := range files {
		for _, d := range f.Decls {
			out = append(out, exported(fset, d, info)...)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, e := range n.Lhs {
					complain(e, "is assigned to")
				}
			case *ast.IncDecStmt:
				complain(n.X, "is assigned to")
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					complain(n.X, "has its address taken")
				}
			case *ast.CallExpr:
				inspectCall(n, info, complain)
			}
			return true
		})
	}
	slices.Sort(out)
	return out
}

// inspectCall looks for calls that write what they are called on.
func inspectCall(call *ast.CallExpr, info *types.Info, complain func(ast.Expr, string)) {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		if b, ok := info.Uses[fun].(*types.Builtin); ok && slices.Contains([]string{"clear", "copy", "delete"}, b.Name()) {
			complain(call.Args[0], "is changed by "+b.Name())
		}
	case *ast.SelectorExpr:
		selection := info.Selections[fun]
		if selection == nil || selection.Kind() != types.MethodVal {
			return
		}
		method, ok := selection.Obj().(*types.Func)
		if !ok {
			return
		}
		_, wantsPointer := method.Signature().Recv().Type().(*types.Pointer)
		_, isPointer := selection.Recv().(*types.Pointer)
		if wantsPointer && !isPointer {
			complain(fun.X, "is changed by its method "+method.Name())
		}
	}
}

// exported names the variables that any package could write. Errors are for
// others to compare with, so they may be exported.
func exported(fset *token.FileSet, d ast.Decl, info *types.Info) []string {
	var out []string
	decl, ok := d.(*ast.GenDecl)
	if !ok || decl.Tok != token.VAR {
		return nil
	}
	for _, spec := range decl.Specs {
		value, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for _, name := range value.Names {
			if name.IsExported() && !types.Identical(info.Defs[name].Type(), types.Universe.Lookup("error").Type()) {
				out = append(out, fmt.Sprintf("%s: package variable %s is exported", position(fset, name), name.Name))
			}
		}
	}
	return out
}

// packageVar is the package variable that an expression writes to: x, x.f, x[i], *x.
func packageVar(info *types.Info, e ast.Expr) *types.Var {
	for {
		switch at := ast.Unparen(e).(type) {
		case *ast.IndexExpr:
			e = at.X
		case *ast.StarExpr:
			e = at.X
		case *ast.SelectorExpr:
			if info.Selections[at] == nil { // another package's
				e = at.Sel
				continue
			}
			e = at.X
		case *ast.Ident:
			v, ok := info.Uses[at].(*types.Var)
			if ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
				return v
			}
			return nil
		default:
			return nil
		}
	}
}

func position(fset *token.FileSet, n ast.Node) string {
	at := fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", filepath.Base(at.Filename), at.Line)
}

func TestChanges(t *testing.T) {
	for _, tt := range []struct {
		name string
		src  string
		want []string
	}{
		{
			name: "what is only read is a constant",
			src:  `var names = map[int]string{1: "one"}; func f() string { return names[1] }`,
		},
		{
			name: "a local variable may change",
			src:  `func f() int { x := 1; x++; p := &x; *p = 3; return x }`,
		},
		{
			name: "a local variable that hides a package variable may change",
			src:  `var x = 1; func f() int { x := x; x = 2; return x }`,
		},
		{
			name: "an assignment is a change",
			src:  `var x int; func f() { x = 1 }`,
			want: []string{"x.go:1: package variable x is assigned to"},
		},
		{
			name: "an element and a field are part of the variable",
			src:  "var m = map[int]int{}\nvar s struct{ n int }\nfunc f() {\n m[1] = 2\n s.n++\n}",
			want: []string{"x.go:4: package variable m is assigned to", "x.go:5: package variable s is assigned to"},
		},
		{
			name: "who has the address can change it",
			src:  `var x int; func f() *int { return &x }`,
			want: []string{"x.go:1: package variable x has its address taken"},
		},
		{
			name: "delete and clear are changes",
			src:  "var m = map[int]int{}\nfunc f() {\n delete(m, 1)\n clear(m)\n}",
			want: []string{"x.go:3: package variable m is changed by delete", "x.go:4: package variable m is changed by clear"},
		},
		{
			name: "a method with a pointer receiver can change its value",
			src:  `type lock struct{}; func (*lock) Lock() {}; var mu lock; func f() { mu.Lock() }`,
			want: []string{"x.go:1: package variable mu is changed by its method Lock"},
		},
		{
			name: "a method on a pointer is the pointee's affair",
			src:  `type tmpl struct{}; func (*tmpl) Execute() {}; var t = new(tmpl); func f() { t.Execute() }`,
		},
		{
			name: "an exported variable is anybody's to change",
			src:  `var Limit = 3`,
			want: []string{"x.go:1: package variable Limit is exported"},
		},
		{
			name: "an exported error is for others to compare with",
			src:  `type e struct{}; func (e) Error() string { return "" }; var ErrGone error = e{}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, "x.go", "package x; "+strings.TrimSpace(tt.src), 0)
			if err != nil {
				t.Fatal(err)
			}
			info := &types.Info{
				Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
				Selections: map[*ast.SelectorExpr]*types.Selection{},
			}
			if _, err := (&types.Config{Importer: importer.Default()}).Check("x", fset, []*ast.File{file}, info); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, changes(fset, []*ast.File{file}, info)); diff != "" {
				t.Errorf("complaints (-want +got):\n%s", diff)
			}
		})
	}
}
