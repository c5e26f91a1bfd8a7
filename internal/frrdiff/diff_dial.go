package frrdiff

import (
	"net/netip"
	"slices"
	"strings"
)

// isAnother reports a change that ends the session of a neighbor with an address. A
// new neighbor is dialed at once; one that stays is not, on 8.4 and 10.3 alike. FRR
// tells it of each line with a notification of its own, and doubles with each of them
// the second that it waits before it dials. When the neighbor may be more or fewer
// hops away, FRR asks zebra for it anew, dials before it has the answer, and when that
// is what it was, waits for the connect timer: two minutes unless configured.
func (i *instanceDiff) isAnother(ch change) bool {
	n := ch.to
	if n == nil {
		n = ch.from
	}
	text, _ := bare(n.text)
	w := newWords(text)
	if _, err := netip.ParseAddr(w.at(1)); err != nil || i.implied(bgpBlock, ch) {
		return false
	}
	switch w.at(2) {
	case "password", "remote-as", "ebgp-multihop", "disable-connected-check", "update-source", "local-as":
		return true
	}
	return false
}

// losesBFD reports a neighbor that is watched by BFD no more.
func (p *neighborDiff) losesBFD() bool {
	return slices.ContainsFunc(p.session, func(ch change) bool {
		return ch.to == nil && ch.from.text == "neighbor "+p.name+" bfd"
	})
}

// redial is what makes FRR dial a neighbor that has no session, and changes nothing:
// its connect timer again. FRR 10 leaves a neighbor alone while BFD says that it is
// down, and goes on doing so when BFD is taken from it.
func (i *instanceDiff) redial(name string) []Command {
	if _, err := netip.ParseAddr(name); err != nil {
		return nil
	}
	connect := "neighbor " + name + " timers connect"
	for _, kid := range i.to.kids {
		if strings.HasPrefix(kid.text, connect+" ") {
			return []Command{{Context: i.context, Text: kid.text, Source: kid.line}}
		}
	}
	return []Command{{Context: i.context, Text: "no " + connect}}
}
