package intent

import (
	corev1 "k8s.io/api/core/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/bgp"
)

// DefaultNamespace is where MetalLB and its users keep metallb.io objects.
const DefaultNamespace = "metallb-system"

// Parse reads a set of objects. An object that is wrong becomes Problems and
// stops no other; if prev, the result before this one, has a meaning for it, that
// goes on. An object that is gone is gone. Parse is total and pure, and the order
// of the objects does not matter. prev may be nil; it is not changed, and the
// result shares slices with it.
func Parse(objs Objects, opts Options, prev *Intent) (*Intent, []Problem) {
	return NewReader().Parse(objs, opts, prev)
}

// parser takes one pass over one set of objects.
type parser struct {
	objs     Objects
	opts     Options
	prev     *Intent
	result   *Intent
	problems []Problem

	knownPools map[string]bool
	knownPeers map[string]bool
}

func (p *parser) report(problems []Problem) { p.problems = append(p.problems, problems...) }

// configuration reads all but Services and their endpoints.
func (p *parser) configuration() {
	p.nodes()
	p.pools()
	p.peers()
	p.advertisements()
	p.rawConfig()
}

func (p *parser) nodes() {
	entries, problems := collect("Node", clusterWide, p.objs.Nodes)
	p.report(problems)
	missing := missingFrom(p.objs.Members)
	readings := readEach(entries, func(o *corev1.Node, _ *findings) Node { return parseNode(o, p.opts, missing) })
	for _, r := range readings {
		p.report(r.findings.problems("nothing is announced from this node"))
		if r.findings.usable() {
			p.result.Nodes = append(p.result.Nodes, r.meaning)
		}
	}
}

func (p *parser) pools() {
	entries, problems := collect("IPAddressPool", onlyIn(p.opts.Namespace), p.objs.Pools)
	p.report(problems)
	p.knownPools = names(entries)
	parse := func(o *v1beta1.IPAddressPool, f *findings) poolDraft { return parsePool(o, p.objs.Namespaces, f) }
	pools, problems := parsePools(readEach(entries, parse), p.prev.Pools)
	p.report(problems)
	p.result.Pools = pools
}

func (p *parser) peers() {
	profiles, known := p.bfdProfiles()
	entries, problems := collect("BGPPeer", onlyIn(p.opts.Namespace), p.objs.Peers)
	p.report(problems)
	p.knownPeers = names(entries)
	peers, used, problems := parsePeers(readEach(entries, parsePeer), p.prev, peerContext{
		own:      p.opts.Namespace,
		secrets:  indexSecrets(p.objs.Secrets, p.opts.Namespace),
		profiles: profiles,
		known:    known,
	})
	p.report(problems)
	p.result.Peers, p.result.BFDProfiles = peers, used
}

// bfdProfiles settles the profiles, and lists the names of all there are.
func (p *parser) bfdProfiles() (usable map[string]bgp.BFDProfile, known map[string]bool) {
	entries, problems := collect("BFDProfile", onlyIn(p.opts.Namespace), p.objs.BFDProfiles)
	p.report(problems)
	usable = make(map[string]bgp.BFDProfile, len(entries))
	before := byName(p.prev.BFDProfiles, func(b bgp.BFDProfile) string { return b.Name })
	for _, r := range readEach(entries, parseBFDProfile) {
		profile, found, problems := settle(r, before, bfdConsequence)
		p.report(problems)
		if found {
			usable[r.name] = profile
		}
	}
	return usable, names(entries)
}

func (p *parser) advertisements() {
	communities, problems := collect("Community", onlyIn(p.opts.Namespace), p.objs.Communities)
	p.report(problems)
	aliases, problems := parseAliases(readEach(communities, parseCommunityObject))
	p.report(problems)
	entries, problems := collect("BGPAdvertisement", onlyIn(p.opts.Namespace), p.objs.BGPAdvertisements)
	p.report(problems)
	ctx := advertisementContext{
		aliases:    aliases,
		pools:      p.result.Pools,
		poolByName: byName(p.result.Pools, func(pool Pool) string { return pool.Name }),
		knownPools: p.knownPools,
		knownPeers: p.knownPeers,
	}
	ads, problems := parseBGPAdvertisements(readEach(entries, parseBGPAdvertisement), p.prev.BGPAdvertisements, ctx)
	p.report(problems)
	p.report(localPrefConflicts(ads, ctx.poolByName, p.result.Nodes))
	p.result.BGPAdvertisements = ads
	p.l2Advertisements(ctx)
}

func (p *parser) l2Advertisements(ctx advertisementContext) {
	entries, problems := collect("L2Advertisement", onlyIn(p.opts.Namespace), p.objs.L2Advertisements)
	p.report(problems)
	ads, problems := parseL2Advertisements(readEach(entries, parseL2Advertisement), p.prev.L2Advertisements, ctx)
	p.report(problems)
	p.result.L2Advertisements = ads
}

func (p *parser) rawConfig() {
	var extras []*corev1.ConfigMap
	for _, o := range p.objs.ConfigMaps {
		if o != nil && o.Name == rawConfigMap && (o.Namespace == "" || o.Namespace == p.opts.Namespace) {
			extras = append(extras, o)
		}
	}
	entries, _ := collect("ConfigMap", onlyIn(p.opts.Namespace), extras)
	before := map[string]string{}
	if p.prev.RawConfig != "" {
		before[rawConfigMap] = p.prev.RawConfig
	}
	for _, r := range readEach(entries, parseRawConfig) {
		text, _, problems := settle(r, before, rawConsequence)
		p.report(problems)
		p.result.RawConfig = text
	}
}
