package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// root is that of the repository.
const root = "../.."

// command is a command line of a page.
type command struct {
	page string
	line string
}

// programs are what command lines begin with.
var programs = []string{
	"bin/frr-reloader", "bin/speaker", "cat", "docker", "frr-reloader", "go", "helm", "kubectl", "make", "mkdir", "promtool", "skopeo", "speaker",
}

var (
	// setting is a variable of the environment before a program.
	setting = regexp.MustCompile(`^[A-Z_]+=\S+ +`)
	// remark is what a line says to people.
	remark = regexp.MustCompile(`\s+#\s.*$`)
	// span is code within a text, over two lines at most.
	span = regexp.MustCompile("`([^`\n]+(?:\n[^`\n]+)?)`")
	// fence opens and closes a block of code.
	fence = regexp.MustCompile("^ *```([a-z]*)")
)

// isCommand tells command lines from other code by their program.
func isCommand(line string) bool {
	for setting.MatchString(line) {
		line = setting.ReplaceAllString(line, "")
	}
	first, _, _ := strings.Cut(line, " ")
	return slices.Contains(programs, first)
}

// commandsOf collects the command lines of a page: lines with a $ in fenced blocks,
// indented blocks, and code within the text that has at least two words behind its program.
// Other indented blocks are returned by their first line.
func commandsOf(page, text string) (commands []command, others []string) {
	add := func(line string) {
		commands = append(commands, command{page, strings.TrimSpace(remark.ReplaceAllString(line, ""))})
	}
	var prose strings.Builder
	fenced, block := false, blockNone
	above := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		code := strings.TrimSpace(line)
		switch {
		case fence.MatchString(line):
			fenced, block = !fenced, blockNone
		case fenced:
			if entered, is := strings.CutPrefix(code, "$ "); is {
				add(entered)
			}
		case strings.HasPrefix(line, "    ") && (above == "" || block != blockNone):
			switch {
			case block == blockNone && isCommand(code):
				block = blockCommands
			case block == blockNone:
				block = blockOther
				others = append(others, code)
			}
			if block == blockCommands && !strings.HasPrefix(code, "#") {
				add(code)
			}
		case code != "":
			block = blockNone
			prose.WriteString(line)
		}
		prose.WriteString("\n")
		above = code
	}
	for _, match := range span.FindAllStringSubmatch(prose.String(), -1) {
		code := strings.Join(strings.Fields(match[1]), " ")
		if isCommand(code) && strings.Count(code, " ") > 1 {
			add(code)
		}
	}
	return commands, others
}

// What an indented block is.
const (
	blockNone = iota
	blockCommands
	blockOther
)

// pages are all pages that people read, by name.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "testdata" || len(name) > 2 && name[0] == '.'):
			return fs.SkipDir
		case filepath.Ext(name) != ".md" || name == "CHANGELOG.md":
			return nil
		}
		text, err := os.ReadFile(path)
		relative, _ := filepath.Rel(root, path)
		all[filepath.ToSlash(relative)] = string(text)
		return err
	})
	if err != nil || len(all) < 15 {
		t.Fatalf("%d pages, error %v", len(all), err)
	}
	return all
}

func TestCommandsOfAPage(t *testing.T) {
	const page = "Read `kubectl get` and `kubectl get nodes -o\nwide`, `make test`.\n\n" +
		"    kubectl apply -f a.yaml   # at once\n    # nothing\n    A=1 B=2 make images\n\nText:\n    not code\n\n" +
		"    rules:\n    - kubectl is no command here\n\n1. A step:\n\n       helm install a b\n\n" +
		"```console\n$ speaker render | cat\nkubectl prints this\n```\n\n```yaml\nmake: one two\n```\n"
	var got []string
	commands, others := commandsOf("a.md", page)
	for _, c := range commands {
		got = append(got, c.line)
	}
	want := []string{"kubectl apply -f a.yaml", "A=1 B=2 make images", "helm install a b", "speaker render | cat", "kubectl get nodes -o wide"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"rules:"}, others); diff != "" {
		t.Errorf("other blocks (-want +got):\n%s", diff)
	}
}
