package report

import "strings"

// Table is a Markdown table.
type Table struct {
	Header []string
	Rows   [][]string
}

// Add appends a row.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// String is the table in Markdown, with columns after the first aligned right. A
// table without rows is empty text.
func (t *Table) String() string {
	if len(t.Rows) == 0 {
		return ""
	}
	var out strings.Builder
	line := func(cells []string) {
		out.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	line(t.Header)
	rule := make([]string, len(t.Header))
	for n := range rule {
		rule[n] = "---:"
	}
	rule[0] = "---"
	line(rule)
	for _, row := range t.Rows {
		line(row)
	}
	return out.String()
}
