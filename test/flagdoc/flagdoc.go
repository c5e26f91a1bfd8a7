package flagdoc

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// row is a row of a table: the cells by the heads of their columns.
type row map[string]string

var (
	flagName = regexp.MustCompile(`--[a-z][a-z0-9-]*`)
	variable = regexp.MustCompile(`\(([A-Z][A-Z0-9_]+)\)`)
)

// Differences returns what the section below a heading of the first level says of flags and
// is not so, and what it does not say: names, defaults, and the variables that a flag's usage names.
func Differences(page, heading string, flags []*pflag.Flag) []string {
	rows := rowsOf(section(page, heading))
	if len(rows) == 0 {
		return []string{"there is no section " + heading + " with flags"}
	}
	var wrong []string
	known := map[string]bool{}
	for _, f := range flags {
		name := "--" + f.Name
		known[name] = true
		r, documented := rows[name]
		if !documented {
			wrong = append(wrong, name+" is not documented")
			continue
		}
		if preset, has := r["default"]; has && !says(preset, f.DefValue) {
			wrong = append(wrong, fmt.Sprintf("%s has the default %q, and the page says %s", name, f.DefValue, preset))
		}
		if m := variable.FindStringSubmatch(f.Usage); m != nil && !strings.Contains(r["variable"], "`"+m[1]+"`") {
			wrong = append(wrong, fmt.Sprintf("%s is also %s, and the page says %q", name, m[1], r["variable"]))
		}
	}
	for name := range rows {
		if !known[name] {
			wrong = append(wrong, name+" is documented, and there is no such flag")
		}
	}
	slices.Sort(wrong)
	return wrong
}

// says reports whether a cell names a default. One that means nothing may be put in words.
func says(cell, preset string) bool {
	switch preset {
	case "", "[]", "false", "0":
		return !strings.Contains(cell, "true")
	}
	return strings.Contains(cell, preset)
}

// section is the part of a page below a heading of the first level.
func section(page, heading string) string {
	_, rest, _ := strings.Cut("\n"+page, "\n# "+heading+"\n")
	part, _, _ := strings.Cut(rest, "\n# ")
	return part
}

// rowsOf are the rows of all tables with a column "flag", by flag; a row may be about several.
func rowsOf(text string) map[string]row {
	rows := map[string]row{}
	var head []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			head = nil
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if head == nil {
			head = cells
			continue
		}
		if head[0] != "flag" {
			continue
		}
		r := row{}
		for i := range min(len(head), len(cells)) {
			r[head[i]] = cells[i]
		}
		for _, name := range flagName.FindAllString(r["flag"], -1) {
			rows[name] = r
		}
	}
	return rows
}
