package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"frr-speaker/test/flagdoc"
)

func TestThePageOfFlagsIsTrue(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "flags.md"))
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	root := newRoot(Process{Getenv: func(name string) string {
		asked = append(asked, name)
		return ""
	}})
	var flags []*pflag.Flag
	add := func(f *pflag.Flag) { flags = append(flags, f) }
	root.PersistentFlags().VisitAll(add)
	root.Flags().VisitAll(add)
	for _, cmd := range root.Commands() {
		cmd.LocalNonPersistentFlags().VisitAll(add)
	}
	for _, wrong := range flagdoc.Differences(string(page), "Flags and environment of speaker", flags) {
		t.Error(wrong)
	}
	var documented []string
	part, _, _ := strings.Cut(string(page), "\n# ")
	for _, m := range regexp.MustCompile("(?m)^\\|[^|]*\\| `([A-Z][A-Z0-9_]+)` \\|").FindAllStringSubmatch(part, -1) {
		documented = append(documented, m[1])
	}
	slices.Sort(asked)
	slices.Sort(documented)
	if diff := cmp.Diff(slices.Compact(asked), documented); diff != "" {
		t.Errorf("variables that speaker reads (-) and that docs/flags.md has (+):\n%s", diff)
	}
}
