package frrdiff

import (
	"slices"
	"strconv"
	"strings"
)

// filters changes route-maps and lists.
func (d *differ) filters(all []change) {
	byMap, byList := map[string][]change{}, map[string][]change{}
	var maps, lists []string
	for _, ch := range all {
		n := ch.to
		if n == nil {
			n = ch.from
		}
		if l, ok := parseList(n.text); ok {
			if byList[l.list] == nil {
				lists = append(lists, l.list)
			}
			byList[l.list] = append(byList[l.list], ch)
			continue
		}
		name := newWords(n.text).first(2)
		if byMap[name] == nil {
			maps = append(maps, name)
		}
		byMap[name] = append(byMap[name], ch)
	}
	if len(lists) > 0 {
		before, after := listsOf(d.from.root), listsOf(d.to.root)
		for _, name := range lists {
			d.list(name, byList[name], before[name], after[name])
		}
	}
	if len(maps) > 0 {
		before, after := mapsOf(d.from.root), mapsOf(d.to.root)
		for _, name := range maps {
			d.routeMap(name, byMap[name], before[name], after[name])
		}
	}
}

// mapsOf is the entries of each route-map, by "route-map NAME".
func mapsOf(root *node) map[string][]*node {
	entries := map[string][]*node{}
	for _, n := range root.kids {
		if n.kind == routeMapBlock {
			name := newWords(n.text).first(2)
			entries[name] = append(entries[name], n)
		}
	}
	return entries
}

func (d *differ) routeMap(name string, all []change, before, after []*node) {
	switch {
	case len(after) == 0:
		d.say(mapsOff, Command{Text: "no " + name, Source: before[0].line})
	case len(before) == 0 && !d.uses(name):
		for _, ch := range all {
			d.say(newFilters, write(topBlock, ch, nil)...)
		}
	default:
		for _, ch := range all {
			d.entry(name, ch, before, after)
		}
	}
}

// entry changes one entry of a route-map that is in use. An entry for a route class
// that goes is left alone until no route has the tag any more.
func (d *differ) entry(name string, ch change, before, after []*node) {
	from, to := ch.from, ch.to
	switch {
	case to == nil && class(from) != "":
		d.say(mapsOff, remove(topBlock, from, nil)...)
	case to == nil:
		d.say(filterEdits, remove(topBlock, from, nil)...)
		d.stale = true
	case from == nil:
		d.say(filterEdits, write(topBlock, ch, nil)...)
		d.stale = d.stale || class(to) == "" || len(before) == 0
	case onlyDescribes(ch):
		d.say(newFilters, write(topBlock, ch, nil)...)
	default:
		ch.from = d.detach(from, to)
		d.say(filterEdits, write(topBlock, ch, nil)...)
		old, now := class(from), class(to)
		gone := old != "" && !matched(old, after)
		if gone {
			d.moveAside(name, from, before, after)
		}
		swapped := old != "" && now != "" && old != now && (gone || keeps(after, from))
		d.stale = d.stale || !swapped // no route can tell where the entry of its class is
	}
}

// detach takes lines out of an entry that it is to have in another sense. If they were
// overwritten, or taken out in the same transaction, 8.4 would show the new line and not
// do what it says: it drops the rule of the old line after it has made the new one.
func (d *differ) detach(from, to *node) *node {
	rest := *from
	rest.kids = slices.Clone(from.kids)
	for _, ch := range changes(from.kids, to.kids) {
		if ch.from == nil || ch.to == nil || sense(ch.from.text) == sense(ch.to.text) {
			continue
		}
		d.say(lineEdits, remove(routeMapBlock, ch.from, []string{from.text})...)
		rest.kids = slices.DeleteFunc(rest.kids, func(n *node) bool { return n == ch.from })
	}
	return &rest
}

// sense tells lines apart that FRR keeps in different places although one replaces the other.
func sense(text string) string {
	w := newWords(text)
	switch w.first(2) {
	case "set community", "set large-community":
		if w.at(2) == "none" {
			return "none"
		}
	case "set as-path":
		if w.at(3) == "last-as" {
			return "last-as"
		}
	case "set ip":
		if w.at(3) == "peer-address" || w.at(3) == "unchanged" {
			return w.at(3)
		}
	case "match peer":
		if w.at(2) == "local" {
			return "local"
		}
	case "set metric":
		value := w.at(2)
		if !isNumber(value) {
			return strings.Trim(value, "0123456789")
		}
	}
	return ""
}

// class is the tag of an entry that permits the routes of one class, or "".
func class(entry *node) string {
	if !strings.Contains(entry.text, " permit ") {
		return ""
	}
	tag := ""
	for _, kid := range entry.kids {
		rest, match := strings.CutPrefix(kid.text, "match ")
		if !match {
			continue
		}
		value, isTag := strings.CutPrefix(rest, "tag ")
		if !isTag {
			return ""
		}
		tag = value
	}
	return tag
}

func matched(tag string, entries []*node) bool {
	return slices.ContainsFunc(entries, func(n *node) bool { return class(n) == tag })
}

// keeps reports whether one of the entries does for the class of entry what that did.
func keeps(entries []*node, entry *node) bool {
	return slices.ContainsFunc(entries, func(n *node) bool {
		return n.text[:strings.LastIndexByte(n.text, ' ')] == entry.text[:strings.LastIndexByte(entry.text, ' ')] &&
			onlyDescribes(change{&node{kids: entry.kids}, &node{kids: n.kids}})
	})
}

// onlyDescribes reports a change that no route can tell.
func onlyDescribes(ch change) bool {
	if ch.from.text != ch.to.text {
		return false
	}
	for _, kid := range changes(ch.from.kids, ch.to.kids) {
		for _, n := range []*node{kid.from, kid.to} {
			if n != nil && !strings.HasPrefix(n.text, "description ") {
				return false
			}
		}
	}
	return true
}

// moveAside keeps an entry, whose number another class takes, under a number of its
// own until the routes of the class have been given to others.
func (d *differ) moveAside(name string, entry *node, before, after []*node) {
	taken := map[int]bool{} // true: by an entry that may match other routes than those of a class
	for _, n := range slices.Concat(before, after) {
		taken[sequence(n.text)] = taken[sequence(n.text)] || class(n) == ""
	}
	for _, c := range d.buckets[filterEdits] {
		if c.Opens {
			taken[sequence(c.Text)] = taken[sequence(c.Text)]
		}
	}
	aside := *entry
	aside.text = name + " permit " + strconv.Itoa(freeNear(sequence(entry.text), taken))
	d.say(filterEdits, write(topBlock, change{to: &aside}, nil)...)
	d.say(mapsOff, remove(topBlock, &aside, nil)...)
}

// sequence is the number of a route-map entry.
func sequence(opener string) int {
	n, _ := strconv.Atoi(newWords(opener).last())
	return n
}

// freeNear is a free number from which an entry does the same as from number at: no
// entry is in between that may match routes of its class. Should there be none, it is
// the last free one.
func freeNear(at int, taken map[int]bool) int {
	for _, step := range []int{1, -1} {
		for n := at + step; n > 0 && n <= maxSequence; n += step {
			barrier, used := taken[n]
			if !used {
				return n
			}
			if barrier {
				break
			}
		}
	}
	n := maxSequence
	for ; n > 1; n-- {
		if _, used := taken[n]; !used {
			break
		}
	}
	return n
}

// maxSequence is the highest number of a route-map entry.
const maxSequence = 65535

// uses reports whether from refers to a route-map or list.
func (d *differ) uses(name string) bool {
	if d.inUse == nil {
		d.inUse = usedByBGP(d.from.root)
	}
	return d.inUse[name]
}

// usedByBGP is the filters that neighbors, families and route-maps name. Network lines
// are left out: a route whose route-map is missing or unfinished has no tag and goes nowhere.
func usedByBGP(root *node) map[string]bool {
	used := map[string]bool{}
	for _, n := range root.kids {
		switch n.kind {
		case bgpBlock:
			for _, kid := range n.kids {
				usedIn(kid, used)
			}
		case routeMapBlock:
			for _, kid := range n.kids {
				usedByEntry(newWords(kid.text), used)
			}
		}
	}
	return used
}

func usedIn(n *node, used map[string]bool) {
	for _, kid := range n.kids {
		usedIn(kid, used)
	}
	if n.block || isNetwork(n) {
		return
	}
	fields := strings.Fields(n.text)
	for i, word := range fields[:len(fields)-1] {
		name := fields[i+1]
		switch word {
		case "route-map", "unsuppress-map", "advertise-map", "exist-map", "non-exist-map", "table-map", "import", "export":
			used["route-map "+name] = true
		case "prefix-list":
			used["ip prefix-list "+name], used["ipv6 prefix-list "+name] = true, true
		case "distribute-list":
			used["access-list "+name], used["ipv6 access-list "+name] = true, true
		case "filter-list":
			used["bgp as-path access-list "+name] = true
		}
	}
}

func usedByEntry(w words, used map[string]bool) {
	switch w.at(0) {
	case "call":
		used["route-map "+w.at(1)] = true
	case "match":
		usedByMatch(w, used)
	case "set":
		for _, kind := range []string{"standard ", "expanded ", ""} {
			switch w.at(1) {
			case "comm-list":
				used["bgp community-list "+kind+w.at(2)] = true
			case "large-comm-list":
				used["bgp large-community-list "+kind+w.at(2)] = true
			case "extended-comm-list":
				used["bgp extcommunity-list "+kind+w.at(2)] = true
			}
		}
	}
}

func usedByMatch(w words, used map[string]bool) {
	switch w.at(1) {
	case "ip", "ipv6":
		if w.at(3) == "prefix-list" {
			used[w.at(1)+" prefix-list "+w.at(4)] = true
		}
		used["access-list "+w.at(3)], used["ipv6 access-list "+w.at(3)] = true, true
	case "as-path":
		used["bgp as-path access-list "+w.at(2)] = true
	case "community", "large-community", "extcommunity":
		for _, kind := range []string{"standard ", "expanded ", ""} {
			used["bgp "+w.at(1)+"-list "+kind+w.at(2)] = true
		}
	}
}
