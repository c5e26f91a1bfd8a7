package objects

import (
	"bytes"
	"strconv"
	"strings"
)

// Most objects are written in a small part of YAML: block mappings and sequences of
// one-line scalars, in ASCII. plainToJSON converts that part many times faster
// than the library. What it does not know for sure it leaves to the library, so that
// both always agree.

// maxPlainDepth bounds the nesting, maxPlainKeys the keys of one mapping, whose
// repetition is searched for one by one, and maxPlainKey the length of a key, of which
// YAML allows 1024 bytes (YAML 1.2 section 7.4).
const (
	maxPlainDepth = 32
	maxPlainKeys  = 128
	maxPlainKey   = 512
)

// plain converts the lines of a document from the top.
type plain struct {
	rest []byte // below the current line
	out  []byte

	// The current line without comment: its content and the column that it begins at.
	// After the last line the column is -1.
	text []byte
	col  int
	bad  bool // the document is not plain
}

// plainToJSON returns the JSON of a document, or reports that it is not plain.
func plainToJSON(data []byte) ([]byte, bool) {
	p := &plain{rest: data, out: make([]byte, 0, len(data))}
	p.next()
	if p.col == 0 && string(p.text) == "---" {
		p.next()
	}
	if p.col < 0 {
		return nil, false
	}
	p.node(p.col, 0)
	if p.bad || p.col >= 0 {
		return nil, false
	}
	return p.out, true
}

// next moves to the next line that holds anything but a comment.
func (p *plain) next() {
	for len(p.rest) > 0 {
		line := p.rest
		if end := bytes.IndexByte(p.rest, '\n'); end >= 0 {
			line, p.rest = p.rest[:end], p.rest[end+1:]
		} else {
			p.rest = nil
		}
		col := 0
		for col < len(line) && line[col] == ' ' {
			col++
		}
		text := bytes.TrimRight(line[col:], " ")
		if !printableASCII(text) {
			p.bad = true
			break
		}
		if len(text) == 0 || text[0] == '#' {
			continue
		}
		p.text, p.col = text, col
		return
	}
	p.text, p.col = nil, -1
}

func printableASCII(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// node converts the mapping or sequence whose first line is the current one.
func (p *plain) node(col, depth int) {
	switch {
	case p.bad || depth > maxPlainDepth:
		p.bad = true
	case isEntry(p.text):
		p.sequence(col, depth)
	default:
		p.mapping(col, depth)
	}
}

// isEntry reports whether a line begins an entry of a sequence.
func isEntry(text []byte) bool {
	return text[0] == '-' && (len(text) == 1 || text[1] == ' ')
}

// sequence converts the entries at a column.
func (p *plain) sequence(col, depth int) {
	p.out = append(p.out, '[')
	for n := 0; p.col == col && isEntry(p.text) && !p.bad; n++ {
		if n > 0 {
			p.out = append(p.out, ',')
		}
		p.entry(col, depth)
	}
	p.out = append(p.out, ']')
}

// entry converts what follows a dash: the line without the dash is the first of the
// entry, when there is anything on it.
func (p *plain) entry(col, depth int) {
	inner := bytes.TrimLeft(p.text[1:], " ")
	if len(inner) == 0 || inner[0] == '#' {
		p.next()
		if p.col <= col {
			p.out = append(p.out, "null"...)
			return
		}
		p.node(p.col, depth+1)
		p.bad = p.bad || p.col > col
		return
	}
	if _, _, ok := cutKey(inner); !ok && !isEntry(inner) {
		p.scalar(inner)
		p.next()
		p.bad = p.bad || p.col > col // goes on below
		return
	}
	p.col += len(p.text) - len(inner)
	p.text = inner
	p.node(p.col, depth+1)
	p.bad = p.bad || p.col > col
}

// mapping converts the keys at a column.
func (p *plain) mapping(col, depth int) {
	p.out = append(p.out, '{')
	var keys [][]byte
	for p.col == col && !p.bad {
		key, value, ok := cutKey(p.text)
		if !ok || len(keys) == maxPlainKeys || containsKey(keys, key) {
			p.bad = true
			return
		}
		if len(keys) > 0 {
			p.out = append(p.out, ',')
		}
		keys = append(keys, key)
		p.out = append(append(append(p.out, '"'), key...), '"', ':')
		p.value(value, col, depth)
	}
	p.out = append(p.out, '}')
}

func containsKey(keys [][]byte, key []byte) bool {
	for _, k := range keys {
		if bytes.Equal(k, key) {
			return true
		}
	}
	return false
}

// value converts what a key at a column is set to: the rest of its line, or a node below.
func (p *plain) value(text []byte, col, depth int) {
	if len(text) > 0 && text[0] != '#' {
		p.scalar(text)
		p.next()
		p.bad = p.bad || p.col > col // goes on below
		return
	}
	p.next()
	switch {
	case p.bad:
	case p.col > col, p.col == col && isEntry(p.text):
		below := p.col
		p.node(below, depth+1)
		p.bad = p.bad || p.col > col
	default:
		p.out = append(p.out, "null"...)
	}
}

// cutKey separates a key from its value, which is empty when nothing stands on the
// line. Keys that could be anything but a string are not plain.
func cutKey(text []byte) (key, value []byte, ok bool) {
	n := 0
	for n < len(text) && isKeyByte(text[n]) {
		n++
	}
	if n == 0 || n > maxPlainKey || n == len(text) || text[n] != ':' || !isLetter(text[0]) || isWord(text[:n]) {
		return nil, nil, false
	}
	key, rest := text[:n], text[n+1:]
	if len(rest) > 0 && rest[0] != ' ' {
		return nil, nil, false
	}
	return key, bytes.TrimLeft(rest, " "), true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isKeyByte(c byte) bool {
	return isLetter(c) || isDigit(c) || c == '.' || c == '-' || c == '_' || c == '/'
}

// isWord reports whether text is one of YAML's words for booleans and null, or only
// differs from one in case.
func isWord(text []byte) bool {
	if len(text) > len("false") {
		return false
	}
	switch strings.ToLower(string(text)) {
	case "y", "yes", "n", "no", "true", "false", "on", "off", "null":
		return true
	}
	return false
}

// scalar converts a value that stands on one line, with the comment after it.
func (p *plain) scalar(text []byte) {
	switch {
	case text[0] == '"' || text[0] == '\'':
		p.quoted(text)
	case string(text) == "{}" || string(text) == "[]":
		p.out = append(p.out, text...)
	default:
		p.unquoted(text)
	}
}

// quoted converts a string in quotes in which nothing is escaped.
func (p *plain) quoted(text []byte) {
	n := bytes.IndexByte(text[1:], text[0]) + 1
	if n == 0 || bytes.IndexByte(text[1:n], '\\') >= 0 || bytes.IndexByte(text[1:n], '"') >= 0 {
		p.bad = true
		return
	}
	if rest := text[n+1:]; len(rest) > 0 && !isComment(rest) {
		p.bad = true
		return
	}
	p.out = append(append(append(p.out, '"'), text[1:n]...), '"')
}

// isComment reports whether text after a value is a comment.
func isComment(text []byte) bool {
	inner := bytes.TrimLeft(text, " ")
	return len(inner) < len(text) && inner[0] == '#'
}

// unquoted converts a value without quotes: true, false, a decimal number, or what
// cannot be anything but a string.
func (p *plain) unquoted(text []byte) {
	if n := bytes.Index(text, []byte(" #")); n >= 0 {
		text = bytes.TrimRight(text[:n], " ")
	}
	for i, c := range text {
		if !isKeyByte(c) && bytes.IndexByte([]byte(":=+,@ "), c) < 0 ||
			c == ':' && (i+1 == len(text) || text[i+1] == ' ') {
			p.bad = true
			return
		}
	}
	switch {
	case string(text) == "true" || string(text) == "false" || isDecimal(text):
		p.out = append(p.out, text...)
	case isLetter(text[0]) && !isWord(text), text[0] == '/', isDigit(text[0]) && !likeNumber(text):
		p.out = append(append(append(p.out, '"'), text...), '"')
	default:
		p.bad = true
	}
}

// isDecimal reports whether text is a whole number as JSON writes it.
func isDecimal(text []byte) bool {
	digits := bytes.TrimPrefix(text, []byte("-"))
	if len(digits) == 0 || digits[0] == '0' && len(text) > 1 {
		return false
	}
	_, err := strconv.ParseInt(string(text), 10, 64)
	return err == nil && isDigit(digits[0])
}

// likeNumber reports whether text, which begins with a digit, could be a number, in any
// notation. A colon, a slash, a second dot, a minus but for an exponent's, and most
// letters are in none.
func likeNumber(text []byte) bool {
	dots := 0
	for i, c := range text {
		switch {
		case c == '.':
			dots++
		case c == '-' && text[i-1]|0x20 != 'e':
			return false
		case c == ':' || c == '/', isLetter(c) && bytes.IndexByte([]byte("abcdefoxinty"), c|0x20) < 0:
			return false
		}
	}
	return dots < 2
}
