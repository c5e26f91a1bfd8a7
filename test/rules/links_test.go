package rules

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// prose is what people read of a page: no code, which may have brackets of its own.
type prose struct {
	text    string
	anchors []string
}

var (
	fenced  = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	quoted  = regexp.MustCompile("`[^`\n]*`")
	linked  = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	// slugless is what GitHub drops from a heading to make its anchor.
	slugless = regexp.MustCompile(`[^\p{L}\p{N}_\- ]`)
	// file is a path of the repository as text and comments name it.
	file = regexp.MustCompile(`(?:^|[\s` + "`" + `])((?:docs|deploy|examples|bench|hack|test|internal)/[\w./-]+\.(?:md|yaml|json|svg|png))`)
)

// pages are all pages of the repository by their paths.
func pages(t *testing.T) map[string]prose {
	t.Helper()
	const root = "../.."
	all := map[string]prose{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return filepath.SkipDir
		case filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		all[filepath.ToSlash(name)] = read(string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("only %d pages were found", len(all))
	}
	return all
}

func read(text string) prose {
	p := prose{text: fenced.ReplaceAllString(text, "")}
	times := map[string]int{}
	for _, m := range heading.FindAllStringSubmatch(p.text, -1) {
		words := linked.ReplaceAllString(strings.ReplaceAll(m[1], "[", ""), "")
		slug := strings.ReplaceAll(slugless.ReplaceAllString(strings.ToLower(strings.TrimSpace(words)), ""), " ", "-")
		if times[slug]++; times[slug] > 1 {
			slug += "-" + strconv.Itoa(times[slug]-1)
		}
		p.anchors = append(p.anchors, slug)
	}
	return p
}

// links are the targets of a page inside the repository, relative to its root.
func (p prose) links(page string) []string {
	var all []string
	for _, m := range linked.FindAllStringSubmatch(quoted.ReplaceAllString(p.text, ""), -1) {
		u, err := url.Parse(m[1])
		if err == nil && u.Scheme != "" {
			continue
		}
		target, anchor, _ := strings.Cut(m[1], "#")
		if target == "" {
			target = page
		} else {
			target = filepath.ToSlash(filepath.Join(filepath.Dir(page), target))
		}
		all = append(all, target+"#"+anchor)
	}
	return all
}

// Each link of a page leads to a file that is there, and to a heading that is there.
func TestLinksOfPagesLeadSomewhere(t *testing.T) {
	all, seen := pages(t), 0
	for page, p := range all {
		for _, link := range p.links(page) {
			seen++
			target, anchor, _ := strings.Cut(link, "#")
			if _, err := os.Stat(filepath.Join("../..", target)); err != nil {
				t.Errorf("%s links to %s, which is not there", page, target)
				continue
			}
			if anchor != "" && !slices.Contains(all[target].anchors, anchor) {
				t.Errorf("%s links to %s#%s, and there is no such heading", page, target, anchor)
			}
		}
		for _, m := range file.FindAllStringSubmatch(p.text, -1) {
			if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
				t.Errorf("%s speaks of %s, which is not there", page, m[1])
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d links were found", seen)
	}
}

// Whoever begins at README.md finds every page of docs.
func TestEveryPageIsReachedFromTheFirst(t *testing.T) {
	all := pages(t)
	reached := map[string]bool{"README.md": true}
	for next := []string{"README.md"}; len(next) > 0; next = next[1:] {
		for _, link := range all[next[0]].links(next[0]) {
			target, _, _ := strings.Cut(link, "#")
			if _, is := all[target]; is && !reached[target] {
				reached[target] = true
				next = append(next, target)
			}
		}
	}
	for page := range all {
		if strings.HasPrefix(page, "docs/") && !reached[page] {
			t.Errorf("no way leads from README.md to %s", page)
		}
	}
}

// A test that a page calls a proof is there.
func TestPagesNameTestsThatExist(t *testing.T) {
	tests, named := testFunctions(t, "../.."), 0
	for page, p := range pages(t) {
		for _, m := range regexp.MustCompile("`(Test[A-Z]\\w+)`").FindAllStringSubmatch(p.text, -1) {
			named++
			if !tests[m[1]] {
				t.Errorf("%s: there is no test %s", page, m[1])
			}
		}
	}
	if named < 100 {
		t.Errorf("only %d tests are named", named)
	}
}

func TestAnchorsAreThoseOfGitHub(t *testing.T) {
	got := read("# Who writes what\n\n## What `make` does: a, b_c\n\n```\n# no heading\n```\n\n## Who writes what\n").anchors
	want := []string{"who-writes-what", "what-make-does-a-b_c", "who-writes-what-1"}
	if !slices.Equal(got, want) {
		t.Errorf("anchors are %q, want %q", got, want)
	}
}
