package frrdiff

import (
	"slices"
	"strings"
)

// listsOf is the entries of each numbered list, by its name with what it is.
func listsOf(root *node) map[string][]listLine {
	lists := map[string][]listLine{}
	for _, n := range root.kids {
		if l, ok := parseList(n.text); ok {
			lists[l.list] = append(lists[l.list], l)
		}
	}
	return lists
}

// list changes one list, given its changes and its entries before and after.
func (d *differ) list(name string, all []change, before, after []listLine) {
	switch {
	case len(after) == 0 && before[0].yang && !d.keepsText(name):
		d.say(listsOff, Command{Text: "no " + name, Source: all[0].from.line})
	case len(after) == 0:
		d.entries(listsOff, all)
	case len(before) == 0 && !d.uses(name):
		d.entries(newFilters, all)
	case !after[0].yang:
		d.replace(all)
		d.stale = true
	case repeats(all, before, after):
		d.rewrite(all, before, after)
		d.stale = true
	default:
		d.entries(filterEdits, all)
		d.stale = true
	}
}

// keepsText reports a list that has a description or remark and no entries any more:
// removing it would remove that too.
func (d *differ) keepsText(name string) bool {
	return slices.ContainsFunc(d.to.root.kids, func(n *node) bool {
		return strings.HasPrefix(n.text, name+" description ") || strings.HasPrefix(n.text, name+" remark ")
	})
}

func (d *differ) entries(b bucket, all []change) { d.say(b, inside(topBlock, all, nil)...) }

// replace takes out what changes before it writes anything: FRR ignores an entry that
// says what another still says.
func (d *differ) replace(all []change) {
	for _, ch := range all {
		if ch.from != nil {
			d.say(lineEdits, remove(topBlock, ch.from, nil)...)
		}
	}
	for _, ch := range all {
		if ch.to != nil {
			d.say(lineEdits, write(topBlock, change{to: ch.to}, nil)...)
		}
	}
}

// repeats reports whether a prefix whose entry goes or changes has another entry too.
// 8.4 would forget the prefix altogether (FRR issue 13369).
func repeats(all []change, before, after []listLine) bool {
	at := map[string]int64{}
	more := map[string]bool{}
	for _, entries := range [][]listLine{before, after} {
		for _, l := range entries {
			if seq, seen := at[l.prefix()]; seen && seq != l.seq {
				more[l.prefix()] = true
			}
			at[l.prefix()] = l.seq
		}
	}
	for _, ch := range all {
		if ch.from == nil {
			continue
		}
		if l, _ := parseList(ch.from.text); more[l.prefix()] {
			return true
		}
	}
	return false
}

// rewrite takes every entry out whose prefix is touched, and then writes those that
// are wanted, line by line: the way that loses no prefix on any version.
func (d *differ) rewrite(all []change, before, after []listLine) {
	touched := map[string]bool{}
	changed := map[int64]change{}
	for _, ch := range all {
		for _, n := range []*node{ch.from, ch.to} {
			if n != nil {
				l, _ := parseList(n.text)
				touched[l.prefix()] = true
				changed[l.seq] = ch
			}
		}
	}
	source := func(l listLine, from bool) Line {
		ch := changed[l.seq]
		switch {
		case from && ch.from != nil:
			return ch.from.line
		case ch.to != nil:
			return ch.to.line
		}
		return Line{}
	}
	for _, l := range before {
		if touched[l.prefix()] {
			d.say(lineEdits, Command{Text: "no " + l.text(), Source: source(l, true)})
		}
	}
	for _, l := range after {
		if touched[l.prefix()] {
			d.say(lineEdits, Command{Text: l.text(), Source: source(l, false)})
		}
	}
}
