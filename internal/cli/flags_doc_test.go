package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

func TestThePageOfFlagsHasEveryFlag(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "flags.md"))
	if err != nil {
		t.Fatal(err)
	}
	var documented, have []string
	for _, match := range regexp.MustCompile("(?m)^\\| (`--[^|]*)\\|").FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, regexp.MustCompile("--[a-z0-9-]+").FindAllString(match[1], -1)...)
	}
	root := newRoot(Process{Getenv: func(string) string { return "" }})
	add := func(f *pflag.Flag) { have = append(have, "--"+f.Name) }
	root.PersistentFlags().VisitAll(add)
	root.Flags().VisitAll(add)
	for _, cmd := range root.Commands() {
		cmd.LocalNonPersistentFlags().VisitAll(add)
	}
	slices.Sort(documented)
	slices.Sort(have)
	if diff := cmp.Diff(slices.Compact(have), slices.Compact(documented)); diff != "" {
		t.Errorf("flags of speaker (-) and of docs/flags.md (+):\n%s", diff)
	}
}
