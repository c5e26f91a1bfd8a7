package frrdiff

import "strings"

// words gives access to the words of a line whose words are separated by single
// spaces, without a slice per line.
type words struct{ text string }

func newWords(text string) words { return words{text} }

// at is word i, counted from 0; "" when there are fewer.
func (w words) at(i int) string {
	rest := w.text
	for ; i > 0; i-- {
		space := strings.IndexByte(rest, ' ')
		if space < 0 {
			return ""
		}
		rest = rest[space+1:]
	}
	if space := strings.IndexByte(rest, ' '); space >= 0 {
		return rest[:space]
	}
	return rest
}

// first is the first n words; the whole text when there are no more.
func (w words) first(n int) string {
	end := 0
	for ; n > 0; n-- {
		space := strings.IndexByte(w.text[end:], ' ')
		if space < 0 {
			return w.text
		}
		end += space + 1
	}
	return w.text[:end-1]
}

// from is everything from word i on; "" when there are fewer.
func (w words) from(i int) string {
	rest := w.text
	for ; i > 0; i-- {
		space := strings.IndexByte(rest, ' ')
		if space < 0 {
			return ""
		}
		rest = rest[space+1:]
	}
	return rest
}

func (w words) len() int {
	if w.text == "" {
		return 0
	}
	return strings.Count(w.text, " ") + 1
}

// last is the last word.
func (w words) last() string {
	return w.text[strings.LastIndexByte(w.text, ' ')+1:]
}

// bare is the line without "no", and whether it had one.
func bare(text string) (rest string, no bool) {
	return strings.CutPrefix(text, "no ")
}

// squeeze is the line with single spaces between its words and none around them.
func squeeze(line string) string {
	line = strings.TrimSpace(line)
	if !strings.Contains(line, "  ") && !strings.ContainsAny(line, "\t") {
		return line
	}
	return strings.Join(strings.Fields(line), " ")
}
