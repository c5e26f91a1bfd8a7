package l2

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// Elector remembers elections, so that the next one costs what has changed since:
// a node that left costs the addresses that it had, and a node that joined one
// hash per address. What it returns is what Elect returns. It is not for several
// goroutines at once.
type Elector struct {
	slates  map[string]*Slate // by content
	results map[netip.Addr]*result
	round   uint64
	hasher  *hasher
	key     []byte
}

// Slate is a set of candidates. The same candidates are the same *Slate for as
// long as every round asks for them.
type Slate struct {
	names  []string            // the front runners, sorted
	round  uint64              // when it was last asked for
	joined map[*Slate][]string // by an earlier slate: the names that it lacks
}

// result is who won an address.
type result struct {
	slate *Slate
	best  ballot
	round uint64
}

// NewElector returns an elector that remembers nothing yet.
func NewElector() *Elector {
	return &Elector{slates: map[string]*Slate{}, results: map[netip.Addr]*result{}, hasher: newHasher()}
}

// Begin starts a round of elections, and forgets what the round before it did not ask for.
func (e *Elector) Begin() {
	for key, r := range e.results {
		if r.round != e.round {
			delete(e.results, key)
		}
	}
	for key, s := range e.slates {
		if s.round != e.round {
			delete(e.slates, key)
			continue
		}
		clear(s.joined)
	}
	e.round++
}

// Slate returns the set of these candidates.
func (e *Elector) Slate(candidates []Candidate) *Slate {
	names := frontRunners(candidates)
	key := e.key[:0]
	for _, name := range names {
		key = append(binary.AppendUvarint(key, uint64(len(name))), name...)
	}
	e.key = key
	slate, known := e.slates[string(key)]
	if !known {
		slate = &Slate{names: names, joined: map[*Slate][]string{}}
		e.slates[string(key)] = slate
	}
	slate.round = e.round
	return slate
}

// Elect returns the candidate of a slate that answers for the addresses that go
// by a key; false where the slate is empty.
func (e *Elector) Elect(slate *Slate, key netip.Addr) (node string, elected bool) {
	if len(slate.names) == 0 {
		return "", false
	}
	r, known := e.results[key]
	if !known {
		r = &result{}
		e.results[key] = r
	}
	r.round = e.round
	if r.slate != slate {
		r.best = slate.hold(e.hasher, r.slate, r.best, key)
		r.slate = slate
	}
	return r.best.node, true
}

// hold elects, starting from who won with another slate.
func (s *Slate) hold(h *hasher, before *Slate, best ballot, key netip.Addr) ballot {
	joined := s.names
	if before != nil && s.has(best.node) {
		joined = s.since(before)
	} else {
		best = ballot{}
	}
	if len(joined) == 0 {
		return best
	}
	return h.contest(joined, best, key.Unmap().String())
}

func (s *Slate) has(name string) bool {
	_, found := slices.BinarySearch(s.names, name)
	return found
}

// since lists the names that an earlier slate lacks.
func (s *Slate) since(before *Slate) []string {
	joined, known := s.joined[before]
	if known {
		return joined
	}
	for _, name := range s.names {
		if !before.has(name) {
			joined = append(joined, name)
		}
	}
	s.joined[before] = joined
	return joined
}
