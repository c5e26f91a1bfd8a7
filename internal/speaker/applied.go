package speaker

import (
	"context"
	"log/slog"
	"time"

	"frr-speaker/internal/handoff"
)

// Applied watches what frr-reloader reports. It feeds the log and metrics, never a pass.
type Applied struct {
	Dir     handoff.Dir
	Log     *slog.Logger
	Metrics *Metrics
	// Report, if set, is told of each result that is read.
	Report func(handoff.Result)
	Beat   func() // if set, is called while the task is alive

	last seen
}

// seen is what makes a result worth a line in the log.
type seen struct {
	version handoff.Version
	outcome handoff.Outcome
}

// resultInterval is how often the result is read when no file event says so.
const resultInterval = 5 * time.Second

// String names the task.
func (a *Applied) String() string { return "result watcher" }

// Run logs each new outcome until ctx ends.
func (a *Applied) Run(ctx context.Context) error {
	return a.Dir.Watch(ctx, handoff.StatusFile, resultInterval, a.look)
}

func (a *Applied) look() {
	if a.Beat != nil {
		a.Beat()
	}
	result, err := a.Dir.ReadResult()
	if err != nil {
		a.Log.Debug("no result from frr-reloader", "error", err)
		return
	}
	a.Metrics.applied(result)
	if a.Report != nil {
		a.Report(result)
	}
	now := seen{result.Desired, result.Outcome}
	if now == a.last || result.Phase != handoff.PhaseIdle || result.Outcome == handoff.OutcomeNone {
		return
	}
	a.last = now
	a.say(result)
}

func (a *Applied) say(result handoff.Result) {
	log := a.Log.Info
	if result.Outcome != handoff.OutcomeApplied {
		log = a.Log.Error
	}
	log("frr-reloader result", "outcome", string(result.Outcome),
		"generation", result.Desired.Generation, "digest", result.Desired.Digest)
	for _, failure := range result.Failures {
		a.Log.Error("FRR refused a line", "object", failure.Object, "line", failure.Line,
			"number", failure.Number, "message", failure.Message, "daemon", failure.Daemon)
	}
}
