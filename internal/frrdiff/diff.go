package frrdiff

import "slices"

// Diff returns the commands that take a daemon running from to running to, in an
// order in which no route that is in both is withdrawn at any moment, nothing leaks,
// and only sessions that must reset do (docs/design/frr.md says why it is this one).
// It compares what Normalize makes of both. It is empty when they set the same.
func Diff(from, to *Config) Script {
	d := &differ{from: from.Normalize(), to: to.Normalize()}
	all := changes(d.from.root.kids, d.to.root.kids)
	if len(all) == 0 {
		return nil
	}
	d.top(all)
	return d.script()
}

// bucket is a place in the order of a script.
type bucket uint8

const (
	firstOff     bucket = iota // lines nobody knows and lines in the way, before others are added
	newFilters                 // lists and route-maps that nothing uses yet, descriptions
	settings                   // top-level lines, interfaces, VRFs, BFD profiles
	instancesOff               // router bgp that goes, or is made anew
	instances                  // router bgp and its own settings
	neighborsOff
	newNeighbors // their session; no family is active yet
	groupRanges  // bgp listen range, which needs its peer-group
	lineEdits    // lines of lists and route-maps in use that FRR cannot commit together with others
	filterEdits  // Atomic: route-maps and lists in use
	flush        // makes filter edits effective at once
	neighbors    // neighbors that stay, and the families of new ones
	networks     // and other lines of families
	networksOff
	joiners     // neighbors that get a family from which routes have just gone
	settingsOff // settings of an instance that lines of neighbors kept in place
	linesOff    // what was set at top level
	mapsOff     // entries and route-maps that nothing matches or uses
	listsOff
	bucketCount
)

func (b bucket) phase() Phase {
	switch {
	case b <= settings:
		return Prepare
	case b <= settingsOff:
		return Change
	}
	return Retire
}

type differ struct {
	from, to  *Config
	buckets   [bucketCount][]Command
	inUse     map[string]bool // filters that from refers to, by "route-map NAME" and the like; nil until needed
	discarded map[string]bool // "ip route PREFIX" that to throws away; nil until needed
	stale     bool            // routes have to be evaluated anew by filters that were edited
}

func (d *differ) script() Script {
	d.addFlush()
	var s Script
	for b := range bucketCount {
		commands := d.buckets[b]
		if len(commands) == 0 {
			continue
		}
		atomic := b == filterEdits && len(commands) > 1 && d.speaksBGP()
		s = append(s, Step{Phase: b.phase(), Atomic: atomic, Commands: commands})
	}
	return s
}

// speaksBGP reports whether the commands are for bgpd, where half a filter could leak.
func (d *differ) speaksBGP() bool { return d.to.daemon == "" || d.to.daemon == Bgpd }

// addFlush: bgpd looks again at routes it has some time after a filter was edited,
// five seconds unless configured. Setting that time to zero makes it look at once.
func (d *differ) addFlush() {
	if !d.stale || !d.speaksBGP() || !slices.ContainsFunc(d.from.root.kids, func(n *node) bool { return n.kind == bgpBlock }) {
		return
	}
	restore := "bgp route-map delay-timer 5"
	var line Line
	for _, n := range d.to.root.kids {
		if n.slot == "bgp route-map delay-timer" {
			restore, line = n.text, n.line
		}
	}
	if restore == "bgp route-map delay-timer 0" {
		return // never, by configuration
	}
	d.say(flush, Command{Text: "bgp route-map delay-timer 0", Source: line}, Command{Text: restore, Source: line})
}

func (d *differ) say(b bucket, commands ...Command) {
	d.buckets[b] = append(d.buckets[b], commands...)
}

// top sorts the changes at top level.
func (d *differ) top(all []change) {
	var filters []change
	for _, ch := range all {
		n := ch.to
		if n == nil {
			n = ch.from
		}
		_, list := parseList(n.text)
		switch {
		case n.kind == bgpBlock:
			d.instance(ch.from, ch.to)
		case n.kind == routeMapBlock || list:
			filters = append(filters, ch)
		case n.kind.shared():
			d.shared(n.kind, ch, []string{n.text})
		default:
			d.line(topBlock, ch, nil)
		}
	}
	d.filters(filters)
}

// shared goes through a block that is nothing by itself.
func (d *differ) shared(k kind, ch change, context []string) {
	for _, ch := range changes(kidsOf(ch.from), kidsOf(ch.to)) {
		d.line(k, ch, context)
	}
}

// line changes a line or opaque block that no rule of BGP is about.
func (d *differ) line(k kind, ch change, context []string) {
	if d.implied(k, ch) {
		return
	}
	if ch.to == nil {
		b := linesOff
		if !familiar(k, ch.from) || d.inTheWay(ch.from) {
			b = firstOff
		}
		commands := remove(k, ch.from, context)
		for n := range commands {
			commands[n].Undoes = ch.from.text
		}
		d.say(b, commands...)
		return
	}
	d.say(settings, write(k, ch, context)...)
}

// implied reports a change that is none for FRR: a new line that says what this FRR
// does anyway and does not print, or the end of a "no" line that was written and
// perhaps never set anything.
func (d *differ) implied(k kind, ch change) bool {
	switch {
	case ch.from == nil:
		text, no := bare(ch.to.text)
		return !no && d.from.echoed() && silentWhenOn(k, newWords(text), d.from.major())
	case ch.to == nil:
		text, no := bare(ch.from.text)
		return no && !d.from.echoed() && !onByDefault(k, newWords(text))
	}
	return false
}

// familiar reports lines that are known to set what they set next to others.
func familiar(k kind, n *node) bool {
	text, _ := bare(n.text)
	return n.block && n.kind != opaqueBlock || offByDefault(k, newWords(text))
}

// inTheWay reports a static route that has to go before others for the same prefix can
// come: a prefix is either thrown away or sent on.
func (d *differ) inTheWay(n *node) bool {
	w := newWords(n.text)
	if w.at(1) != "route" {
		return false
	}
	if discards(w) {
		return true
	}
	if d.discarded == nil {
		d.discarded = map[string]bool{}
		d.to.root.walk(func(n *node) {
			if w := newWords(n.text); w.at(1) == "route" && discards(w) {
				d.discarded[w.first(3)] = true
			}
		})
	}
	return d.discarded[w.first(3)]
}

func discards(route words) bool {
	switch route.at(3) {
	case "Null0", "blackhole", "reject":
		return true
	}
	return false
}

// remove takes back a line or block.
func remove(k kind, n *node, context []string) []Command {
	text := negation(k, n)
	if text == "" {
		return nil
	}
	return []Command{{Context: context, Text: text, Source: n.line}}
}

// write sets a line or block, new or changed, with everything in it.
func write(k kind, ch change, context []string) []Command {
	from, to := ch.from, ch.to
	var out []Command
	if from != nil && !overwrites(k, from, to) {
		out = remove(k, from, context)
		from = nil
	}
	if !to.block {
		return append(out, Command{Context: context, Text: to.text, Source: to.line})
	}
	if from == nil || from.text != to.text {
		out = append(out, Command{Context: context, Text: to.text, Source: to.line, Opens: true})
	}
	return append(out, inside(to.kind, changes(kidsOf(from), to.kids), append(slices.Clip(context), to.text))...)
}

// inside makes changes in a block one after the other.
func inside(k kind, all []change, context []string) []Command {
	var out []Command
	for _, ch := range all {
		if ch.to == nil {
			out = append(out, remove(k, ch.from, context)...)
			continue
		}
		out = append(out, write(k, ch, context)...)
	}
	return out
}
