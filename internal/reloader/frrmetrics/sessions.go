package frrmetrics

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/vty"
)

// neighbor is what is read of "show bgp vrf all neighbors json" (FRR 8.4 and 10.x).
type neighbor struct {
	State        string `json:"bgpState"`
	Up           int64  `json:"bgpTimerUpMsec"` // ms
	LastReset    string `json:"lastResetDueTo"`
	LastResetAgo int64  `json:"lastResetTimerMsecs"` // ms
	Dropped      int    `json:"connectionsDropped"`
	Messages     struct {
		OpensSent         uint64 `json:"opensSent"`
		OpensRecv         uint64 `json:"opensRecv"`
		NotificationsSent uint64 `json:"notificationsSent"`
		NotificationsRecv uint64 `json:"notificationsRecv"`
		UpdatesSent       uint64 `json:"updatesSent"`
		UpdatesRecv       uint64 `json:"updatesRecv"`
		KeepalivesSent    uint64 `json:"keepalivesSent"`
		KeepalivesRecv    uint64 `json:"keepalivesRecv"`
		RouteRefreshSent  uint64 `json:"routeRefreshSent"`
		TotalSent         uint64 `json:"totalSent"`
		TotalRecv         uint64 `json:"totalRecv"`
	} `json:"messageStats"`
	Families map[string]struct {
		Sent     uint64 `json:"sentPrefixCounter"`
		Accepted uint64 `json:"acceptedPrefixCounter"`
	} `json:"addressFamilyInfo"`

	past Past
}

const established = "Established" // RFC 4271, section 8.2.2

func (n neighbor) up() bool { return n.State == established }

// uptime is how long the session is established, in seconds; 0 while it is not.
func (n neighbor) uptime() float64 {
	if !n.up() {
		return 0
	}
	return (time.Duration(n.Up) * time.Millisecond).Seconds()
}

func (n neighbor) sent() (sum float64) {
	for _, f := range n.Families {
		sum += float64(f.Sent)
	}
	return sum
}

func (n neighbor) accepted() (sum float64) {
	for _, f := range n.Families {
		sum += float64(f.Accepted)
	}
	return sum
}

func sessionMeasures() []measure[neighbor] {
	messages := func(name, help string, of func(neighbor) uint64) measure[neighbor] {
		return counter(name, help, func(n neighbor) float64 { return float64(of(n)) })
	}
	return []measure[neighbor]{
		gauge("metallb_bgp_session_up", "Whether the BGP session is established: 1 or 0.", func(n neighbor) float64 { return boolean(n.up()) }),
		gauge("metallb_bgp_announced_prefixes_total", "Prefixes announced in the BGP session now, of all families.", neighbor.sent),
		messages("metallb_bgp_opens_sent", "OPEN messages sent.", func(n neighbor) uint64 { return n.Messages.OpensSent }),
		messages("metallb_bgp_opens_received", "OPEN messages received.", func(n neighbor) uint64 { return n.Messages.OpensRecv }),
		messages("metallb_bgp_notifications_sent", "NOTIFICATION messages sent.", func(n neighbor) uint64 { return n.Messages.NotificationsSent }),
		messages("metallb_bgp_updates_total", "UPDATE messages sent.", func(n neighbor) uint64 { return n.Messages.UpdatesSent }),
		messages("metallb_bgp_updates_total_received", "UPDATE messages received.", func(n neighbor) uint64 { return n.Messages.UpdatesRecv }),
		messages("metallb_bgp_keepalives_sent", "KEEPALIVE messages sent.", func(n neighbor) uint64 { return n.Messages.KeepalivesSent }),
		messages("metallb_bgp_keepalives_received", "KEEPALIVE messages received.", func(n neighbor) uint64 { return n.Messages.KeepalivesRecv }),
		messages("metallb_bgp_route_refresh_sent", "ROUTE-REFRESH messages sent.", func(n neighbor) uint64 { return n.Messages.RouteRefreshSent }),
		messages("metallb_bgp_total_sent", "BGP messages sent.", func(n neighbor) uint64 { return n.Messages.TotalSent }),
		messages("metallb_bgp_total_received", "BGP messages received.", func(n neighbor) uint64 { return n.Messages.TotalRecv }),
		messages("frr_speaker_bgp_notifications_received_total", "NOTIFICATION messages received.", func(n neighbor) uint64 { return n.Messages.NotificationsRecv }),
		gauge("frr_speaker_bgp_accepted_prefixes", "Prefixes accepted from the neighbor, of all families.", neighbor.accepted),
		gauge("frr_speaker_bgp_session_uptime_seconds", "How long the BGP session is established; 0 while it is not.", neighbor.uptime),
		counter("frr_speaker_bgp_session_flaps_total", "Times that the BGP session went down.", func(n neighbor) float64 { return float64(n.past.Flaps) }),
		gauge("frr_speaker_bgp_session_last_reset_seconds", "How long ago the BGP session was last reset; 0 if it never was.", neighbor.sinceReset),
	}
}

// told is the past that bgpd tells of. A session that came up and stayed so was never reset; FRR 8 then still says
// what kept it from coming up at first.
func (n neighbor) told(now time.Time) Past {
	p := Past{Flaps: n.Dropped}
	if n.LastReset != "" && (!n.up() || n.Dropped > 0) {
		p.Reason, p.Reset = frrdiff.Redact(n.LastReset), now.Add(-time.Duration(n.LastResetAgo)*time.Millisecond)
	}
	return p
}

// lastReset is the reason as a label: FRR's words, "never" before the first time.
func (n neighbor) lastReset() string { return cmp.Or(n.past.Reason, "never") }

// sinceReset is how long ago that was, in seconds; 0 if it never was.
func (n neighbor) sinceReset() float64 {
	if n.past.Reason == "" {
		return 0
	}
	return time.Since(n.past.Reset).Round(time.Second).Seconds()
}

// pastOf is what frr-reloader knows of a session, or what bgpd does of one that is new.
func (e *exporter) pastOf(vrf, name string, n neighbor) Past {
	if e.Past != nil {
		if p, known := e.Past(vrf, name); known {
			return p
		}
	}
	return n.told(time.Now())
}

// resetDesc has the one label that changes. It is apart from the figures, whose series stay.
func resetDesc() *prometheus.Desc {
	return prometheus.NewDesc("frr_speaker_bgp_session_last_reset_info", "Why the BGP session was last reset, in FRR's words. Always 1.",
		[]string{"peer", "vrf", "reason"}, nil)
}

func (e *exporter) collectSessions(ctx context.Context, ch chan<- prometheus.Metric, conn *vty.Conn, r handoff.Result) error {
	reply, err := conn.Do(ctx, "show bgp vrf all neighbors json")
	if err != nil {
		return err
	}
	if reply.Status == vty.StatusWarning { // no BGP instance; some versions say so in words
		return nil
	}
	vrfs, err := parseNeighbors(reply.Text)
	if err != nil {
		return err
	}
	ports := e.ports.of(r.Running.Digest, e.Running)
	for vrf, neighbors := range vrfs {
		for name, n := range neighbors {
			peer := ports.label(vrf, name)
			n.past = e.pastOf(vrf, name, n)
			for _, m := range e.sessions {
				ch <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(n), peer, vrf)
			}
			ch <- prometheus.MustNewConstMetric(e.reset, prometheus.GaugeValue, 1, peer, vrf, n.lastReset())
		}
	}
	return nil
}

// parseNeighbors gives the neighbors by VRF and name. The name is an address or, of an
// unnumbered session, a link.
func parseNeighbors(text string) (map[string]map[string]neighbor, error) {
	var raw map[string]map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	vrfs := map[string]map[string]neighbor{}
	for vrf, members := range raw {
		vrfs[vrf] = map[string]neighbor{}
		for name, member := range members {
			if name == "vrfId" || name == "vrfName" {
				continue
			}
			var n neighbor
			if err := json.Unmarshal(member, &n); err != nil {
				return nil, fmt.Errorf("read session with %s: %w", name, err)
			}
			vrfs[vrf][name] = n
		}
	}
	return vrfs, nil
}
