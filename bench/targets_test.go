package bench

import (
	"time"

	"frr-speaker/bench/report"
	"frr-speaker/test/lab"
)

// target is what a figure should not exceed. It is shown, and fails nothing.
type target struct {
	what     string
	kind     kind
	services int
	of       func(*series) *report.Samples
	most     time.Duration
	// than makes it a multiple: at most times the figure of so many services.
	than  int
	times float64
}

// targets are all for four peers.
func targets() []target {
	apply := func(s *series) *report.Samples { return &s.apply }
	reloader := func(s *series) *report.Samples { return &s.reloader }
	peers := func(s *series) *report.Samples { return &s.peers }
	return []target{
		{what: "one service more at 1,000: at the peers", kind: announceLast, services: 1000, of: peers, most: 60 * time.Millisecond},
		{what: "the same at 10,000, against 100", kind: announceLast, services: 10_000, of: peers, than: 100, times: 2},
		{what: "one service more at 10,000: apply", kind: announceLast, services: 10_000, of: apply, most: 10 * time.Millisecond},
		{what: "the same, against 100", kind: announceLast, services: 10_000, of: apply, than: 100, times: 2},
		{what: "one service more at 10,000: all of frr-reloader", kind: announceLast, services: 10_000, of: reloader, most: 50 * time.Millisecond},
		{what: "cold load of 10,000: all of frr-reloader", kind: coldLoad, services: 10_000, of: reloader, most: time.Second},
	}
}

func (r *results) targets() report.Table {
	t := report.Table{Header: []string{"FRR", "target", "at most", "measured", ""}}
	for _, v := range lab.FRRVersions() {
		for _, target := range targets() {
			most, got := target.most, r.find(v, target.services, target.kind)
			if target.than != 0 {
				less := r.find(v, target.than, target.kind)
				if less == nil {
					continue
				}
				most = time.Duration(target.times * float64(target.of(less).Median()))
			}
			if got == nil || most == 0 {
				continue
			}
			met := "met"
			if target.of(got).Median() > most {
				met = "missed"
			}
			t.Add(v.String(), target.what, report.Duration(most), target.of(got).String(), met)
		}
	}
	return t
}

// find looks up what was measured with four peers; nil if it was not.
func (r *results) find(v lab.FRRVersion, services int, k kind) *series {
	for _, m := range r.cells {
		if m.version == v && m.services == services && m.peers == headlinePeers && m.kind == k && m.of.verified.Len() > 0 {
			return m.of
		}
	}
	return nil
}
