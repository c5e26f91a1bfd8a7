package intent

// parseL2Advertisements settles each advertisement, and which pools it is about.
func parseL2Advertisements(readings []reading[l2Draft], last []L2Advertisement, ctx advertisementContext) ([]L2Advertisement, []Problem) {
	var (
		ads      []L2Advertisement
		problems []Problem
		before   = byName(last, func(a L2Advertisement) string { return a.Ref.Name })
	)
	for _, r := range readings {
		ad, found, more := settle(ctx.completeL2(r), before, advertisementConsequence)
		problems = append(problems, more...)
		if !found {
			continue
		}
		ad.Pools = ctx.existing(ad.Pools)
		ads = append(ads, ad)
	}
	return ads, problems
}

// completeL2 adds to an advertisement the pools that it is about.
func (c advertisementContext) completeL2(r reading[l2Draft]) reading[L2Advertisement] {
	f, draft := r.findings.fork(), r.meaning
	ad := draft.ad
	ad.Pools = c.resolvePools(draft.poolNames, draft.poolSelectors)
	warnUnknown(&f, "spec.ipAddressPools", "IPAddressPool", draft.poolNames, c.knownPools)
	return reading[L2Advertisement]{name: r.name, meaning: ad, findings: f}
}
