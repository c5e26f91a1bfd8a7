package rules

import (
	"go/constant"
	"go/types"
	"os"
	"slices"
	"strings"
	"testing"
)

// Pages name each reason of Events and conditions that the code has for people.
func TestPagesNameEveryReasonOfEvents(t *testing.T) {
	tests := []struct {
		pkg, page string
		is        func(*types.Const) bool
		least     int
	}{
		{"internal/ipam", "docs/controller.md", func(c *types.Const) bool { return strings.HasSuffix(c.Type().String(), "/ipam.Reason") }, 5},
		{"internal/status", "docs/status.md", func(c *types.Const) bool {
			return strings.HasPrefix(c.Name(), "Event") || strings.HasPrefix(c.Name(), "Reason") || strings.HasPrefix(c.Name(), "Condition")
		}, 10},
		{"api/v1alpha1", "docs/status.md", func(c *types.Const) bool { return strings.HasPrefix(c.Name(), "Condition") }, 3},
	}
	pkgs := load(t)
	for _, tt := range tests {
		t.Run(tt.page+" of "+tt.pkg, func(t *testing.T) {
			text, err := os.ReadFile("../../" + tt.page)
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for _, p := range pkgs {
				if dirOf(p) != tt.pkg {
					continue
				}
				for _, name := range slices.Sorted(slices.Values(p.Types.Scope().Names())) {
					c, is := p.Types.Scope().Lookup(name).(*types.Const)
					if !is || c.Val().Kind() != constant.String || !tt.is(c) {
						continue
					}
					seen++
					if word := constant.StringVal(c.Val()); !strings.Contains(string(text), "`"+word+"`") {
						t.Errorf("%s does not name `%s` (%s)", tt.page, word, name)
					}
				}
			}
			if seen < tt.least {
				t.Errorf("only %d constants of %s were seen", seen, tt.pkg)
			}
		})
	}
}
