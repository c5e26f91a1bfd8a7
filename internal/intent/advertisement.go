package intent

import (
	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/bgp"
)

// BGPAdvertisement says how the addresses of some pools are announced, from which
// nodes and to which peers.
type BGPAdvertisement struct {
	Ref              Ref
	Pools            []string // resolved names, sorted; what selectors matched included
	Nodes            Selector
	Services         Selector
	Peers            []string // BGPPeer names; empty: every peer
	AggregationV4    int      // prefix length, 32 when not set
	AggregationV6    int      // prefix length, 128 when not set
	LocalPref        uint32   // 0: not set
	Communities      []bgp.Community
	LargeCommunities []bgp.LargeCommunity
}

// Attributes are the path attributes that the advertisement asks for.
func (a BGPAdvertisement) Attributes() bgp.Attributes {
	return bgp.Attributes{LocalPref: a.LocalPref, Communities: a.Communities, LargeCommunities: a.LargeCommunities}
}

// aggregation is the prefix length for routes of a family.
func (a BGPAdvertisement) aggregation(f bgp.Family) int {
	if f == bgp.IPv4Unicast {
		return a.AggregationV4
	}
	return a.AggregationV6
}

const (
	hostBitsV4 = 32
	hostBitsV6 = 128
)

// maxCommunities is what FRR takes in one "set community" line.
const maxCommunities = 63

// advertisementDraft is an advertisement that still needs what it refers to.
type advertisementDraft struct {
	ad            BGPAdvertisement
	poolNames     []string
	poolSelectors Selector
	peerNames     []string // as listed
	communities   []string
}

func parseBGPAdvertisement(o *v1beta1.BGPAdvertisement, f *findings) advertisementDraft {
	spec := &o.Spec
	draft := advertisementDraft{
		ad: BGPAdvertisement{
			Ref:           f.ref,
			Nodes:         parseSelectors(f, "spec.nodeSelectors", spec.NodeSelectors),
			Services:      parseSelectors(f, "spec.serviceSelectors", spec.ServiceSelectors),
			Peers:         sortedUnique(spec.Peers),
			AggregationV4: parseAggregation(f, "spec.aggregationLength", spec.AggregationLength, hostBitsV4),
			AggregationV6: parseAggregation(f, "spec.aggregationLengthV6", spec.AggregationLengthV6, hostBitsV6),
			LocalPref:     spec.LocalPref,
		},
		poolNames:     spec.IPAddressPools,
		poolSelectors: parseSelectors(f, "spec.ipAddressPoolSelectors", spec.IPAddressPoolSelectors),
		peerNames:     spec.Peers,
		communities:   spec.Communities,
	}
	refuseRepeat(f, "spec.peers", spec.Peers)
	refuseRepeat(f, "spec.ipAddressPools", spec.IPAddressPools)
	refuseRepeat(f, "spec.communities", spec.Communities)
	aggregates := draft.ad.AggregationV4 != hostBitsV4 || draft.ad.AggregationV6 != hostBitsV6
	if len(spec.ServiceSelectors) > 0 && aggregates {
		f.refuse("spec.serviceSelectors", "remove the selectors or the aggregation lengths",
			"cannot be combined with aggregation: an aggregate announces addresses of other services too")
	}
	return draft
}

func parseAggregation(f *findings, field string, length *int32, hostBits int) int {
	if length == nil {
		return hostBits
	}
	if *length < 1 || int(*length) > hostBits {
		f.refuse(field, "correct the prefix length", "%d is not between 1 and %d", *length, hostBits)
		return hostBits
	}
	return int(*length)
}

func refuseRepeat(f *findings, field string, list []string) {
	if i, found := firstRepeat(list); found {
		f.refuse(element(field, i), "remove one of the two", "%s is listed twice", quote(list[i]))
	}
}
