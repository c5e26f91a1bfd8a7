package announce_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/intent"
	"frr-speaker/test/frrcheck"
)

var update = flag.Bool("update", false, "rewrite what the scenarios in testdata expect")

// TestScenarios runs every archive of testdata; testdata/README.md explains them.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d scenarios, %v", len(files), err)
	}
	renderer, err := frrconfig.New()
	if err != nil {
		t.Fatal(err)
	}
	var frr frrcheck.Checker
	for _, file := range files {
		name := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".txtar"), "-", " ")
		t.Run(name, func(t *testing.T) {
			s := readScenario(t, file)
			got := s.run(t, renderer)
			if *update {
				s.rewrite(t, got)
			}
			s.compare(t, got)
			s.load(t, &frr)
		})
	}
}

// scenario is one archive.
type scenario struct {
	file    string
	archive *txtar.Archive
	include []string // files of testdata/include, without .yaml
	options intent.Options
}

// readScenario reads an archive and the directives in its comment.
func readScenario(t *testing.T, file string) *scenario {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := &scenario{file: file, archive: archive}
	for line := range strings.Lines(string(archive.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "include":
			s.include = strings.Fields(value)
		case "load-balancer-class":
			s.options.LoadBalancerClass = value
		case "ignore-exclude-lb":
			s.options.IgnoreExcludeLB = value == "true"
		}
	}
	return s
}

// section returns what the archive has under a name.
func (s *scenario) section(name string) (data []byte, exists bool) {
	for _, f := range s.archive.Files {
		if f.Name == name {
			return f.Data, true
		}
	}
	return nil, false
}

// run returns what each section of the archive that expects something should be.
func (s *scenario) run(t *testing.T, renderer *frrconfig.Renderer) map[string]string {
	t.Helper()
	want, problems := s.intent(t)
	got := map[string]string{}
	for _, node := range s.nodes(t) {
		state := announce.Decide(want, node)
		problems = append(problems, state.Problems...)
		got["verdicts/"+node] = verdictText(state.Verdicts)
		got["routes/"+node] = routeText(state.BGP)
		text, err := renderer.Render(state.BGP, frrconfig.Options{Hostname: node, RawConfig: want.RawConfig})
		if err != nil {
			t.Fatal(err)
		}
		got["frr.conf/"+node] = string(text)
	}
	got["problems"] = problemText(problems)
	return got
}

// intent parses the objects of the archive, after those from before if it has any.
func (s *scenario) intent(t *testing.T) (*intent.Intent, []intent.Problem) {
	t.Helper()
	var prev *intent.Intent
	if before, exists := s.section("before.yaml"); exists {
		objs, _ := s.objects(t, "before.yaml", before)
		prev, _ = intent.Parse(objs, s.options, nil)
	}
	now, exists := s.section("objects.yaml")
	if !exists && len(s.include) == 0 {
		t.Fatal("no objects.yaml and no include")
	}
	objs, unread := s.objects(t, "objects.yaml", now)
	want, problems := intent.Parse(objs, s.options, prev)
	return want, append(unread, problems...)
}

// nodes lists the nodes that the archive expects something of, sorted.
func (s *scenario) nodes(t *testing.T) []string {
	t.Helper()
	var nodes []string
	for _, f := range s.archive.Files {
		kind, node, found := strings.Cut(f.Name, "/")
		switch {
		case found && slices.Contains([]string{"verdicts", "routes", "frr.conf"}, kind):
			nodes = append(nodes, node)
		case !slices.Contains([]string{"objects.yaml", "before.yaml", "problems"}, f.Name):
			t.Fatalf("section %q is not known", f.Name)
		}
	}
	slices.Sort(nodes)
	nodes = slices.Compact(nodes)
	if len(nodes) == 0 {
		t.Fatal("nothing is expected of any node")
	}
	return nodes
}

func (s *scenario) compare(t *testing.T, got map[string]string) {
	t.Helper()
	if _, listed := s.section("problems"); !listed && got["problems"] != "" {
		t.Errorf("problems that the scenario does not list:\n%s", got["problems"])
	}
	for _, f := range s.archive.Files {
		text, made := got[f.Name]
		if !made {
			continue
		}
		if diff := cmp.Diff(string(f.Data), text); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name, diff)
		}
	}
}

// rewrite puts what is into the sections that the archive has, and lists problems.
func (s *scenario) rewrite(t *testing.T, got map[string]string) {
	t.Helper()
	if _, listed := s.section("problems"); !listed && got["problems"] != "" {
		s.archive.Files = append(s.archive.Files, txtar.File{Name: "problems"})
	}
	for i, f := range s.archive.Files {
		if text, made := got[f.Name]; made {
			s.archive.Files[i].Data = []byte(text)
		}
	}
	text := txtar.Format(s.archive)
	if old, err := os.ReadFile(s.file); err == nil && bytes.Equal(old, text) {
		return
	}
	if err := os.WriteFile(s.file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// load lets FRR read every configuration of the archive.
func (s *scenario) load(t *testing.T, frr *frrcheck.Checker) {
	t.Helper()
	for _, f := range s.archive.Files {
		if !strings.HasPrefix(f.Name, "frr.conf/") {
			continue
		}
		complaints, err := frr.Complaints(t.Context(), f.Data)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range complaints {
			t.Errorf("FRR on %s: %s", f.Name, c)
		}
	}
}

func problemText(problems []intent.Problem) string {
	var b strings.Builder
	for _, p := range intent.SortProblems(problems) {
		fmt.Fprintln(&b, p)
	}
	return b.String()
}
