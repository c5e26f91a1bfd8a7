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
	for named := len(ordered); named > 1; named-- {
		if text := strings.Join(ordered[:named], "; ") + more(len(ordered)-named); len(text) <= maxDescription {
			return text
		}
	}
	if len(ordered) == 0 {
		return ""
	}
	rest := more(len(ordered) - 1)
	if room := maxDescription - len(rest); len(ordered[0]) > room {
		return ordered[0][:room-len("...")] + "..." + rest
	}
	return ordered[0] + rest
}

// more says how many are left out, if any.
func more(n int) string {
	if n == 0 {
		return ""
	}
	return "; and " + strconv.Itoa(n) + " more"
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
