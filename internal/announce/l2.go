package announce

import (
	"net/netip"
	"slices"
	"strings"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/l2"
)

// lan decides for which addresses the node answers on its links. Every node comes
// to the same owners, because nothing here depends on the node but the verdicts.
type lan struct {
	intent  *intent.Intent
	node    intent.Node
	elector *l2.Elector
	ads     *lanAdvertisements
	bids    []bid // by service
	races   races
	links   map[netip.Addr][]string // of what the node answers for
}

// bid is what a service has to say before its addresses have owners.
type bid struct {
	reason     Reason // zero: nothing speaks against the service on any node
	detail     string
	electorate *electorate
	entered    bool // some node may be elected
}

// newLAN holds the elections. Without an L2Advertisement it returns nil.
func newLAN(in *intent.Intent, node intent.Node, pools poolIndex, elector *l2.Elector) *lan {
	if len(in.L2Advertisements) == 0 {
		return nil
	}
	l := &lan{
		intent: in, node: node, elector: elector,
		ads:   newLANAdvertisements(in, node, elector),
		bids:  make([]bid, len(in.Services)),
		races: newRaces(len(in.Services)),
		links: map[netip.Addr][]string{},
	}
	elector.Begin()
	for i := range in.Services {
		pool, reason, _ := pools.poolOf(in.Services[i].Addresses)
		if reason == 0 && l.ads.announce(pool) {
			l.bid(i, pool, pools.name(pool))
		}
	}
	l.races.elect(elector)
	return l
}

// bid enters a service into the elections of its addresses. The order of the
// questions is MetalLB's.
func (l *lan) bid(index, pool int, poolName string) {
	svc, b := &l.intent.Services[index], &l.bids[index]
	first := svc.Addresses[0].Unmap()
	for _, a := range svc.Addresses {
		l.races.share(a.Unmap(), first)
	}
	if svc.Endpoints.Serving == 0 {
		b.reason = NoEndpoints
		return
	}
	matching, found := l.ads.matching(pool, svc.Labels)
	if !found {
		b.reason, b.detail = NoMatchingAdvertisement, "no "+l.ads.nameAll(l.ads.byPool[pool])+" of pool "+poolName+" selects the service"
		return
	}
	b.electorate = l.ads.electorate(matching)
	if svc.SharingKey != "" && b.electorate.selective != "" {
		b.reason, b.detail = SharedIPWithServiceSelector, "the service may share its address, and L2Advertisement "+
			b.electorate.selective+" has serviceSelectors: services with one address could differ in who announces them"
		return
	}
	slate, some := l.slate(index)
	if !some {
		return
	}
	b.entered = true
	for _, a := range svc.Addresses {
		l.races.bid(l, a.Unmap(), index, slate)
	}
}

// slate is the candidates for a service; false where there is none.
func (l *lan) slate(index int) (*l2.Slate, bool) {
	e := l.bids[index].electorate
	if l.intent.Services[index].TrafficPolicy == intent.TrafficPolicyCluster {
		return e.slate, len(e.candidates) > 0
	}
	local := l.candidates(index)
	return l.elector.Slate(local), len(local) > 0
}

// candidates are the nodes that may answer for a service: with policy Local those
// that hold an endpoint of it.
func (l *lan) candidates(index int) []l2.Candidate {
	svc, e := &l.intent.Services[index], l.bids[index].electorate
	if svc.TrafficPolicy == intent.TrafficPolicyCluster {
		return e.candidates
	}
	var local []l2.Candidate
	for _, name := range svc.Endpoints.Nodes {
		if i, found := findCandidate(e.candidates, name); found {
			local = append(local, e.candidates[i])
		}
	}
	return local
}

// alike reports whether two services certainly have the same candidates.
func (l *lan) alike(a, b int) bool {
	return l.bids[a].electorate == l.bids[b].electorate &&
		l.intent.Services[a].TrafficPolicy == intent.TrafficPolicyCluster &&
		l.intent.Services[b].TrafficPolicy == intent.TrafficPolicyCluster
}

// announcements lists what the node answers for, sorted.
func (l *lan) announcements() []l2.Announcement {
	if l == nil || len(l.links) == 0 {
		return nil
	}
	all := make([]l2.Announcement, 0, len(l.links))
	for addr, links := range l.links {
		all = append(all, l2.Announcement{Addr: addr, Links: links})
	}
	slices.SortFunc(all, func(a, b l2.Announcement) int { return a.Addr.Compare(b.Addr) })
	return all
}

// answer makes the node answer for an address on some links, nil being all,
// besides those that another service with the address wants.
func (l *lan) answer(addr netip.Addr, links []string) {
	have, shared := l.links[addr]
	switch {
	case !shared || links == nil:
		l.links[addr] = links
	case have != nil:
		l.links[addr] = union(have, links, strings.Compare)
	}
}
