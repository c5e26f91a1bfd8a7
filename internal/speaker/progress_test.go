package speaker

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/handoff"
)

func version(generation int64) handoff.Version {
	return handoff.Version{Generation: generation, Digest: strings.Repeat("0", int(generation))}
}

func TestProgressIsReadyOnceATextOfThisProcessIsVerified(t *testing.T) {
	result := func(generation int64, outcome handoff.Outcome) handoff.Result {
		return handoff.Result{Desired: version(generation), Outcome: outcome, Phase: handoff.PhaseIdle}
	}
	tests := []struct {
		name string
		do   func(*Progress)
		want string // part of what is waited for; "" is ready
	}{
		{"nothing is published", func(*Progress) {}, "no configuration has been published"},
		{"what FRR runs is of an earlier process", func(p *Progress) {
			p.Applied(result(1, handoff.OutcomeApplied))
		}, "no configuration has been published"},
		{"the text is not seen yet", func(p *Progress) {
			p.Applied(result(1, handoff.OutcomeApplied))
			p.Published(version(2), time.Time{})
		}, "not reported on generation 2"},
		{"the text is refused", func(p *Progress) {
			p.Published(version(2), time.Time{})
			p.Applied(result(2, handoff.OutcomeRefused))
		}, `outcome "refused" for generation 2`},
		{"the text is verified", func(p *Progress) {
			p.Published(version(2), time.Time{})
			p.Applied(result(2, handoff.OutcomeApplied))
		}, ""},
		{"the text is the one that FRR runs since before the start", func(p *Progress) {
			p.Applied(result(1, handoff.OutcomeApplied))
			p.Published(version(1), time.Time{})
		}, ""},
		{"all but a part is verified", func(p *Progress) {
			p.Published(version(2), time.Time{})
			p.Applied(result(2, handoff.OutcomePartial))
		}, ""},
		{"what is refused later ends nothing", func(p *Progress) {
			p.Published(version(2), time.Time{})
			p.Applied(result(2, handoff.OutcomeApplied))
			p.Published(version(3), time.Time{})
			p.Applied(result(3, handoff.OutcomeRolledBack))
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := NewProgress(func(time.Duration) {})
			tt.do(p)
			err := p.Ready()
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("waits for %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestProgressMeasuresFromTheOldestEventToTheVerifiedText(t *testing.T) {
	start := time.Unix(1000, 0)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	result := func(generation int64, outcome handoff.Outcome, phase handoff.Phase, since time.Time) handoff.Result {
		return handoff.Result{Desired: version(generation), Outcome: outcome, Phase: phase, Since: since}
	}
	tests := []struct {
		name string
		do   func(*Progress)
		want []time.Duration
	}{
		{"a text that is verified", func(p *Progress) {
			p.Published(version(1), at(0))
			p.Applied(result(1, handoff.OutcomeApplied, handoff.PhaseIdle, at(30)))
			p.Applied(result(1, handoff.OutcomeApplied, handoff.PhaseIdle, at(30)))
		}, []time.Duration{30 * time.Millisecond}},
		{"a text that is being verified is not measured yet", func(p *Progress) {
			p.Published(version(1), at(0))
			p.Applied(result(1, handoff.OutcomeApplied, handoff.PhaseVerify, at(20)))
		}, nil},
		{"a text that is refused never is", func(p *Progress) {
			p.Published(version(1), at(0))
			p.Applied(result(1, handoff.OutcomeRefused, handoff.PhaseIdle, at(20)))
		}, nil},
		{"texts that were skipped end with the one after them", func(p *Progress) {
			p.Published(version(1), at(0))
			p.Published(version(2), at(10))
			p.Published(version(3), at(50))
			p.Applied(result(2, handoff.OutcomeApplied, handoff.PhaseIdle, at(40)))
		}, []time.Duration{40 * time.Millisecond, 30 * time.Millisecond}},
		{"a pass without an event is none", func(p *Progress) {
			p.Published(version(1), time.Time{})
			p.Applied(result(1, handoff.OutcomeApplied, handoff.PhaseIdle, at(40)))
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []time.Duration
			p := NewProgress(func(d time.Duration) { got = append(got, d) })
			p.now = func() time.Time { return at(100) }
			tt.do(p)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("measured (-want +got):\n%s", diff)
			}
		})
	}
}
