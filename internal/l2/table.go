package l2

import "net/netip"

// Table says which addresses are answered on which links. It never changes;
// listeners load the current one for every packet.
type Table struct {
	links  map[int]Link // those that can answer, by index
	own    map[MAC]bool // hardware addresses of all links of the node
	places map[netip.Addr][]place
}

// place is a link on which an address has a stance.
type place struct {
	link   int // index
	stance stance
}

// stance is how an address is treated on a link.
type stance uint8

const (
	stanceNone      stance = iota
	stanceHolding          // not answered: another host may have it
	stanceAnswering        // answered
	stanceLeaving          // answered until the next owner is heard, but not defended
)

// newTable makes the table of the links that can answer, all links of the node
// and what stands where.
func newTable(links, all []Link, places map[netip.Addr][]place) *Table {
	t := &Table{links: make(map[int]Link, len(links)), own: make(map[MAC]bool, len(all)), places: places}
	for _, l := range links {
		t.links[l.Index] = l
	}
	for _, l := range all {
		t.own[l.MAC] = true
	}
	return t
}

// stanceOf is how an address is treated on a link; none says why.
func (t *Table) stanceOf(addr netip.Addr, link int) (stance, DropReason) {
	places, ours := t.places[addr]
	if !ours {
		return stanceNone, DropAnnounceIP
	}
	for _, p := range places {
		if p.link == link {
			return p.stance, DropNone
		}
	}
	return stanceNone, DropNotMatchInterface
}

// foreign reports whether a hardware address is another host's.
func (t *Table) foreign(mac MAC) bool { return mac.unicast() && !t.own[mac] }

// Answer is what a packet leads to.
type Answer struct {
	Addr  netip.Addr // that was asked for, if it is answered
	Frame []byte     // to send on the same link; nil: Drop says why
	Drop  DropReason
	Claim Claim // zero if the packet is none
}

// Claim is another host that uses, or is about to use, an address that stands in
// the table.
type Claim struct {
	Addr  netip.Addr
	MAC   MAC
	Probe bool // it asks whether anybody has the address before it uses it
}

func drop(why DropReason) Answer { return Answer{Drop: why} }
