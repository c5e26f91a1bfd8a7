package rules

import (
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/go/packages"
)

const module = "frr-speaker"

// load reads every package of the project once: what it imports, its syntax and
// its types, without tests. A package that does not compile fails the test.
func load(t *testing.T) []*packages.Package {
	t.Helper()
	pkgs, err := loadOnce()
	if err != nil {
		t.Fatalf("load the packages of the project: %v", err)
	}
	if len(pkgs) == 0 {
		t.Fatal("there are no packages to look at; does `go list ./...` work?")
	}
	for _, p := range pkgs {
		if len(p.Errors) > 0 {
			t.Errorf("%s does not build: %v", dirOf(p), p.Errors[0])
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	return pkgs
}

var loadOnce = sync.OnceValues(func() ([]*packages.Package, error) {
	return packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedSyntax |
			packages.NeedTypes | packages.NeedTypesInfo,
		Dir: "../..",
	}, "./...")
})

func loadGraph(t *testing.T) graph {
	t.Helper()
	g := graph{}
	for _, p := range load(t) {
		imports := []string{}
		for path := range p.Imports {
			imports = append(imports, path)
		}
		g[dirOf(p)] = imports
	}
	return g
}

// dirOf is a package's folder, relative to the root of the repository.
func dirOf(p *packages.Package) string {
	return strings.TrimPrefix(p.PkgPath, module+"/")
}
