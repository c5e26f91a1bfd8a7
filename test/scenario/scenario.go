package scenario

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/objects"
)

// Scenario is one archive.
type Scenario struct {
	Name string // the rule: the file's name as a sentence
	// Options are what the speaker was started with.
	Options intent.Options
	// FRR is what its text says of the process. RawConfig and Hostname are filled in later.
	FRR frrconfig.Options

	file    string
	archive *txtar.Archive
	include []string // files of include/, without .yaml
	members []string // who is alive; nil: nobody watches
}

// The names of sections. Those with a slash are followed by the name of a node.
const (
	Now      = "objects.yaml"
	Before   = "before.yaml"
	problems = "problems"
	verdicts = "verdicts/"
	routes   = "routes/"
	conf     = "frr.conf/"
	answers  = "l2/"
)

// ReadAll reads every archive of a directory, sorted by name. None at all is an error.
func ReadAll(dir string) ([]*Scenario, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, fmt.Errorf("read scenarios: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("read scenarios: %s holds none", dir)
	}
	var all []*Scenario
	for _, file := range files {
		s, err := Read(file)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// Read reads an archive and the directives in its comment.
func Read(file string) (*Scenario, error) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	name := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".txtar"), "-", " ")
	s := &Scenario{Name: name, file: file, archive: archive}
	for line := range strings.Lines(string(archive.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "include":
			s.include = strings.Fields(value)
		case "load-balancer-class":
			s.Options.LoadBalancerClass = value
		case "ignore-exclude-lb":
			s.Options.IgnoreExcludeLB = value == "true"
		case "members":
			s.members = slices.DeleteFunc(strings.Fields(value), func(name string) bool { return name == "nobody" })
		case "log-level":
			s.FRR.LogLevel = value
		}
	}
	if _, err := s.Nodes(); err != nil {
		return nil, fmt.Errorf("read scenario %q: %w", name, err)
	}
	return s, nil
}

// section returns what the archive has under a name.
func (s *Scenario) section(name string) (data []byte, exists bool) {
	for _, f := range s.archive.Files {
		if f.Name == name {
			return f.Data, true
		}
	}
	return nil, false
}

// Nodes lists the nodes that the archive expects something of, sorted.
func (s *Scenario) Nodes() ([]string, error) {
	var nodes []string
	for _, f := range s.archive.Files {
		kind, node, found := strings.Cut(f.Name, "/")
		switch {
		case found && slices.Contains([]string{verdicts, routes, conf, answers}, kind+"/"):
			nodes = append(nodes, node)
		case !slices.Contains([]string{Now, Before, problems}, f.Name):
			return nil, fmt.Errorf("section %q is not known", f.Name)
		}
	}
	slices.Sort(nodes)
	nodes = slices.Compact(nodes)
	if len(nodes) == 0 {
		return nil, fmt.Errorf("nothing is expected of any node")
	}
	return nodes, nil
}

// Has reports whether the archive has a section.
func (s *Scenario) Has(section string) bool {
	_, has := s.section(section)
	return has
}

// Objects decodes one section of objects, Now or Before, and the included files.
func (s *Scenario) Objects(section string) (intent.Objects, []intent.Problem, error) {
	text, exists := s.section(section)
	if !exists && len(s.include) == 0 {
		return intent.Objects{}, nil, fmt.Errorf("scenario %q has no %s and includes nothing", s.Name, section)
	}
	texts := map[string][]byte{section: text}
	for _, name := range s.include {
		file := filepath.Join("include", name+".yaml")
		data, err := os.ReadFile(filepath.Join(filepath.Dir(s.file), file))
		if err != nil {
			return intent.Objects{}, nil, fmt.Errorf("scenario %q: %w", s.Name, err)
		}
		texts[file] = data
	}
	objs, unread := objects.DecodeAll(texts, objects.Options{Namespace: s.Options.Namespace})
	objs.Members = s.members
	return objs, unread, nil
}

// Differences says where an outcome is not what the archive expects; "" is nowhere.
func (s *Scenario) Differences(o *Outcome) string {
	var out strings.Builder
	got := o.sections()
	if !s.Has(problems) && got[problems] != "" {
		fmt.Fprintf(&out, "problems that the scenario does not list:\n%s", got[problems])
	}
	for _, f := range s.archive.Files {
		text, made := got[f.Name]
		if !made {
			continue
		}
		if diff := cmp.Diff(string(f.Data), text); diff != "" {
			fmt.Fprintf(&out, "%s (-want +got):\n%s", f.Name, diff)
		}
	}
	return out.String()
}

// Rewrite puts an outcome into the sections that the archive has, and lists problems.
func (s *Scenario) Rewrite(o *Outcome) error {
	got := o.sections()
	if !s.Has(problems) && got[problems] != "" {
		s.archive.Files = append(s.archive.Files, txtar.File{Name: problems})
	}
	for i, f := range s.archive.Files {
		if text, made := got[f.Name]; made {
			s.archive.Files[i].Data = []byte(text)
		}
	}
	text := txtar.Format(s.archive)
	if old, err := os.ReadFile(s.file); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err := os.WriteFile(s.file, text, 0o644); err != nil {
		return fmt.Errorf("rewrite scenario: %w", err)
	}
	return nil
}
