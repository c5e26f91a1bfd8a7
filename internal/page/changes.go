package page

import (
	"slices"
	"strings"

	"frr-speaker/internal/frrdiff"
)

// Changes are the lines of configuration that only one of two texts has. It holds no
// secrets: a password that changed is two lines that look alike.
type Changes struct {
	Lines []ChangedLine // the first maxChanged of them
	More  int           // how many are left out
}

// ChangedLine is a line that was added or removed, or the block that those after it are in.
type ChangedLine struct {
	Sign string // "+", "-", or "" for the opener of a block that is in both
	Text string // secrets redacted
}

// maxChanged bounds the lines of one change: a first configuration may have ten thousand.
const maxChanged = 60

// Compare finds what changed between two texts of configuration. Removals come first.
// Comments and the ends of blocks are left out; a line that only moved is no change.
func Compare(before, after []byte) Changes {
	had, has := readLines(before), readLines(after)
	var c collector
	c.add("-", without(had, has))
	c.add("+", without(has, had))
	return c.changes
}

// placed is a line with the blocks that it is in, outermost first.
type placed struct{ block, text string }

// readLines follows the indentation, by which speaker writes its blocks.
func readLines(text []byte) []placed {
	var out []placed
	var openers []string // by depth
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, " \r\n")
		bare := strings.TrimLeft(line, " ")
		if bare == "" || bare[0] == '!' || bare[0] == '#' || isEnd(bare) {
			continue
		}
		depth := min(len(line)-len(bare), len(openers))
		openers = append(openers[:depth], bare)
		out = append(out, placed{strings.Join(openers[:depth], "\n"), bare})
	}
	return out
}

func isEnd(line string) bool {
	return line == "exit" || line == "end" || strings.HasPrefix(line, "exit-")
}

// without returns the lines of some that others do not have.
func without(some, others []placed) []placed {
	have := make(map[placed]bool, len(others))
	for _, l := range others {
		have[l] = true
	}
	return slices.DeleteFunc(slices.Clone(some), func(l placed) bool { return have[l] })
}

// collector gathers changed lines, each block named once.
type collector struct {
	changes Changes
	block   string // that the last line was in
	opened  string // that the last line opens, if it opens one
}

func (c *collector) add(sign string, lines []placed) {
	c.block, c.opened = "", ""
	for _, l := range lines {
		if len(c.changes.Lines) >= maxChanged {
			c.changes.More++
			continue
		}
		if l.block != "" && l.block != c.block && l.block != c.opened {
			c.put("", l.block)
		}
		c.put(sign, l.text)
		c.block, c.opened = l.block, strings.TrimPrefix(l.block+"\n"+l.text, "\n")
	}
}

func (c *collector) put(sign, text string) {
	text = frrdiff.Redact(text)
	c.changes.Lines = append(c.changes.Lines, ChangedLine{sign, strings.ReplaceAll(text, "\n", " › ")})
}
