package explain

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/l2"
)

// way is one way in which a service is not announced.
type way struct {
	heading string
	prose   string
	order   int
	include []string
	service string
	reason  string
	silent  bool // status objects cannot say it

	file    string
	archive *txtar.Archive
}

func readWays(t *testing.T) []*way {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives in testdata: %v", err)
	}
	var ways []*way
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		ways = append(ways, newWay(t, file, archive))
	}
	slices.SortFunc(ways, func(a, b *way) int { return a.order - b.order })
	return ways
}

func newWay(t *testing.T, file string, archive *txtar.Archive) *way {
	t.Helper()
	name := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".txtar"), "-", " ")
	w := &way{heading: strings.ReplaceAll(strings.ToUpper(name[:1])+name[1:], "Frr", "FRR"), service: "default/web", file: file, archive: archive}
	prose, directives, found := strings.Cut(string(archive.Comment), "\n\n")
	if !found {
		t.Fatalf("%s: the comment is not a text, an empty line and directives", file)
	}
	w.prose = strings.TrimSpace(prose)
	for line := range strings.Lines(directives) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "order":
			w.order, _ = strconv.Atoi(value)
		case "include":
			w.include = strings.Fields(value)
		case "service":
			w.service = value
		case "reason":
			w.reason = value
		case "status":
			w.silent = value == "none"
		case "":
		default:
			t.Fatalf("%s: directive %q is not known", file, key)
		}
	}
	if w.order == 0 || w.reason == "" {
		t.Fatalf("%s: there is no order or no reason", file)
	}
	return w
}

func (w *way) section(name string) (string, bool) {
	for _, f := range w.archive.Files {
		if f.Name == name {
			return string(f.Data), true
		}
	}
	return "", false
}

// texts are the files of objects, the included ones too.
func (w *way) texts(t *testing.T, section string) map[string][]byte {
	t.Helper()
	text, _ := w.section(section)
	texts := map[string][]byte{"objects.yaml": []byte(text)}
	for _, name := range w.include {
		data, err := os.ReadFile(filepath.Join("testdata", "include", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		texts[name+".yaml"] = data
	}
	return texts
}

// result is what frr-reloader of a node reports, if the archive says anything about it.
func (w *way) result(t *testing.T, node string) (handoff.Result, bool) {
	t.Helper()
	text, told := w.section("result/" + node)
	var r handoff.Result
	if told {
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatalf("%s: result/%s: %v", w.file, node, err)
		}
	}
	return r, told
}

// links are what became of addresses on a node.
func (w *way) links(t *testing.T, node string) []l2.Report {
	t.Helper()
	text, _ := w.section("links/" + node)
	var out []l2.Report
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		report := l2.Report{Addr: netip.MustParseAddr(words[0])}
		switch {
		case len(words) == 3 && words[1] == "unfit":
			report.Unfit = []l2.UnfitLink{{Name: words[2], Reason: l2.UnfitAbsent}}
		case len(words) == 4 && words[1] == "conflict":
			report.Links = []string{words[2]}
			report.Conflicts = []l2.Conflict{{Link: words[2], MAC: mac(t, words[3])}}
		default:
			t.Fatalf("%s: links/%s: %q is not understood", w.file, node, line)
		}
		out = append(out, report)
	}
	return out
}

func mac(t *testing.T, text string) l2.MAC {
	t.Helper()
	var m l2.MAC
	for i, part := range strings.Split(text, ":") {
		n, err := strconv.ParseUint(part, 16, 8)
		if err != nil || i >= len(m) {
			t.Fatalf("%q is no MAC", text)
		}
		m[i] = byte(n)
	}
	return m
}

// produced are the sections that are compared with what the code says.
var produced = []string{"explain", "events", "status", "metrics", "page"}

// rewrite puts what the code says into the archive.
func (w *way) rewrite(t *testing.T, got map[string]string) {
	t.Helper()
	kept := slices.DeleteFunc(w.archive.Files, func(f txtar.File) bool { return slices.Contains(produced, f.Name) })
	for _, name := range produced {
		kept = append(kept, txtar.File{Name: name, Data: []byte(got[name])})
	}
	w.archive.Files = kept
	if err := os.WriteFile(w.file, txtar.Format(w.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

func lines(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return strings.Join(list, "\n") + "\n"
}

// joined is every text of a directory as one, for messages.
func joined(texts map[string][]byte) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		fmt.Fprintf(&b, "%s:\n%s", name, texts[name])
	}
	return b.String()
}
