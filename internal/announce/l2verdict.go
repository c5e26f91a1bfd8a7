package announce

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"frr-speaker/internal/intent"
)

// judge gives the verdict on one service of a pool that is announced by L2, and
// has the node answer for the addresses that it owns. place and where are what is
// wrong with the place of the addresses, if anything is.
func (l *lan) judge(index int, place Reason, where string) Verdict {
	svc, b := &l.intent.Services[index], &l.bids[index]
	v := Verdict{Service: svc.Ref, Addresses: svc.Addresses, Protocol: ProtocolL2}
	if place != 0 {
		return v.because(place, where)
	}
	if b.reason != 0 {
		return v.because(b.reason, b.detail)
	}
	if mine := l.owned(index); len(mine) > 0 {
		for _, a := range mine {
			l.answer(a.Unmap(), b.electorate.links)
		}
		detail := l.extent(index, mine)
		v.Addresses = mine
		return v.because(Announced, detail)
	}
	if reason, detail := l.obstacle(index); reason != 0 {
		return v.because(reason, detail+"; "+l.owners(svc.Addresses, "no other node can answer for the service"))
	}
	if others := l.withoutCommonNode(index); others != "" {
		return v.because(NoCommonNode, others)
	}
	return v.because(NotOwner, l.owners(svc.Addresses, "")+l.preference(index))
}

// owned lists the addresses of a service that the node answers for.
func (l *lan) owned(index int) []netip.Addr {
	if !l.bids[index].entered {
		return nil
	}
	all := l.intent.Services[index].Addresses
	var mine []netip.Addr
	for _, a := range all {
		if s := l.races.of(a.Unmap()); s.owner == l.node.Name && s.serves(index) {
			mine = append(mine, a)
		}
	}
	if len(mine) == len(all) {
		return all
	}
	return mine
}

// extent says on which links the node answers, if not on all, and who has the
// addresses that it does not have.
func (l *lan) extent(index int, mine []netip.Addr) string {
	var parts []string
	if links := l.bids[index].electorate.links; links != nil {
		parts = append(parts, "on "+strings.Join(links, ", "))
	}
	if all := l.intent.Services[index].Addresses; len(mine) < len(all) {
		rest := slices.DeleteFunc(slices.Clone(all), func(a netip.Addr) bool { return slices.Contains(mine, a) })
		parts = append(parts, "for "+list(mine)+" alone; "+l.owners(rest, "nobody answers for "+list(rest)))
	}
	return strings.Join(parts, ", ")
}

// obstacle asks what keeps the node from being a candidate. It returns zero when
// it is one.
func (l *lan) obstacle(index int) (Reason, string) {
	svc, e := &l.intent.Services[index], l.bids[index].electorate
	if !e.here {
		return NoMatchingAdvertisement, e.names + " is for other nodes"
	}
	if l.node.NotMember {
		return NotMember, "the speaker of node " + l.node.Name + " is not among the members"
	}
	if reason, detail := nodeMayAnnounce(l.node); reason != 0 {
		return reason, detail
	}
	return serviceServes(svc, l.node.Name)
}

// withoutCommonNode says with which services the service shares all its
// addresses without a node that could answer for both; "" if it does not.
func (l *lan) withoutCommonNode(index int) string {
	svc := &l.intent.Services[index]
	var other intent.Ref
	for _, a := range svc.Addresses {
		s := l.races.of(a.Unmap())
		if s.serves(index) {
			return ""
		}
		other = l.intent.Services[s.first].Ref
	}
	return "service " + other.Namespace + "/" + other.Name + " has " + list(svc.Addresses) + " as well, and no node may answer for both"
}

// preference says by how much the owner is preferred to this node; "" if it is not.
func (l *lan) preference(index int) string {
	e, svc := l.bids[index].electorate, &l.intent.Services[index]
	owner := l.races.of(svc.Addresses[0].Unmap()).owner
	i, found := findCandidate(e.candidates, owner)
	if !found || e.candidates[i].Score <= e.score {
		return ""
	}
	return "; " + owner + " is preferred with " + strconv.Itoa(e.candidates[i].Score) + " over " + strconv.Itoa(e.score)
}

// owners says who answers for addresses; nobody is the text for where nobody does.
func (l *lan) owners(addresses []netip.Addr, nobody string) string {
	var (
		names  []string
		theirs [][]netip.Addr
	)
	for _, a := range addresses {
		owner := l.races.of(a.Unmap()).owner
		if owner == "" {
			continue
		}
		i := slices.Index(names, owner)
		if i < 0 {
			i = len(names)
			names, theirs = append(names, owner), append(theirs, nil)
		}
		theirs[i] = append(theirs[i], a)
	}
	if len(names) == 0 {
		return nobody
	}
	for i := range names {
		names[i] = "node " + names[i] + " answers for " + list(theirs[i])
	}
	return strings.Join(names, ", ")
}

// list prints addresses, for people.
func list(addresses []netip.Addr) string {
	texts := make([]string, len(addresses))
	for i, a := range addresses {
		texts[i] = a.String()
	}
	return strings.Join(texts, ", ")
}
