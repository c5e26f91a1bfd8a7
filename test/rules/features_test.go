package rules

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What docs/features.md calls the proof of a feature is there.
func TestFeaturesAreShownByTestsThatExist(t *testing.T) {
	const root = "../.."
	text, err := os.ReadFile(filepath.Join(root, "docs/features.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := testFunctions(t, root)
	quoted := regexp.MustCompile("`[^`]+`")
	named := 0
	for _, name := range quoted.FindAllString(string(text), -1) {
		name = strings.Trim(name, "`")
		switch {
		case strings.HasPrefix(name, "Test"):
			named++
			if !tests[name] {
				t.Errorf("docs/features.md: there is no test %s", name)
			}
		case strings.Contains(name, "-") && !strings.Contains(name, "/"):
			named++
			if !scenarioExists(root, name) {
				t.Errorf("docs/features.md: there is no scenario %s", name)
			}
		}
	}
	if named < 80 {
		t.Errorf("docs/features.md names only %d tests", named)
	}
}

// scenarioExists looks for an archive in the folders that hold scenarios.
func scenarioExists(root, name string) bool {
	return slices.ContainsFunc([]string{"internal/announce/testdata", "internal/announce/testdata/l2", "internal/ipam/testdata"}, func(dir string) bool {
		_, err := os.Stat(filepath.Join(root, dir, name+".txtar"))
		return err == nil
	})
}

// testFunctions are the names of all tests of the project.
func testFunctions(t *testing.T, root string) map[string]bool {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	found := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			found[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
