package explain

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/status"
)

// Reasons between a decision and the routers that no condition and no Event has.
const (
	// ReasonPrefixesMissing: FRR has sent fewer prefixes to a neighbor than wanted.
	ReasonPrefixesMissing = "prefixesMissing"
	// ReasonUnreported: the node has written nothing of it.
	ReasonUnreported = "unreported"
)

// causesOf lists what led a node to its verdict: problems with objects of the kinds that
// the reason is about.
func (e *explainer) causesOf(state *announce.State, v announce.Verdict) []Cause {
	kinds := kindsBehind(v.Reason, v.Protocol)
	about := func(p intent.Problem) bool { return !p.Harmless && slices.Contains(kinds, p.Object.Kind) }
	causes := e.problemsOf(about)
	for _, p := range state.Problems {
		if about(p) {
			causes = append(causes, causeOf(p))
		}
	}
	return causes
}

// kindsBehind are the kinds of objects that can bring about a reason.
func kindsBehind(r announce.Reason, p announce.Protocol) []string {
	advertisement := "BGPAdvertisement"
	if p == announce.ProtocolL2 {
		advertisement = "L2Advertisement"
	}
	switch r {
	case announce.IPNotAllowed:
		return []string{"IPAddressPool"}
	case announce.NotOwner, announce.NoMatchingAdvertisement:
		return []string{advertisement, "Community", "IPAddressPool"}
	case announce.ConflictingAdvertisements, announce.TooManyCommunities, announce.SharedIPWithServiceSelector:
		return []string{advertisement, "Community"}
	case announce.NoPeers, announce.NoMatchingPeer:
		return []string{"BGPPeer", "BFDProfile", "Secret"}
	case announce.NoEndpoints, announce.NoLocalEndpoints:
		return []string{"EndpointSlice"}
	case announce.NodeUnknown, announce.NodeNetworkUnavailable, announce.NodeLabeledExcludeBalancers, announce.NotMember:
		return []string{"Node"}
	case announce.Announced, announce.NoIPAllocated, announce.InvalidIP, announce.NoCommonNode:
	}
	return nil // the service itself says it all
}

// problemsOf turns some problems into causes.
func (e *explainer) problemsOf(about func(intent.Problem) bool) []Cause {
	var out []Cause
	for _, p := range e.facts.Problems {
		if about(p) {
			out = append(out, causeOf(p))
		}
	}
	return out
}

func causeOf(p intent.Problem) Cause {
	remedy := p.Remedy
	p.Remedy = ""
	return Cause{Message: p.String(), Remedy: remedy}
}

// afterwards lists what keeps routers from having what a node has decided to announce,
// as far as the node has reported it.
func (e *explainer) afterwards(state *announce.State, service intent.Ref, row *Node) []Cause {
	if e.facts.Reports == nil {
		return nil
	}
	var causes []Cause
	for _, event := range e.facts.Reports.troubles(state.Node, service) {
		if row.Protocol == announce.ProtocolL2.String() {
			causes = append(causes, Cause{Reason: event.Reason, Message: event.Message, Remedy: RemedyFor(event.Reason)})
		}
	}
	report := e.facts.Reports.node(state.Node)
	if report == nil {
		return append(causes, unreported("node "+state.Node+" has no NodeState: its speaker does not run, or writes none"))
	}
	if !e.reported(report, service, row) {
		causes = append(causes, unreported("node "+state.Node+" has not written that it announces the service: its speaker has not seen these objects yet, or does not run"))
	}
	if row.Protocol == announce.ProtocolL2.String() {
		return causes
	}
	causes = append(causes, notApplied(report)...)
	for _, p := range row.Peers {
		causes = append(causes, notSent(p)...)
	}
	return causes
}

func unreported(message string) Cause {
	return Cause{Reason: ReasonUnreported, Message: message, Remedy: RemedyFor(ReasonUnreported)}
}

// reported tells whether the node has said what it is to announce. Where not every
// service has an object, a missing one says nothing.
func (e *explainer) reported(report *v1alpha1.NodeState, service intent.Ref, row *Node) bool {
	r := e.facts.Reports
	if report.Status.ServicesUnreported > 0 || len(r.BGP)+len(r.L2) == 0 {
		return true
	}
	if row.Protocol == announce.ProtocolL2.String() {
		return r.saysL2(row.Node, service)
	}
	return r.saysBGP(row.Node, service)
}

// notApplied says why FRR does not run what was decided.
func notApplied(report *v1alpha1.NodeState) []Cause {
	for _, c := range report.Status.Conditions {
		if c.Type == v1alpha1.ConditionApplied && c.Status != metav1.ConditionTrue {
			return []Cause{{Reason: c.Reason, Message: c.Message, Remedy: RemedyFor(c.Reason)}}
		}
	}
	return nil
}

// notSent says why a router may not have the routes.
func notSent(p Peer) []Cause {
	s := p.Session
	switch {
	case s == nil:
		return nil
	case s.State != "Established":
		message := "the session with " + p.neighborText() + " is " + s.State
		if s.Since != "" {
			message += " since " + s.Since
		}
		if s.LastReset != "" {
			message += "; last reset: " + s.LastReset
		}
		return []Cause{{Reason: status.ReasonSessionDown, Message: message, Remedy: RemedyFor(status.ReasonSessionDown)}}
	case s.Sent < s.Wanted:
		return []Cause{{
			Reason:  ReasonPrefixesMissing,
			Message: "FRR has sent " + fraction(s.Sent, s.Wanted) + " prefixes to " + p.neighborText(),
			Remedy:  RemedyFor(ReasonPrefixesMissing),
		}}
	}
	return nil
}
