package speaker

import (
	"cmp"
	"log/slog"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
)

// reporter logs what changed since the last pass, and nothing that did not.
type reporter struct {
	log     *slog.Logger
	open    map[intent.Problem]bool
	decided []announce.Verdict // sorted by service, then protocol
}

func newReporter(log *slog.Logger, node string) *reporter {
	return &reporter{log: log.With("node", node), open: map[intent.Problem]bool{}}
}

// problems logs problems that came and those that went.
func (r *reporter) problems(now []intent.Problem) {
	next := make(map[intent.Problem]bool, len(now))
	for _, p := range now {
		next[p] = true
		if !r.open[p] {
			r.log.Warn("problem", "object", p.Object.String(), "field", p.Field, "message", p.Text(), "effect", p.Effect, "remedy", p.Remedy)
		}
	}
	for p := range r.open {
		if !next[p] {
			r.log.Info("problem solved", "object", p.Object.String(), "field", p.Field, "message", p.Text())
		}
	}
	r.open = next
}

// verdicts logs services whose verdict is not what it was. It keeps the list.
func (r *reporter) verdicts(now []announce.Verdict) {
	before := r.decided
	for i := range now {
		v := &now[i]
		for len(before) > 0 && about(&before[0], v) < 0 {
			r.gone(&before[0])
			before = before[1:]
		}
		if len(before) == 0 || about(&before[0], v) > 0 {
			r.verdict(v, false)
			continue
		}
		if was := &before[0]; was.Reason != v.Reason || was.Detail != v.Detail {
			r.verdict(v, was.Announced())
		}
		before = before[1:]
	}
	for i := range before {
		r.gone(&before[i])
	}
	r.decided = now
}

// about orders verdicts by what they are about.
func about(a, b *announce.Verdict) int {
	if a.Service == b.Service { // mostly one string in memory
		return cmp.Compare(a.Protocol, b.Protocol)
	}
	return a.Service.Compare(b.Service)
}

// verdict logs one verdict under the event name that MetalLB's users search for.
func (r *reporter) verdict(v *announce.Verdict, wasAnnounced bool) {
	event := "service not announced"
	switch {
	case v.Announced():
		event = "service announced"
	case wasAnnounced:
		event = "service withdrawn"
	}
	r.log.Info(event, "service", v.Service.Namespace+"/"+v.Service.Name, "protocol", v.Protocol.String(),
		"reason", v.Reason.String(), "detail", v.Detail, "peers", v.Peers)
}

// gone logs that a service left which was announced.
func (r *reporter) gone(v *announce.Verdict) {
	if v.Announced() {
		r.log.Info("service withdrawn", "service", v.Service.Namespace+"/"+v.Service.Name, "protocol", v.Protocol.String(), "reason", "serviceDeleted")
	}
}
