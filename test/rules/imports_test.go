package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// layers are the packages from top to bottom. A package imports only what
// stands below it, so nothing that was decided can depend on how it is carried out.
var layers = []string{
	"bench",
	"test",
	"cmd",
	"images",
	"hack",
	"internal/cli",
	"internal/speaker",
	"internal/reloader",
	"internal/controller",
	"internal/kube",
	"internal/objects",
	"internal/members",
	"internal/page",
	"internal/bundle",
	"internal/explain",
	"internal/simulate",
	"internal/status",
	"internal/handoff",
	"internal/vty",
	"internal/l2/rawsock",
	"internal/frrconfig",
	"internal/frrdiff",
	"internal/announce",
	"internal/ipam",
	"internal/intent",
	"internal/l2",
	"internal/bgp",
	"internal/serve",
	"internal/logging",
	"api",
}

// core are the packages that decide. They are total and deterministic.
var core = []string{
	"internal/bgp", "internal/intent", "internal/announce", "internal/ipam", "internal/frrconfig", "internal/frrdiff",
	"internal/explain", "internal/page", "internal/simulate",
	"internal/status",
}

// A ban keeps packages from importing something.
type ban struct {
	who  []string // packages, with all below them
	what []string // import paths; with /... all below them too
	why  string
}

var bans = []ban{
	{
		who: core,
		what: []string{
			"os/...", "net", "net/http/...", "syscall", "golang.org/x/sys/...", "io/ioutil", "path/filepath",
			"math/rand/...", "crypto/rand", "context", "log",
		},
		why: "what decides does no I/O and gives the same answer to the same question",
	},
	{
		who:  slices.DeleteFunc(slices.Clone(core), func(p string) bool { return p == "internal/bgp" }),
		what: []string{"log/slog"},
		why:  "what decides returns what there is to say; the caller logs it",
	},
	{
		who:  []string{"internal/bgp"},
		what: []string{"frr-speaker/...", "third-party"},
		why:  "the vocabulary of the project is a leaf",
	},
	{
		who:  []string{"api"},
		what: []string{"frr-speaker/internal/...", "k8s.io/client-go/..."},
		why:  "others import the API types, and want nothing else with them",
	},
	{
		who: []string{
			"internal/announce", "internal/frrconfig", "internal/frrdiff", "internal/handoff", "internal/vty",
			"internal/l2", "internal/bgp", "internal/reloader",
		},
		what: []string{"frr-speaker/api/...", "k8s.io/api/..."},
		why:  "intent is the last package that sees API types",
	},
	{
		who:  []string{"internal/frrconfig", "internal/frrdiff", "internal/vty", "internal/handoff", "internal/reloader"},
		what: []string{"frr-speaker/internal/intent", "k8s.io/..."},
		why:  "what knows FRR knows nothing of Kubernetes",
	},
	{
		who:  []string{"internal/speaker", "internal/controller", "internal/cli", "internal/kube"},
		what: []string{"frr-speaker/internal/reloader", "frr-speaker/internal/vty"},
		why:  "the two processes of a pod share the handoff directory and nothing else",
	},
	{
		who:  []string{"internal/reloader"},
		what: []string{"frr-speaker/internal/announce", "frr-speaker/internal/objects", "frr-speaker/internal/kube"},
		why:  "the two processes of a pod share the handoff directory and nothing else",
	},
}

// forTests reports whether a package exists for tests. Such packages end in
// "test", as those of the standard library do, and stand beside what they imitate.
func forTests(pkg string) bool {
	return anyWithin(pkg, []string{"bench", "test"}) || strings.HasSuffix(pkg, "test")
}

// testOnly is what stays out of the binaries, with all packages that are for tests.
var testOnly = []string{"testing/...", "github.com/google/go-cmp/...", "github.com/osrg/gobgp/..."}

// layerOf is a package's place in the list of layers, -1 if it has none.
func layerOf(pkg string) int {
	if forTests(pkg) && !within(pkg, "bench") {
		return slices.Index(layers, "test")
	}
	return slices.IndexFunc(layers, func(l string) bool { return within(pkg, l) })
}

// An owner is the only package to import something outside the project.
type owner struct {
	what []string
	who  []string
	why  string
}

var owners = []owner{
	{
		what: []string{"k8s.io/client-go/...", "sigs.k8s.io/controller-runtime/..."},
		who:  []string{"internal/kube", "internal/controller"},
		why:  "one place speaks to the API server",
	},
	{
		what: []string{"os/exec"},
		who:  []string{"internal/reloader"},
		why:  "frr-reloader supervises FRR; nobody else starts a process",
	},
	{
		what: []string{"text/template", "github.com/Masterminds/sprig/..."},
		who:  []string{"internal/frrconfig"},
		why:  "only FRR's configuration is made from text templates",
	},
	{
		what: []string{"html/template"},
		who:  []string{"internal/page"},
		why:  "there is one page",
	},
	{
		what: []string{"github.com/hashicorp/memberlist/..."},
		who:  []string{"internal/members"},
		why:  "membership is wire-compatible in one place",
	},
	{
		what: []string{"github.com/vishvananda/netlink/...", "github.com/mdlayher/packet/..."},
		who:  []string{"internal/l2/rawsock"},
		why:  "what decides about layer 2 is told of links and packets, and runs where there is no Linux",
	},
	{
		what: []string{"github.com/spf13/cobra/..."},
		who:  []string{"internal/cli", "cmd"},
		why:  "flags end where the work begins",
	},
}

func TestPackagesImportOnlyWhatTheirLayerAllows(t *testing.T) {
	for _, complaint := range importComplaints(loadGraph(t)) {
		t.Error(complaint)
	}
}

// graph is what each package of the project imports, without its tests. Keys
// are folders of the repository, values import paths.
type graph map[string][]string

func importComplaints(g graph) []string {
	var out []string
	for pkg, imports := range g {
		layer := layerOf(pkg)
		if layer < 0 {
			out = append(out, pkg+" has no place in the list of layers; give it one")
			continue
		}
		for _, path := range imports {
			out = append(out, complaintsAbout(pkg, layer, path)...)
		}
	}
	slices.Sort(out)
	return out
}

func complaintsAbout(pkg string, layer int, path string) []string {
	var out []string
	below, ours := strings.CutPrefix(path, module+"/")
	if ours {
		if at := layerOf(below); at < layer && at >= 0 {
			out = append(out, fmt.Sprintf("%s imports %s, which stands above it", pkg, below))
		}
	}
	for _, b := range bans {
		if anyWithin(pkg, b.who) && !forTests(pkg) && anyMatch(path, b.what) {
			out = append(out, fmt.Sprintf("%s imports %s: %s", pkg, path, b.why))
		}
	}
	if !forTests(pkg) && (ours && forTests(below) || anyMatch(path, testOnly)) {
		out = append(out, fmt.Sprintf("%s imports %s: test code does not ship", pkg, path))
	}
	for _, o := range owners {
		if anyMatch(path, o.what) && !anyWithin(pkg, o.who) && !forTests(pkg) {
			out = append(out, fmt.Sprintf("%s imports %s, which is for %s: %s", pkg, path, strings.Join(o.who, ", "), o.why))
		}
	}
	return out
}

// within reports whether a folder is another one or below it.
func within(dir, parent string) bool {
	return dir == parent || strings.HasPrefix(dir, parent+"/")
}

func anyWithin(dir string, parents []string) bool {
	return slices.ContainsFunc(parents, func(p string) bool { return within(dir, p) })
}

// anyMatch reports whether a pattern covers an import path. "third-party" is
// everything but the project and the standard library.
func anyMatch(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if p == "third-party" {
			first, _, _ := strings.Cut(path, "/")
			return strings.Contains(first, ".")
		}
		if parent, ok := strings.CutSuffix(p, "/..."); ok {
			return within(path, parent)
		}
		return path == p
	})
}

func TestImportComplaints(t *testing.T) {
	for _, tt := range []struct {
		name string
		g    graph
		want []string
	}{
		{
			name: "a package may import what stands below it",
			g:    graph{"internal/announce": {"net/netip", module + "/internal/bgp", module + "/internal/intent"}},
		},
		{
			name: "a package must not import what stands above it",
			g:    graph{"internal/intent": {module + "/internal/announce"}},
			want: []string{"internal/intent imports internal/announce, which stands above it"},
		},
		{
			name: "a package without a layer is asked for one",
			g:    graph{"internal/new": nil},
			want: []string{"internal/new has no place in the list of layers; give it one"},
		},
		{
			name: "a package below a layer is part of it",
			g:    graph{"internal/frrdiff/tree": {"os"}},
			want: []string{"internal/frrdiff/tree imports os: what decides does no I/O and gives the same answer to the same question"},
		},
		{
			name: "net/netip is not net",
			g:    graph{"internal/bgp": {"net/netip", "net"}},
			want: []string{"internal/bgp imports net: what decides does no I/O and gives the same answer to the same question"},
		},
		{
			name: "the leaf imports nothing from outside the standard library",
			g:    graph{"internal/bgp": {"golang.org/x/exp/maps"}},
			want: []string{"internal/bgp imports golang.org/x/exp/maps: the vocabulary of the project is a leaf"},
		},
		{
			name: "what has an owner is for the owner",
			g:    graph{"internal/kube": {"k8s.io/client-go/informers"}, "internal/objects": {"k8s.io/client-go/informers"}},
			want: []string{"internal/objects imports k8s.io/client-go/informers, which is for internal/kube, internal/controller: one place speaks to the API server"},
		},
		{
			name: "a package for tests may import testing and is not for others",
			g:    graph{"internal/vty/vtytest": {"testing"}, "internal/reloader": {module + "/internal/vty/vtytest"}},
			want: []string{
				"internal/reloader imports frr-speaker/internal/vty/vtytest: test code does not ship",
				"internal/reloader imports internal/vty/vtytest, which stands above it",
			},
		},
		{
			name: "a binary does not import the tests",
			g:    graph{"cmd/speaker": {module + "/test/lab"}},
			want: []string{
				"cmd/speaker imports frr-speaker/test/lab: test code does not ship",
				"cmd/speaker imports test/lab, which stands above it",
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, importComplaints(tt.g)); diff != "" {
				t.Errorf("complaints (-want +got):\n%s", diff)
			}
		})
	}
}
