package status

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/l2"
)

// linkGrace is how long no link answers for an address before it is an event:
// links are probed before the first claim (RFC 5227, section 2.1.1: up to 7 s).
const linkGrace = 10 * time.Second

// linkEvents tells of addresses that this node owns and cannot answer for, or that
// another host claims.
func linkEvents(before Memory, now *Memory, f Facts) []Event {
	var out []Event
	now.links = map[netip.Addr]trouble{}
	var services map[netip.Addr][]intent.Ref
	for _, report := range f.Links {
		was := before.links[report.Addr]
		is := trouble{since: f.Now}
		if !was.since.IsZero() {
			is.since = was.since
		}
		events := troubles(report, f.Node, f.Now.Sub(is.since) >= linkGrace)
		if len(events) == 0 && !report.Failed() {
			continue
		}
		is.told = join(events)
		now.links[report.Addr] = is
		if is.told == was.told {
			continue
		}
		if services == nil {
			services = servicesByAddr(f.State.Verdicts)
		}
		out = append(out, about(services[report.Addr], events)...)
	}
	return out
}

// trouble is what keeps an address from being answered.
type trouble struct {
	since time.Time
	told  string
}

func join(events []Event) string {
	var all strings.Builder
	for _, e := range events {
		all.WriteString(e.Message + "\n")
	}
	return all.String()
}

func about(services []intent.Ref, events []Event) []Event {
	var out []Event
	for _, service := range services {
		for _, e := range events {
			e.Object = service
			out = append(out, e)
		}
	}
	return out
}

func servicesByAddr(verdicts []announce.Verdict) map[netip.Addr][]intent.Ref {
	services := map[netip.Addr][]intent.Ref{}
	for i := range verdicts {
		v := &verdicts[i]
		if v.Protocol != announce.ProtocolL2 || !v.Announced() {
			continue
		}
		for _, addr := range v.Addresses {
			services[addr] = append(services[addr], v.Service)
		}
	}
	return services
}

// troubles are the events about one address. That no link answers yet is none
// while links are probed.
func troubles(r l2.Report, node string, overdue bool) []Event {
	var events []Event
	if r.Failed() && (len(r.Unfit) > 0 || overdue) {
		events = append(events, Event{Warning: true, Reason: EventAnnounceFailed, Message: failedMessage(r, node)})
	}
	for _, c := range r.Conflicts {
		message := "another host, " + c.MAC.String() + " on link " + strconv.Quote(c.Link) + " of node " + strconv.Quote(node) + ", uses " + r.Addr.String()
		if c.Yielded {
			message += "; this node does not answer there"
		}
		events = append(events, Event{Warning: true, Reason: EventAddressConflict, Message: message})
	}
	return events
}

// failedMessage has MetalLB's words for what it fails on, links that do not exist.
func failedMessage(r l2.Report, node string) string {
	address, where := "LB IP "+strconv.Quote(r.Addr.String()), " on assigned node "+strconv.Quote(node)+`, protocol "layer2"`
	if len(r.Unfit) == 0 {
		return "no interface answers for " + address + where
	}
	if !slices.ContainsFunc(r.Unfit, func(u l2.UnfitLink) bool { return u.Reason != l2.UnfitAbsent }) {
		return "interfaces given for " + address + " don't exist" + where
	}
	reasons := make([]string, len(r.Unfit))
	for i, u := range r.Unfit {
		reasons[i] = u.Name + " " + u.Reason.String()
	}
	return "interfaces given for " + address + " cannot answer" + where + ": " + strings.Join(reasons, ", ")
}
