package explain

import (
	"fmt"
	"strings"
)

// markdown is a way as docs/explain.md has it.
func (w *way) markdown(number int) string {
	event := "the message of the Event"
	if w.isEvent() {
		event = "the Event"
	}
	place := ", NodeState"
	if w.silent {
		place = ""
	}
	text, _ := w.section("explain")
	return fmt.Sprintf("\n## %d. %s\n\nReason `%s` in explain%s, the status page and %s.\n\n%s\n\n%s", number, w.heading, w.reason, place, event, w.prose, fenced(text))
}

// isEvent tells whether the reason of the Event is that of the way.
func (w *way) isEvent() bool {
	text, _ := w.section("events")
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); words[3] == w.reason+":" { // node, kind, name, reason
			return true
		}
	}
	return false
}

func fenced(text string) string { return "```\n" + strings.TrimRight(text, "\n") + "\n```\n" }
