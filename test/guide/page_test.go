package guide

import (
	"regexp"
	"slices"
	"strings"
)

// link is a line that names the example which the blocks below it are about.
var link = regexp.MustCompile(`^\[(.+\.yaml)\]\(examples/(.+\.yaml)\)`)

// rewrite returns a page with the contents of fenced blocks in place of those that it has,
// and the examples that it shows. A block of FRR's lines belongs to the last example; one
// that adds nothing to FRR has none, and one that adds something gets it. Below each
// command of a console stands what run returns for it.
func rewrite(text string, bodies map[string]map[string]string, run func(command string) string) (now string, shown []string) {
	var out []string
	example, within := "", ""
	for line := range strings.SplitSeq(text, "\n") {
		if m := link.FindStringSubmatch(line); m != nil {
			example = m[2]
			shown = append(shown, example)
		}
		language, fence := strings.CutPrefix(line, "```")
		switch {
		case fence:
			within = language
		case within == "console":
			if command, is := strings.CutPrefix(line, "$ "); is {
				if out[len(out)-1] != "```console" {
					out = append(out, "")
				}
				out = append(out, line, strings.TrimSuffix(run(command), "\n"))
			}
			continue
		case within == "yaml" || within == "frr":
			continue
		}
		out = append(out, line)
		if body, has := bodies[example][within]; fence && has {
			out = append(out, strings.TrimSuffix(body, "\n"))
			if added := bodies[example]["frr"]; within == "yaml" && added != "" && !hasBlock(text, example) {
				out = append(out, "```", "", "```frr", strings.TrimSuffix(added, "\n"))
			}
		}
	}
	return strings.Join(out, "\n"), shown
}

// hasBlock reports whether the page has FRR's lines for an example.
func hasBlock(text, example string) bool {
	_, below, _ := strings.Cut(text, "(examples/"+example+")")
	next := slices.IndexFunc(strings.Split(below, "\n"), link.MatchString)
	if next >= 0 {
		below = strings.Join(strings.Split(below, "\n")[:next], "\n")
	}
	return strings.Contains(below, "\n```frr\n")
}

// line is one of a configuration, with the lines that it stands below.
type line struct {
	text  string
	path  string // it and its ancestors
	about string // the comment that says where it comes from
	depth int
	cut   bool // lines below it are left out
}

// rawText begins the comments around the text of ConfigMap bgpextras.
const rawText = "! bgpextras"

// parse reads a configuration but for the ends of its blocks.
func parse(conf string) []line {
	var lines []line
	var above []string
	about := ""
	for text := range strings.Lines(conf) {
		text = strings.TrimRight(text, "\n")
		bare := strings.TrimLeft(text, " ")
		depth := len(text) - len(bare)
		switch {
		case bare == "!" || bare == "exit" || bare == "exit-address-family":
			about = ""
			continue
		case strings.HasPrefix(bare, "!") && !strings.HasPrefix(bare, rawText):
			about = text
			continue
		}
		above = append(above[:min(depth, len(above))], text)
		lines = append(lines, line{text: text, path: strings.Join(above, "\n"), about: about, depth: depth})
	}
	return lines
}

// additions are the lines that one configuration has and another had not, below those that
// they stand in, with … where others are left out; and the lines that are there no more.
func additions(before, after string) (added string, lost []string) {
	had, has := map[string]bool{}, map[string]bool{}
	for _, l := range parse(before) {
		had[l.path] = true
	}
	for _, l := range parse(after) {
		has[l.path] = true
	}
	for _, l := range parse(before) {
		if !has[l.path] {
			lost = append(lost, l.text)
		}
	}
	w := writer{}
	for _, l := range parse(after) {
		if had[l.path] {
			w.skip(l)
		} else {
			w.add(l)
		}
	}
	w.close(0)
	return strings.Join(w.out, "\n") + strings.Repeat("\n", min(1, len(w.out))), lost
}

// writer puts lines together, with the blocks that they stand in.
type writer struct {
	out   []string
	above []line // the blocks around the next line
	open  int    // how many of them are written
	about string // the last comment written
}

// skip leaves a line out that was there before, unless one below it is new.
func (w *writer) skip(l line) {
	w.close(l.depth)
	w.above = append(w.above, l)
}

// add writes a line, and the beginnings of blocks around it.
func (w *writer) add(l line) {
	w.close(l.depth)
	for ; w.open < l.depth; w.open++ {
		w.begin(w.above[w.open])
		if w.above[w.open].cut {
			w.gap(w.open + 1)
		}
	}
	w.begin(l)
	w.above = append(w.above, l)
	w.open++
}

func (w *writer) begin(l line) {
	if l.depth == 0 && len(w.out) > 0 && w.out[len(w.out)-1] == "exit" && !strings.HasPrefix(l.text, rawText) {
		w.out = append(w.out, "!")
		w.about = ""
	}
	if l.about != "" && l.about != w.about {
		w.out = append(w.out, l.about)
	}
	w.about = l.about
	w.out = append(w.out, l.text)
}

// gap says once that lines are left out.
func (w *writer) gap(depth int) {
	mark := strings.Repeat(" ", depth) + "…"
	if w.out[len(w.out)-1] != mark {
		w.out = append(w.out, mark)
	}
}

// close ends the blocks that are deeper.
func (w *writer) close(depth int) {
	for len(w.above) > depth {
		within := len(w.above) - 1
		last := w.above[within]
		w.above = w.above[:within]
		switch {
		case w.open > within:
			w.open--
			if end := ending(last.text); end != "" {
				w.out = append(w.out, strings.Repeat(" ", last.depth)+end)
				w.about = ""
			}
		case within == 0:
		case w.open == within:
			w.gap(last.depth)
		default:
			w.above[within-1].cut = true
		}
	}
}

// ending is what ends the block that a line begins.
func ending(text string) string {
	switch word, _, _ := strings.Cut(strings.TrimLeft(text, " "), " "); word {
	case "router", "route-map", "bfd", "profile":
		return "exit"
	case "address-family":
		return "exit-address-family"
	}
	return ""
}
