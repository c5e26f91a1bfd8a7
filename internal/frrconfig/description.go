package frrconfig

import (
	"strconv"
	"strings"
)

// maxDescription bounds the description of a class, in bytes. It is for people;
// FRR would take a whole line.
const maxDescription = 120

// describe names what led to a class: pools first, as many as there is room for.
func describe(sources []string) string {
	var ordered []string
	for _, pools := range []bool{true, false} {
		for _, s := range sources {
			if strings.HasPrefix(s, "pool ") == pools {
				ordered = append(ordered, plain(s))
			}
		}
	}
	text := ""
	for i, s := range ordered {
		more := ""
		if rest := len(ordered) - i - 1; rest > 0 {
			more = "; and " + strconv.Itoa(rest) + " more"
		}
		next := s
		if text != "" {
			next = text + "; " + s
		}
		if len(next)+len(more) > maxDescription {
			return cut(text, len(ordered)-i)
		}
		text = next
	}
	return text
}

// cut ends a description that has no room for what is left.
func cut(text string, left int) string {
	if text == "" {
		return strconv.Itoa(left) + " pools and advertisements"
	}
	return text + "; and " + strconv.Itoa(left) + " more"
}

// plain turns what FRR could take for more than a word of text into a question mark.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '|' {
			return '?'
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
