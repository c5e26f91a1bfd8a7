package l2

import (
	"bytes"
	"crypto/sha256"
	"net/netip"
	"slices"
)

// Candidate is a node that may answer for an address.
type Candidate struct {
	Node string
	// Score is the sum of the weights of the preferences that select the node.
	Score int
}

// Elect returns the candidate that answers for the addresses that go by a key,
// and false where there is no candidate. The rule is MetalLB's, so that speakers
// of either kind agree on one node while a cluster moves from one to the other:
// the highest score goes first, and among equals the lowest SHA-256 (FIPS 180-4)
// of "<node>#<address>", compared as bytes.
func Elect(candidates []Candidate, key netip.Addr) (node string, elected bool) {
	names := frontRunners(candidates)
	if len(names) == 0 {
		return "", false
	}
	return newHasher().contest(names, ballot{}, key.Unmap().String()).node, true
}

// frontRunners are the nodes with the highest score, each once and sorted. No
// other can win.
func frontRunners(candidates []Candidate) []string {
	var (
		names []string
		top   int
	)
	for _, c := range candidates {
		if len(names) == 0 || c.Score > top {
			names, top = names[:0], c.Score
		}
		if c.Score == top {
			names = append(names, c.Node)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ballot is a node with its place in one election: the lower the earlier.
type ballot struct {
	node  string
	place [sha256.Size]byte
}

// contest returns the better of the best so far, if it has a node, and of names,
// which are sorted.
func (h *hasher) contest(names []string, best ballot, address string) ballot {
	for _, name := range names {
		place := h.sum(name, address)
		if best.node == "" || bytes.Compare(place, best.place[:]) < 0 {
			best.node = name
			copy(best.place[:], place)
		}
	}
	return best
}
