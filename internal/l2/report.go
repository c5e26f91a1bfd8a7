package l2

import (
	"net/netip"
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
	// Conflicts are other hosts that claim the address, sorted by link and MAC.
	Conflicts []Conflict
}

// UnfitLink is a link that an announcement names, and why it cannot answer.
type UnfitLink struct {
	Name   string
	Reason Unfit
}

// Conflict is another host that uses an address which this node owns (RFC 5227,
// section 2.4; RFC 4862, section 5.4).
type Conflict struct {
	Link  string
	MAC   MAC
	Since time.Time
	// Yielded means that this node does not answer there because of it: see TakenPolicy.
	Yielded bool
}

// Failed reports whether nothing on this node answers for the address, though
// the node was elected to.
func (r Report) Failed() bool { return len(r.Links) == 0 }
