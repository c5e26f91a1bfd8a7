package l2

import (
	"net/netip"
	"slices"
)

// publish swaps the table, and makes the reports known.
func (o *owner) publish(fit map[at]Link) {
	var listening []Link
	for where := range o.listeners {
		listening = append(listening, fit[where])
	}
	places := make(map[netip.Addr][]place, len(o.claims))
	for key, c := range o.claims {
		places[key.addr] = append(places[key.addr], place{key.link, c.stance})
	}
	before := o.table.Swap(newTable(listening, o.links, places))
	for addr := range before.places {
		if places[addr] == nil {
			o.metrics.forget(addr)
		}
	}
	o.report(places)
}

// report makes the reports of all announcements known.
func (o *owner) report(places map[netip.Addr][]place) {
	names := make(map[int]string, len(o.links))
	for _, l := range o.links {
		names[l.Index] = l.Name
	}
	reports := make([]Report, 0, len(o.want))
	var failed, conflicts int
	for _, w := range o.want {
		r := Report{Addr: w.Addr, Unfit: o.unfit(w)}
		for _, p := range places[w.Addr] {
			o.add(&r, o.claims[claimKey{w.Addr, p.link}], names[p.link])
		}
		slices.Sort(r.Links)
		slices.SortFunc(r.Conflicts, compareConflicts)
		conflicts += len(r.Conflicts)
		if r.Failed() {
			failed++
		}
		reports = append(reports, r)
	}
	o.metrics.answered.Set(float64(len(reports) - failed))
	o.metrics.failed.Set(float64(failed))
	o.metrics.conflicts.Set(float64(conflicts))
	if old := o.reports.Swap(&reports); old == nil || !slices.EqualFunc(*old, reports, Report.equal) {
		select {
		case o.changed <- struct{}{}:
		default:
		}
	}
}

// add adds what a claim comes to on one link.
func (o *owner) add(r *Report, c *claim, link string) {
	switch {
	case c.stance == stanceAnswering:
		r.Links = append(r.Links, link)
	case c.stance == stanceHolding && !c.disputed:
		r.Probing = true
	}
	if !c.disputed {
		return
	}
	for _, rival := range c.rivals {
		r.Conflicts = append(r.Conflicts, Conflict{
			Link: link, MAC: rival.mac, Since: rival.since, Yielded: c.stance == stanceHolding,
		})
	}
}

// unfit are the links that an announcement names and that cannot answer.
func (o *owner) unfit(w Announcement) []UnfitLink {
	var out []UnfitLink
	p := protocolOf(w.Addr)
	for _, name := range w.Links {
		reason := UnfitAbsent
		if at := slices.IndexFunc(o.links, func(l Link) bool { return l.Name == name }); at >= 0 {
			reason = o.unfitNow(o.links[at], p)
		}
		if reason != 0 {
			out = append(out, UnfitLink{name, reason})
		}
	}
	return out
}

// unfitNow is why a link does not answer, as far as that is its own fault.
func (o *owner) unfitNow(l Link, p Protocol) Unfit {
	if reason := l.unfit(p, o.excluded); reason != 0 {
		return reason
	}
	if o.listeners[at{l.Index, p}] == nil {
		return UnfitError
	}
	return 0
}
