package frrdifftest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"frr-speaker/internal/frrdiff"
)

// checkEffect compares the rules that bgpd goes by with the lines that it was given:
// its running-config is made from another copy, and the two can differ.
func (c *Client) checkEffect(ctx context.Context, t *testing.T, what string, wanted *frrdiff.Config) {
	t.Helper()
	text, err := c.Conns[frrdiff.Bgpd].Query(ctx, "show route-map")
	if err != nil {
		t.Fatal(err)
	}
	rules := rulesIn(text)
	for entry, want := range linesIn(wanted.Normalize().String()) {
		if rules[entry] != want {
			t.Errorf("%s: route-map %s has %d match and set lines, and goes by %d:\n%s", what, entry, want, rules[entry], text)
		}
	}
}

// rulesIn counts the clauses of each entry in the output of "show route-map".
func rulesIn(text string) map[string]int {
	rules := map[string]int{}
	name, entry, counting := "", "", false
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case fields[0] == "route-map:":
			name = fields[1]
		case strings.Contains(line, ", sequence "):
			entry = name + " " + fields[2]
			rules[entry] = 0
		case strings.HasSuffix(strings.TrimSpace(line), ":"):
			counting = strings.HasSuffix(strings.TrimSpace(line), " clauses:")
		case counting:
			rules[entry]++
		}
	}
	return rules
}

// linesIn counts the match and set lines of each entry in configuration text.
func linesIn(text string) map[string]int {
	lines := map[string]int{}
	entry := ""
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case fields[0] == "route-map" && len(fields) == 4:
			entry = fmt.Sprintf("%s %s", fields[1], fields[3])
			lines[entry] = 0
		case fields[0] == "exit":
			entry = ""
		case entry != "" && (fields[0] == "match" || fields[0] == "set"):
			lines[entry]++
		}
	}
	return lines
}
