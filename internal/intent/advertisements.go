package intent

import (
	"slices"

	"frr-speaker/internal/bgp"
)

var advertisementConsequence = consequence{
	kept: "the advertisement keeps its last valid settings",
	lost: "the advertisement is left out",
}

// advertisementContext is what advertisements refer to.
type advertisementContext struct {
	aliases    aliasTable
	pools      []Pool
	poolByName map[string]Pool
	knownPools map[string]bool // IPAddressPool objects, usable or not
	knownPeers map[string]bool // BGPPeer objects, usable or not
}

// parseBGPAdvertisements settles each advertisement, and which pools it is about.
func parseBGPAdvertisements(readings []reading[advertisementDraft], last []BGPAdvertisement, ctx advertisementContext) ([]BGPAdvertisement, []Problem) {
	var (
		ads      []BGPAdvertisement
		problems []Problem
		before   = byName(last, func(a BGPAdvertisement) string { return a.Ref.Name })
	)
	for _, r := range readings {
		was, had := before[r.name]
		was.Pools = ctx.existing(was.Pools)
		last := map[string]BGPAdvertisement{}
		if had {
			last[r.name] = was
		}
		now := ctx.complete(r)
		ctx.refuseLoss(&now, was)
		ad, found, more := settle(now, last, advertisementConsequence)
		problems = append(problems, more...)
		if !found {
			continue
		}
		var left []Problem
		ad.Pools, left = ctx.fitting(ad)
		problems = append(problems, left...)
		ads = append(ads, ad)
	}
	return ads, problems
}

// existing are those of some pools that still exist.
func (c advertisementContext) existing(names []string) []string {
	var still []string
	for _, name := range names {
		if _, exists := c.poolByName[name]; exists {
			still = append(still, name)
		}
	}
	return still
}

// complete adds to an advertisement what it refers to.
func (c advertisementContext) complete(r reading[advertisementDraft]) reading[BGPAdvertisement] {
	f, draft := r.findings.fork(), r.meaning
	ad := draft.ad
	var all communities
	for i, text := range draft.communities {
		value, complaint := c.aliases.resolve(text)
		f.object(element("spec.communities", i), complaint)
		all.add(value)
	}
	all.normalize()
	if all.count() > maxCommunities {
		f.refuse("spec.communities", "list fewer", "are %d, and FRR takes at most %d in one route-map entry", all.count(), maxCommunities)
	}
	ad.Communities, ad.LargeCommunities = all.standard, all.large
	ad.Pools = c.resolvePools(draft.poolNames, draft.poolSelectors)
	warnUnknown(&f, "spec.ipAddressPools", "IPAddressPool", draft.poolNames, c.knownPools)
	warnUnknown(&f, "spec.peers", "BGPPeer", draft.peerNames, c.knownPeers)
	return reading[BGPAdvertisement]{name: r.name, meaning: ad, findings: f}
}

// resolvePools lists the pools that an advertisement is about: those it names
// and those it selects, or all of them when it does neither.
func (c advertisementContext) resolvePools(names []string, selectors Selector) []string {
	all := len(names) == 0 && len(selectors) == 0
	pools := c.existing(names)
	if all || len(selectors) > 0 {
		for _, p := range c.pools {
			if all || selectors.Matches(p.Labels) {
				pools = append(pools, p.Name)
			}
		}
	}
	return sortedUnique(pools)
}

func warnUnknown(f *findings, field, kind string, list []string, known map[string]bool) {
	for i, name := range list {
		if !known[name] {
			f.warn(element(field, i), "the name has no effect", "correct the name, or create the "+kind, "%s %s does not exist", kind, quote(name))
		}
	}
}

// refuseLoss refuses aggregation lengths that would take a pool away from an
// advertisement which can go on announcing it as before.
func (c advertisementContext) refuseLoss(now *reading[BGPAdvertisement], was BGPAdvertisement) {
	if !now.findings.usable() {
		return
	}
	for _, name := range now.meaning.Pools {
		pool := c.poolByName[name]
		field, complaint := tooWide(now.meaning, pool)
		_, before := tooWide(was, pool)
		if complaint != nil && before == nil && slices.Contains(was.Pools, name) {
			now.findings.object(field, complaint)
			return
		}
	}
}

// fitting are the pools that the advertisement may announce. Others would make
// the aggregate cover addresses outside the pool, which are not ours.
func (c advertisementContext) fitting(ad BGPAdvertisement) ([]string, []Problem) {
	var (
		pools []string
		f     = findings{ref: ad.Ref}
	)
	for _, name := range ad.Pools {
		field, complaint := tooWide(ad, c.poolByName[name])
		if complaint != nil {
			f.warn(field, "the advertisement leaves out this pool", complaint.remedy, "%s", complaint.message)
			continue
		}
		pools = append(pools, name)
	}
	return pools, f.warnings
}

// tooWide complains about an aggregation length that is shorter than the widest
// CIDR of an entry of the pool.
func tooWide(ad BGPAdvertisement, p Pool) (field string, c *complaint) {
	for _, entry := range p.Ranges {
		widest := entry[0]
		for _, prefix := range entry {
			if prefix.Bits() < widest.Bits() {
				widest = prefix
			}
		}
		family := bgp.FamilyOf(widest.Addr())
		if length := ad.aggregation(family); length < widest.Bits() {
			field = "spec.aggregationLength"
			if family == bgp.IPv6Unicast {
				field = "spec.aggregationLengthV6"
			}
			return field, complain("use a length that every entry of the pool contains",
				"/%d is wider than %s of IPAddressPool %s", length, widest, p.Name)
		}
	}
	return "", nil
}
