package vty

import (
	"fmt"
	"strings"
)

// MaxLine is the longest command in bytes. FRR through 10.5 reads 4096 with the NUL; it answers a longer
// line with status 0 and may run its tail as another command.
const MaxLine = 4094

// CheckLine tells why a command cannot be sent as one command, or nil. FRR would cut it in two at a
// control character, and what came of that would be executed.
func CheckLine(line string) error {
	if len(line) > MaxLine {
		return &LineError{Reason: fmt.Sprintf("it has %d bytes, FRR reads at most %d", len(line), MaxLine)}
	}
	if i := strings.IndexFunc(line, isControl); i >= 0 {
		return &LineError{Reason: fmt.Sprintf("it holds the control character %q at byte %d", line[i], i)}
	}
	return nil
}

// isControl spares the tab, which FRR takes for a space.
func isControl(r rune) bool { return r != '\t' && (r < 0x20 || r == 0x7f) }

// LineError is a command that was not sent. It does not quote the command, which may hold a secret.
type LineError struct{ Reason string }

func (e *LineError) Error() string { return "command not sent: " + e.Reason }
