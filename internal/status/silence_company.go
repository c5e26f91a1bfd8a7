package status

import (
	"net/netip"
	"slices"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// company lists the services that can keep some others from being announced: those that
// lead to one prefix with them, by a shared address or by aggregation.
func company(in *intent.Intent, quiet []intent.Service) []intent.Service {
	shortest := shortestPrefixes(in.BGPAdvertisements)
	wanted, known := map[netip.Prefix]bool{}, make(map[intent.Ref]bool, len(quiet))
	for _, svc := range quiet {
		known[svc.Ref] = true
		for _, p := range shortest.of(svc) {
			wanted[p] = true
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	var out []intent.Service
	for i := range in.Services {
		svc := in.Services[i]
		if !known[svc.Ref] && slices.ContainsFunc(shortest.of(svc), func(p netip.Prefix) bool { return wanted[p] }) {
			out = append(out, svc)
		}
	}
	return out
}

// lengths are the shortest prefixes that any advertisement aggregates to.
type lengths struct{ v4, v6 int }

func shortestPrefixes(ads []intent.BGPAdvertisement) lengths {
	l := lengths{v4: 32, v6: 128}
	for i := range ads {
		l.v4, l.v6 = min(l.v4, ads[i].AggregationV4), min(l.v6, ads[i].AggregationV6)
	}
	return l
}

func (l lengths) of(svc intent.Service) []netip.Prefix {
	var out []netip.Prefix
	for _, a := range svc.Addresses {
		length := l.v4
		if bgp.FamilyOf(a) == bgp.IPv6Unicast {
			length = l.v6
		}
		if p, err := a.Unmap().Prefix(length); err == nil {
			out = append(out, p)
		}
	}
	return out
}
