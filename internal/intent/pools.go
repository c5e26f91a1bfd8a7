package intent

import (
	"cmp"
	"slices"
	"strings"
)

var poolConsequence = consequence{
	kept: "the pool keeps its last valid addresses",
	lost: "no address of this pool is announced",
}

// claim is a pool that asks for its addresses.
type claim struct {
	draft poolDraft
	ref   Ref
	rank  claimRank
}

// claimRank says who goes first when pools overlap.
type claimRank int

// Pools that stay as they were come before pools that changed, and those before
// new ones: a mistake in one pool takes nothing away from another.
const (
	claimUnchanged claimRank = iota
	claimChanged
	claimNew
)

// parsePools settles each pool, then gives out the addresses. Of two pools that
// overlap the one that had them keeps them; between two new ones the older wins,
// and without creation times the first by name.
func parsePools(readings []reading[poolDraft], last []Pool) ([]Pool, []Problem) {
	var (
		problems []Problem
		claims   []claim
		before   = byName(last, func(p Pool) string { return p.Name })
		kept     = make(map[string]poolDraft, len(last))
	)
	for _, p := range last {
		kept[p.Name] = poolDraft{pool: p}
	}
	for _, r := range readings {
		draft, found, more := settle(r, kept, poolConsequence)
		problems = append(problems, more...)
		if found {
			claims = append(claims, claim{draft: draft, ref: r.findings.ref, rank: rankOf(draft.pool, before)})
		}
	}
	pools, more := grant(claims, before)
	return pools, append(problems, more...)
}

func rankOf(p Pool, before map[string]Pool) claimRank {
	was, had := before[p.Name]
	switch {
	case !had:
		return claimNew
	case slices.EqualFunc(was.Ranges, p.Ranges, slices.Equal):
		return claimUnchanged
	default:
		return claimChanged
	}
}

// grant gives pools their addresses in the order of their claims.
func grant(claims []claim, before map[string]Pool) ([]Pool, []Problem) {
	slices.SortFunc(claims, func(a, b claim) int {
		byAge := 0
		if a.rank == claimNew {
			byAge = a.draft.created.Compare(b.draft.created)
		}
		return cmp.Or(cmp.Compare(a.rank, b.rank), byAge, strings.Compare(a.ref.Name, b.ref.Name))
	})
	var (
		taken    blocks
		pools    []Pool
		refused  = map[*claim]string{} // and the effect
		problems []Problem
	)
	for i := range claims {
		c := &claims[i]
		pool, effect := c.settle(taken, before)
		if effect != "" {
			refused[c] = effect
		}
		if effect != poolConsequence.lost {
			taken.add(pool.prefixes(), pool.Name)
			pools = append(pools, pool)
		}
	}
	for c, effect := range refused { // what is in the way is said when all have theirs: it is the same on the next pass
		problems = append(problems, c.problem(taken, effect))
	}
	slices.SortFunc(pools, func(a, b Pool) int { return strings.Compare(a.Name, b.Name) })
	return pools, problems
}

// settle gives the pool what it asks for, or else what it had, or else nothing; where
// it is not what it asks for, with the effect of that.
func (c *claim) settle(taken blocks, before map[string]Pool) (Pool, string) {
	if _, _, overlap := taken.clash(c.draft.pool.prefixes(), ""); !overlap {
		return c.draft.pool, ""
	}
	was, had := before[c.ref.Name]
	if !had {
		return Pool{}, poolConsequence.lost
	}
	if _, _, lost := taken.clash(was.prefixes(), ""); lost {
		return Pool{}, poolConsequence.lost
	}
	return was, poolConsequence.kept
}

// problem says who has what the pool asks for.
func (c *claim) problem(taken blocks, effect string) Problem {
	own, other, _ := taken.clash(c.draft.pool.prefixes(), c.draft.pool.Name)
	return Problem{
		Object: c.ref, Field: "spec.addresses",
		Message: own.String() + " overlaps " + other.prefix.String() + " of IPAddressPool " + other.owner,
		Effect:  effect,
		Remedy:  "give every address to one pool only",
	}
}
