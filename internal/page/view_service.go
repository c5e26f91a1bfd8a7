package page

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/explain"
	"frr-speaker/internal/l2"
	"frr-speaker/internal/status"
)

type service struct {
	Name, Protocol, Addresses     string
	Reason, Class, Detail, Remedy string
	Peers                         string
}

// reasonsOf counts verdicts by reason.
func reasonsOf(verdicts []announce.Verdict) string {
	counts := map[announce.Reason]int{}
	var reasons []announce.Reason
	for i := range verdicts {
		r := verdicts[i].Reason
		if counts[r]++; counts[r] == 1 {
			reasons = append(reasons, r)
		}
	}
	if len(reasons) == 0 {
		return "No services of type LoadBalancer are this speaker's."
	}
	slices.Sort(reasons)
	var parts []string
	for _, r := range reasons {
		parts = append(parts, fmt.Sprintf("%d %s", counts[r], r))
	}
	return strings.Join(parts, ", ")
}

// servicesOf lists what is wrong first, and what is as it should be last.
func servicesOf(f Facts) ([]service, string) {
	var urgent, rest []*announce.Verdict
	query := strings.ToLower(f.Query)
	for i := range f.State.Verdicts {
		v := &f.State.Verdicts[i]
		switch {
		case query != "" && !matches(v, query):
		case classOf(v.Reason) == bad:
			urgent = append(urgent, v)
		default:
			rest = append(rest, v)
		}
	}
	shown, left := bounded(append(urgent, rest...), maxServices, "services")
	switch {
	case left != "":
		left += " Search for a name, an address, a reason or a peer to see them."
	case len(shown) == 0 && query != "":
		left = "No service matches."
	}
	var out []service
	for _, v := range shown {
		out = append(out, service{
			Name: nameOf(v), Protocol: v.Protocol.String(), Addresses: addressesText(v.Addresses),
			Reason: v.Reason.String(), Class: classOf(v.Reason), Detail: v.Detail, Remedy: explain.Remedy(v.Reason),
			Peers: strings.Join(v.Peers, ", "),
		})
	}
	return out, left
}

// classOf tells what needs somebody from what does not: that another node owns an
// address is how it should be.
func classOf(r announce.Reason) string {
	switch r {
	case announce.Announced:
		return good
	case announce.NotOwner, announce.NoLocalEndpoints:
		return wait
	default:
		return bad
	}
}

func nameOf(v *announce.Verdict) string { return v.Service.Namespace + "/" + v.Service.Name }

// matches looks for a text, in lower case, in what the row of a verdict shows.
func matches(v *announce.Verdict, query string) bool {
	for _, text := range []string{nameOf(v), v.Protocol.String(), v.Reason.String(), v.Detail} {
		if strings.Contains(strings.ToLower(text), query) {
			return true
		}
	}
	return slices.ContainsFunc(v.Peers, func(p string) bool { return strings.Contains(strings.ToLower(p), query) }) ||
		slices.ContainsFunc(v.Addresses, func(a netip.Addr) bool { return strings.Contains(a.String(), query) })
}

func addressesText(addresses []netip.Addr) string {
	var out []string
	for _, a := range addresses {
		if a.IsValid() {
			out = append(out, a.String())
		}
	}
	return strings.Join(out, ", ")
}

type layer2 struct {
	Address, Links string
	Troubles       []trouble
}

// trouble is why an address is not answered everywhere that it should be. The reason is
// that of the Event, "" where there is none.
type trouble struct{ Reason, Text, Remedy string }

// layer2Of joins the addresses that this node owns with what became of them.
func layer2Of(f Facts) ([]layer2, string) {
	reports := map[netip.Addr]l2.Report{}
	for _, r := range f.Links {
		reports[r.Addr] = r
	}
	shown, left := bounded(f.State.L2, maxLayer2, "addresses")
	var out []layer2
	for _, a := range shown {
		r, known := reports[a.Addr]
		one := layer2{Address: a.Addr.String(), Links: strings.Join(r.Links, ", "), Troubles: troublesOf(r, known)}
		switch {
		case !known:
			one.Links = "not known yet"
		case r.Probing:
			one.Links = strings.TrimPrefix(one.Links+", asking whether another host has it", ", ")
		}
		out = append(out, one)
	}
	return out, left
}

// troublesOf lists what is wrong with one address.
func troublesOf(r l2.Report, known bool) []trouble {
	var out []trouble
	failed := "" // some interface answers, or it is not known yet
	if known && r.Failed() {
		failed = status.EventAnnounceFailed
	}
	var unfit []string
	for _, u := range r.Unfit {
		unfit = append(unfit, u.Name+" "+u.Reason.String())
	}
	switch {
	case len(unfit) > 0:
		out = append(out, troubleOf(failed, strings.Join(unfit, ", ")))
	case failed != "":
		out = append(out, troubleOf(failed, "no interface answers"))
	}
	for _, c := range r.Conflicts {
		text := fmt.Sprintf("%s has it too on %s", c.MAC, c.Link)
		if c.Yielded {
			text += ", and this node yields"
		}
		out = append(out, troubleOf(status.EventAddressConflict, text))
	}
	return out
}

func troubleOf(reason, text string) trouble {
	return trouble{Reason: reason, Text: text, Remedy: explain.RemedyFor(reason)}
}
