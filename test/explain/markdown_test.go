package explain

import (
	"fmt"
	"strings"
)

// markdown is a way as docs/explain.md has it.
func (w *way) markdown(number int) string {
	event := "the message of the Event"
	if w.event != "" {
		event = "the Event `" + w.event + "`"
	}
	place := ", NodeState"
	if w.silent {
		place = ""
	}
	text, _ := w.section("explain")
	return fmt.Sprintf("\n## %d. %s\n\nReason `%s` in explain%s, the status page and %s.\n\n%s\n\n%s", number, w.heading, w.reason, place, event, w.prose, fenced(text))
}

func fenced(text string) string { return "```\n" + strings.TrimRight(text, "\n") + "\n```\n" }
