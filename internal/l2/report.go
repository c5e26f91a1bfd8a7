package l2

import (
	"net/netip"
	"slices"
	"time"
)

// Report says what has become of one announcement.
type Report struct {
	Addr netip.Addr
	// Links are the names of those on which the address is answered now, sorted.
	Links []string
	// Unfit are links that the announcement names and that cannot answer, sorted by
	// name. Of an announcement for all links it is empty.
	Unfit []UnfitLink
	// Probing means that the address is not answered yet on some link: it is being
	// found out whether another host has it.
	Probing bool
	// Conflicts are other hosts that claim the address, sorted by link and MAC.
	Conflicts []Conflict
}

// UnfitLink is a link that an announcement names, and why it cannot answer.
type UnfitLink struct {
	Name   string
	Reason Unfit
}

// Conflict is another host that uses an address which this node owns (RFC 5227,
// section 2.4; RFC 4862, section 5.4). The nodes of a cluster are given 3 s to agree before one is reported.
type Conflict struct {
	Link  string
	MAC   MAC
	Since time.Time
	// Yielded means that this node does not answer there because of it: see Options.Yield.
	Yielded bool
}

// Failed reports whether nothing on this node answers for the address, though
// the node was elected to.
func (r Report) Failed() bool { return len(r.Links) == 0 && !r.Probing }

func (r Report) equal(o Report) bool {
	return r.Addr == o.Addr && r.Probing == o.Probing && slices.Equal(r.Links, o.Links) &&
		slices.Equal(r.Unfit, o.Unfit) && slices.Equal(r.Conflicts, o.Conflicts)
}
