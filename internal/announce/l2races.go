package announce

import (
	"net/netip"
	"slices"

	"frr-speaker/internal/l2"
)

// races are the addresses that are up for election. Each has one owner, however
// many services have it: a link on which two nodes answer for one address is a
// link on which neither can be relied on.
type races struct {
	index map[netip.Addr]int
	all   []race
}

// race is one address.
type race struct {
	// key is what the election goes by. As in MetalLB, all addresses of a service
	// go by the first one, so that they move together. Where services that share
	// the address disagree on that, it goes by itself; MetalLB lets two nodes answer then.
	key   netip.Addr
	slate *l2.Slate // nil: no service asks for an owner
	owner string    // "" while nobody is elected

	first  int            // the service that was the first to bid
	common []l2.Candidate // where slates differ: who may answer for all services that have bid
	left   []int          // services that have no candidate in common with those before them
}

func newRaces(services int) races { return races{index: make(map[netip.Addr]int, services)} }

// of returns the race of an address, nil if it has none.
func (r *races) of(addr netip.Addr) *race {
	if i, found := r.index[addr]; found {
		return &r.all[i]
	}
	return nil
}

// share makes a service that begins with the address first one of those that have
// an address, whether or not it is fit to be announced now: an address does not
// move because another service loses its endpoints.
func (r *races) share(addr, first netip.Addr) {
	have := r.of(addr)
	switch {
	case have == nil:
		r.index[addr] = len(r.all)
		r.all = append(r.all, race{key: first})
	case have.key != first:
		have.key = addr
	}
}

// bid enters a service that some node may announce. Services come in the order of
// their names, and of two that have no candidate in common the first is announced.
func (r *races) bid(l *lan, addr netip.Addr, service int, slate *l2.Slate) {
	have := r.of(addr)
	switch {
	case have.slate == nil:
		have.slate, have.first = slate, service
	case !l.alike(have.first, service):
		have.admit(l, service)
	}
}

// admit narrows the candidates of a shared address to those that may answer for
// one more service, or leaves the service out where that would be none.
func (r *race) admit(l *lan, service int) {
	if r.common == nil {
		r.common = l.candidates(r.first)
	}
	both := among(r.common, l.candidates(service))
	if len(both) == 0 {
		r.left = append(r.left, service)
		return
	}
	r.common, r.slate = both, l.elector.Slate(both)
}

// among lists those candidates of a that are in b, both sorted by name. What the
// first service prefers counts.
func among(a, b []l2.Candidate) []l2.Candidate {
	var both []l2.Candidate
	for _, c := range a {
		if _, found := findCandidate(b, c.Node); found {
			both = append(both, c)
		}
	}
	return both
}

// elect gives every race its owner.
func (r *races) elect(elector *l2.Elector) {
	for i := range r.all {
		if race := &r.all[i]; race.slate != nil {
			race.owner, _ = elector.Elect(race.slate, race.key)
		}
	}
}

// serves reports whether the owner of the race may answer for a service that has bid.
func (r *race) serves(service int) bool { return !slices.Contains(r.left, service) }
