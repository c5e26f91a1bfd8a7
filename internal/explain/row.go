package explain

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// row explains the verdict of one node.
func (e *explainer) row(state *announce.State, svc *intent.Service, v announce.Verdict) Node {
	row := Node{Node: state.Node, Protocol: v.Protocol.String(), Reason: v.Reason.String(), Detail: v.Detail, Remedy: Remedy(v.Reason)}
	pool := e.poolOf(svc.Addresses)
	if v.Protocol == announce.ProtocolL2 {
		row.Advertisements = e.l2Advertisements(pool, svc, state.Node)
		if v.Announced() {
			row.Interfaces = interfaces(state, v.Addresses)
		}
	} else {
		row.Advertisements = e.bgpAdvertisements(pool, svc, state.Node)
		if v.Announced() {
			row.Peers = e.peers(state, v, row.Advertisements)
		}
	}
	if !v.Announced() {
		row.Causes = e.causesOf(state, v)
		return row
	}
	row.Causes = e.afterwards(state, svc.Ref, &row)
	row.Fault = len(row.Causes) > 0
	return row
}

// bgpAdvertisements lists those of a pool, and whether they mean the service on a node.
func (e *explainer) bgpAdvertisements(pool string, svc *intent.Service, node string) []Advertisement {
	var out []Advertisement
	for i := range e.facts.Intent.BGPAdvertisements {
		ad := &e.facts.Intent.BGPAdvertisements[i]
		if slices.Contains(ad.Pools, pool) {
			out = append(out, e.advertisement(ad.Ref.Name, ad.Nodes, ad.Services, svc, node))
		}
	}
	return out
}

func (e *explainer) l2Advertisements(pool string, svc *intent.Service, node string) []Advertisement {
	var out []Advertisement
	for i := range e.facts.Intent.L2Advertisements {
		ad := &e.facts.Intent.L2Advertisements[i]
		if slices.Contains(ad.Pools, pool) {
			out = append(out, e.advertisement(ad.Ref.Name, ad.Nodes, ad.Services, svc, node))
		}
	}
	return out
}

func (e *explainer) advertisement(name string, nodes, services intent.Selector, svc *intent.Service, node string) Advertisement {
	out := Advertisement{Name: name}
	here := slices.IndexFunc(e.facts.Intent.Nodes, func(n intent.Node) bool { return n.Name == node })
	switch {
	case here < 0 || !nodes.Matches(e.facts.Intent.Nodes[here].Labels):
		out.Why = "spec.nodeSelectors do not select the node"
	case !services.Matches(svc.Labels):
		out.Why = "spec.serviceSelectors do not select the service"
	default:
		out.Matches = true
	}
	return out
}

// peers lists the sessions that get the service's routes, with state, and attributes as
// they go out: those that another service with the prefix asks for are among them.
func (e *explainer) peers(state *announce.State, v announce.Verdict, ads []Advertisement) []Peer {
	var out []Peer
	report := e.facts.Reports.node(state.Node)
	for i := range state.BGP.Instances {
		instance := &state.BGP.Instances[i]
		routes := routesOf(instance, e.prefixes(v.Addresses, ads))
		for _, s := range instance.Sessions {
			peer := Peer{Name: s.Peer, Neighbor: s.Neighbor(), VRF: s.VRF, Routes: exported(routes, s.ID())}
			if len(peer.Routes) == 0 || !slices.Contains(v.Peers, s.Peer) {
				continue
			}
			peer.Session = sessionOf(report, s)
			out = append(out, peer)
		}
	}
	slices.SortFunc(out, func(a, b Peer) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Neighbor, b.Neighbor)) })
	return out
}

// prefixes are what the addresses lead to by the advertisements that match.
func (e *explainer) prefixes(addresses []netip.Addr, ads []Advertisement) []netip.Prefix {
	var out []netip.Prefix
	for i := range e.facts.Intent.BGPAdvertisements {
		ad := &e.facts.Intent.BGPAdvertisements[i]
		if !slices.Contains(ads, Advertisement{Name: ad.Ref.Name, Matches: true}) {
			continue
		}
		for _, a := range addresses {
			a = a.Unmap()
			length := ad.AggregationV4
			if bgp.FamilyOf(a) == bgp.IPv6Unicast {
				length = ad.AggregationV6
			}
			if prefix, err := a.Prefix(length); err == nil && !slices.Contains(out, prefix) {
				out = append(out, prefix)
			}
		}
	}
	slices.SortFunc(out, netip.Prefix.Compare)
	return out
}

// routesOf finds the routes of prefixes. Both are sorted.
func routesOf(instance *bgp.Instance, prefixes []netip.Prefix) []bgp.Route {
	var out []bgp.Route
	for _, p := range prefixes {
		at, found := slices.BinarySearchFunc(instance.Routes, p, func(r bgp.Route, p netip.Prefix) int { return r.Prefix.Compare(p) })
		if found {
			out = append(out, instance.Routes[at])
		}
	}
	return out
}

// exported are the routes as one neighbor gets them.
func exported(routes []bgp.Route, session string) []Route {
	var out []Route
	for _, r := range routes {
		for _, export := range r.Policy.Exports {
			if export.Session != session {
				continue
			}
			one := Route{Prefix: r.Prefix.String(), Aggregate: !r.Prefix.IsSingleIP(), LocalPref: export.Attributes.LocalPref}
			for _, c := range export.Attributes.Communities {
				one.Communities = append(one.Communities, c.String())
			}
			for _, c := range export.Attributes.LargeCommunities {
				one.LargeCommunities = append(one.LargeCommunities, c.String())
			}
			out = append(out, one)
		}
	}
	return out
}

// sessionOf is what the node has reported of a session; nil when it has reported nothing.
func sessionOf(report *v1alpha1.NodeState, s bgp.Session) *Session {
	if report == nil {
		return nil
	}
	for _, row := range report.Status.Sessions {
		if row.VRF != s.VRF || row.Neighbor != s.Neighbor() {
			continue
		}
		out := &Session{State: row.State, LastReset: row.LastReset, Wanted: row.PrefixesWanted, Sent: row.PrefixesSent}
		if row.Since != nil {
			out.Since = row.Since.UTC().Format(time.RFC3339)
		}
		return out
	}
	return &Session{State: "Unknown"}
}

func interfaces(state *announce.State, addresses []netip.Addr) []string {
	var out []string
	for _, a := range state.L2 {
		if slices.Contains(addresses, a.Addr) {
			out = append(out, a.Links...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// neighborText names a peer's session, for people.
func (p Peer) neighborText() string {
	text := p.Name + " (" + p.Neighbor
	if p.VRF != "" {
		text += " in VRF " + p.VRF
	}
	return text + ")"
}

// fraction prints "2 of 3".
func fraction(some, all int32) string {
	return strconv.Itoa(int(some)) + " of " + strconv.Itoa(int(all))
}
