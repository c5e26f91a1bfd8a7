package collector

import (
	"fmt"
	"net/netip"
	"time"

	"frr-speaker/internal/bgp"
)

// Event is one thing that a neighbor did.
type Event struct {
	Seq        int       // position in the record, from 0
	Time       time.Time // when it was read; with a monotonic part
	Neighbor   netip.Addr
	Kind       Kind
	Prefix     netip.Prefix // of Announce and Withdraw
	Attributes *Attributes  // of Announce; shared by all prefixes of an UPDATE, not to be changed
	Family     bgp.Family   // of EndOfRIB
	Families   []bgp.Family // of Up: those that the session carries
	Reason     string       // of Down, and of Withdraw without a message
}

// Kind says what happened.
type Kind uint8

// The kinds of events.
const (
	Announce Kind = iota + 1
	Withdraw      // by an UPDATE or, with a Reason, because a restarted neighbor did not announce it again
	Up            // the session is Established
	Down          // it is not any more; without graceful restart, all its routes are gone
	EndOfRIB      // RFC 4724, section 2
)

// String is the kind as a word.
func (k Kind) String() string {
	switch k {
	case Announce:
		return "announce"
	case Withdraw:
		return "withdraw"
	case Up:
		return "up"
	case Down:
		return "down"
	default:
		return "end-of-rib"
	}
}

// String is the event on one line, for failures and for people.
func (e Event) String() string {
	s := fmt.Sprintf("%d %s %v %v", e.Seq, e.Time.Format("15:04:05.000000"), e.Neighbor, e.Kind)
	switch e.Kind {
	case Announce:
		s += fmt.Sprintf(" %v %v", e.Prefix, e.Attributes)
	case Withdraw:
		s += fmt.Sprintf(" %v", e.Prefix)
	case EndOfRIB:
		s += fmt.Sprintf(" %v", e.Family)
	case Up, Down:
	}
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	return s
}

// Attributes are the path attributes of an announcement (RFC 4271, section 5).
type Attributes struct {
	NextHop          netip.Addr // the global one
	LinkLocal        netip.Addr // RFC 2545, section 3; invalid if there is none
	ASPath           []bgp.ASN  // sets are flattened
	LocalPref        uint32     // 0 if absent
	MED              uint32     // 0 if absent
	Communities      []bgp.Community
	LargeCommunities []bgp.LargeCommunity
}

// String is the attributes on one line.
func (a *Attributes) String() string {
	if a == nil {
		return "no attributes"
	}
	return fmt.Sprintf("via %v path %v local-pref %d med %d communities %v %v",
		a.NextHop, a.ASPath, a.LocalPref, a.MED, a.Communities, a.LargeCommunities)
}

// Route is what one neighbor announces for a prefix now.
type Route struct {
	*Attributes
	Since time.Time // of the last announcement
	Stale bool      // its session went down and is expected back (RFC 4724)
}
