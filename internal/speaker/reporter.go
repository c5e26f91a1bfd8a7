package speaker

import (
	"log/slog"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
)

// reporter logs what changed since the last pass, and nothing that did not.
type reporter struct {
	log     *slog.Logger
	open    map[intent.Problem]bool
	decided map[decision]announce.Verdict
}

// decision identifies a verdict over time.
type decision struct {
	service  intent.Ref
	protocol announce.Protocol
}

func newReporter(log *slog.Logger, node string) *reporter {
	return &reporter{log: log.With("node", node), open: map[intent.Problem]bool{}, decided: map[decision]announce.Verdict{}}
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

// verdicts logs services whose verdict is not what it was.
func (r *reporter) verdicts(now []announce.Verdict) {
	next := make(map[decision]announce.Verdict, len(now))
	for _, v := range now {
		key := decision{v.Service, v.Protocol}
		next[key] = v
		if before, ok := r.decided[key]; !ok || before.Reason != v.Reason || before.Detail != v.Detail {
			r.verdict(v)
		}
	}
	for key, before := range r.decided {
		if _, still := next[key]; !still && before.Announced() {
			r.log.Info("service withdrawn", "service", key.service.Namespace+"/"+key.service.Name, "protocol", key.protocol.String(), "reason", "serviceDeleted")
		}
	}
	r.decided = next
}

// verdict logs one verdict under the event name that MetalLB's users search for.
func (r *reporter) verdict(v announce.Verdict) {
	event := "service not announced"
	switch before, known := r.decided[decision{v.Service, v.Protocol}]; {
	case v.Announced():
		event = "service announced"
	case known && before.Announced():
		event = "service withdrawn"
	}
	r.log.Info(event, "service", v.Service.Namespace+"/"+v.Service.Name, "protocol", v.Protocol.String(),
		"reason", v.Reason.String(), "detail", v.Detail, "peers", v.Peers)
}
