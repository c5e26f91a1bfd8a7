package main

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
)

// Emphasis on a terminal; nothing when the output goes to a file.
var bold, plain = emphasis()

func emphasis() (on, off string) {
	info, err := os.Stdout.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return "", ""
	}
	return "\x1b[1m", "\x1b[0m"
}

// table prints rows below a header, columns aligned.
func table(header []string, rows [][]string) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		fmt.Fprintln(w, "  "+strings.Join(row, "\t"))
	}
	_ = w.Flush() // to standard output
}
