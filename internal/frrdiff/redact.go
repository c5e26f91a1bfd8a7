package frrdiff

import (
	"regexp"
	"strings"
)

// secret is the words before a secret, and everything from there to the end of the
// line: a secret may hold anything, and a message may quote it anywhere.
var secret = regexp.MustCompile(`(?i)((?:\b|-)(?:passw?o?r?d?|key-string|authentication-key|message-digest-key[ \t]+[0-9]+[ \t]+md5))[ \t]+[^ \t\r\n][^\r\n]*`)

const redacted = "[redacted]"

// Redact replaces secrets by [redacted]: in any line of FRR configuration, in a message of
// FRR that quotes one, and where YAML, JSON or a log name a password by its key.
func Redact(text string) string {
	return secret.ReplaceAllString(redactKeyed(text), "$1 "+redacted)
}

var (
	// keyed is the key of a secret and what stands between it and the value, as in
	// password: and "password":, in JSON within JSON too, and password=. The path of a
	// field, as in spec.password:, is none: what follows says what is wrong there.
	keyed = regexp.MustCompile(`(?im)(?:(?:^|[^.\w-])[\w-]*(?:password|passwd|secretkey)\\*["']?[ \t]*:|(?:password|passwd|secretkey)\\*["']?[ \t]*=)[ \t]*`)
	// quoted is a value of one line in quotes, as JSON, YAML and Go write it.
	quoted = regexp.MustCompile(`^(?:"(?:[^"\\\r\n]|\\[^\r\n])*"|'(?:[^'\r\n]|'')*')(?:[ \t\r\n,)}\]]|$)`)
	// opening is what may stand before a key of YAML that begins its line.
	opening = regexp.MustCompile(`^[ \t]*(?:-[ \t]+)*["']?`)
)

func redactKeyed(text string) string {
	var b strings.Builder
	done := 0
	for {
		at := keyed.FindStringIndex(text[done:])
		if at == nil {
			b.WriteString(text[done:])
			return b.String()
		}
		value := done + at[1]
		b.WriteString(text[done:value])
		if match := quoted.FindString(text[value:]); match != "" {
			quote, end := match[:1], strings.LastIndex(match, match[:1])
			if end > 1 { // it is not empty
				b.WriteString(quote + redacted + quote)
			} else {
				b.WriteString(quote + quote)
			}
			done = value + end + 1
			continue
		}
		done = value + lineLen(text[value:])
		done += deeper(text[done:], column(text[strings.LastIndexByte(text[:value], '\n')+1:value]))
		if strings.TrimSpace(text[value:done]) != "" {
			b.WriteString(redacted)
		}
	}
}

// lineLen is the length of the rest of a line, without its end.
func lineLen(text string) int {
	if end := strings.IndexAny(text, "\r\n"); end >= 0 {
		return end
	}
	return len(text)
}

// column is where the key begins that a line of YAML begins with; -1 of any other line.
func column(line string) int {
	before := opening.FindString(line)
	if keyed.FindString(line[len(before):]) != line[len(before):] {
		return -1
	}
	return len(strings.TrimRight(before, `"'`))
}

// deeper is the length of the lines that belong to the value of a key in a column:
// those that are indented more, and empty ones between them.
func deeper(text string, column int) int {
	if column < 0 {
		return 0
	}
	end := 0
	for next := 0; next < len(text); {
		start := next + strings.IndexByte(text[next:], '\n') + 1
		if start == next {
			break
		}
		next = start + lineLen(text[start:])
		line := text[start:next]
		bare := strings.TrimLeft(line, " \t")
		if bare == "" {
			continue
		}
		if len(line)-len(bare) <= column {
			break
		}
		end = next
	}
	return end
}
