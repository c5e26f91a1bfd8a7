package frrdiff

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxLine is the longest line, in bytes, that every vty reads whole: FRR up to 10.5
// cuts at 4096 with the final NUL, and runs the rest as a command.
const maxLine = 4094

// ParseError is a text that no daemon could be trusted to read as it is meant.
// Its message never contains the line itself, which may hold a password.
type ParseError struct {
	Line int // from 1
	Why  string
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("read FRR text: line %d: %s", e.Line, e.Why)
}

// Parse reads text as written by speaker or printed by "show running-config".
//
// A block that occurs twice is merged, and a later line wins where FRR would let
// it win. A "no" line takes back what stands before it; it stays in the result
// when it may be a setting of its own ("no bgp ebgp-requires-policy"). Lines and
// blocks that are not known stay as they are. The error is a *ParseError.
func Parse(text []byte) (*Config, error) {
	s := scanner{scope: &scope{kind: topBlock, indent: -1}}
	if err := s.scan(string(text)); err != nil {
		return nil, err
	}
	return &Config{statements: s.statements, version: s.version, root: build(s.statements, s.version != "")}, nil
}

// statement is one line with the block it stands in.
type statement struct {
	scope *scope
	text  string
	line  Line
	inner *scope // of the block it opens; nil for a plain line
}

// scope is one opening of a block.
type scope struct {
	parent   *scope
	opener   string
	kind     kind
	indent   int  // of the opener
	byIndent bool // known as a block only because what follows is indented
	object   string
	lines    int // in it
}

// scanner finds out for each line of a text which block it is in.
type scanner struct {
	scope      *scope
	statements []statement
	extras     bool   // between the bgpextras markers
	version    string // of FRR, from "frr version"
}

func (s *scanner) scan(text string) error {
	s.statements = make([]statement, 0, strings.Count(text, "\n")+1)
	extrasAt := 0
	for number := 1; text != ""; number++ {
		raw, rest, _ := strings.Cut(text, "\n")
		text = rest
		if why := badLine(raw); why != "" {
			return &ParseError{Line: number, Why: why}
		}
		line := squeeze(raw)
		switch {
		case line == "":
		case line[0] == '!' || line[0] == '#':
			s.comment(line)
			if s.extras && extrasAt == 0 {
				extrasAt = number
			}
		case s.boilerplate(line):
		default:
			s.line(line, indentOf(raw), number, rest)
		}
	}
	if s.extras {
		return &ParseError{Line: extrasAt, Why: `"! bgpextras begin" has no "! bgpextras end": the text is cut short`}
	}
	return nil
}

// badLine says why a line cannot be sent to a vty, or "".
func badLine(line string) string {
	line = strings.TrimSuffix(line, "\r")
	if len(line) > maxLine {
		return fmt.Sprintf("longer than %d bytes, FRR would cut it and run the rest as a command: shorten it", maxLine)
	}
	for i := range len(line) {
		if c := line[i]; c < ' ' && c != '\t' || c == 0x7f {
			return fmt.Sprintf("control character 0x%02x at column %d: remove it", c, i+1)
		}
	}
	if !utf8.ValidString(line) {
		return "not UTF-8 text: remove the bytes that are not"
	}
	return ""
}

func indentOf(raw string) int {
	return len(raw) - len(strings.TrimLeft(raw, " \t"))
}

// boilerplate reports lines that frame "show running-config" and set nothing.
func (s *scanner) boilerplate(line string) bool {
	switch line {
	case "Building configuration...", "Current configuration:":
		return true
	case "end":
		s.leaveAll()
		return true
	}
	version, ok := strings.CutPrefix(line, "frr version ")
	if ok && !s.extras {
		s.version = version
	}
	return ok
}

// comment takes note of what a comment says about the lines that follow it.
func (s *scanner) comment(line string) {
	body := strings.TrimSpace(line[1:])
	switch {
	case body == "bgpextras begin":
		s.leaveAll()
		s.extras = true
	case body == "bgpextras end":
		s.leaveAll()
		s.extras = false
	case body == "":
		s.scope.object = ""
	case !s.extras && namesObject(body):
		s.scope.object = body
	}
}

// namesObject reports "<Kind> <name>".
func namesObject(body string) bool {
	space := strings.IndexByte(body, ' ')
	if space < 1 || strings.Contains(body[space+1:], " ") {
		return false
	}
	return body[0] >= 'A' && body[0] <= 'Z'
}

func (s *scanner) leave() {
	if s.scope.parent == nil {
		return
	}
	s.scope = s.scope.parent
	s.scope.object = ""
}

func (s *scanner) leaveAll() {
	for s.scope.parent != nil {
		s.scope = s.scope.parent
	}
	s.scope.object = ""
}

func (s *scanner) line(line string, indent, number int, rest string) {
	if line == "exit" || line == "quit" || strings.HasPrefix(line, "exit-") {
		if line != "exit-address-family" || s.scope.kind == familyBlock {
			s.leave()
		}
		return
	}
	set, _ := bare(line)
	s.scope = s.scope.home(set, indent)
	st := statement{scope: s.scope, text: line, line: Line{Number: number, Text: line, Object: s.object()}}
	if k := s.opens(line, indent, rest); k != noBlock {
		st.inner = &scope{parent: s.scope, opener: line, kind: k, indent: indent, object: st.line.Object}
		st.inner.byIndent = k == opaqueBlock && s.scope.kind.opens(line) == noBlock
		if k == familyBlock && !s.extras {
			st.line.Object, st.inner.object = "", ""
		}
	}
	s.statements = append(s.statements, st)
	s.scope.lines++
	if st.inner != nil {
		s.scope = st.inner
	}
}

func (s *scanner) object() string {
	if s.extras {
		return "bgpextras"
	}
	return s.scope.object
}

// home is the innermost scope from sc outwards that a line belongs to.
func (sc *scope) home(set string, indent int) *scope {
	for at := sc; ; at = at.parent {
		if at.parent == nil || at.takes(set, indent) {
			return at
		}
	}
}

func (sc *scope) takes(set string, indent int) bool {
	if sc.byIndent {
		return indent > sc.indent
	}
	if sc.kind.opens(set) != noBlock || sc.kind.accepts(set) {
		return true
	}
	return indent > sc.indent && !sc.knownOutside(set)
}

// knownOutside reports a line that a block around sc is known to take.
func (sc *scope) knownOutside(set string) bool {
	if topOnly(newWords(set)) {
		return true
	}
	for at := sc.parent; at.parent != nil; at = at.parent {
		if at.kind.opens(set) != noBlock || at.kind.accepts(set) {
			return true
		}
	}
	return false
}

// opens finds the kind of block that a line opens. An unknown line opens one when
// the line after it is indented deeper.
func (s *scanner) opens(line string, indent int, rest string) kind {
	if strings.HasPrefix(line, "no ") {
		return noBlock
	}
	if k := s.scope.kind.opens(line); k != noBlock {
		return k
	}
	if s.scope.kind.accepts(line) && s.scope.kind != opaqueBlock && s.scope.kind != interfaceBlock {
		return noBlock
	}
	if nextIndent(rest) > indent {
		return opaqueBlock
	}
	return noBlock
}

// nextIndent is the indentation of the first line of text that says something.
func nextIndent(text string) int {
	for text != "" {
		raw, rest, _ := strings.Cut(text, "\n")
		text = rest
		trimmed := strings.TrimLeft(raw, " \t")
		if trimmed == "" || trimmed[0] == '!' || trimmed[0] == '#' {
			continue
		}
		if strings.HasPrefix(trimmed, "exit") {
			return -1
		}
		return indentOf(raw)
	}
	return -1
}
