package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/handoff"
)

// redacted returns a result without secrets. There are none by contract: this is the
// last place where one that slipped through can be kept from people.
func redacted(r handoff.Result) handoff.Result {
	r.Failures, r.Drift, r.Sessions = slices.Clone(r.Failures), slices.Clone(r.Drift), slices.Clone(r.Sessions)
	for i := range r.Failures {
		r.Failures[i].Line, r.Failures[i].Message = frrdiff.Redact(r.Failures[i].Line), frrdiff.Redact(r.Failures[i].Message)
	}
	for i := range r.Drift {
		r.Drift[i].Line = frrdiff.Redact(r.Drift[i].Line)
	}
	for i := range r.Sessions {
		r.Sessions[i].LastReset = frrdiff.Redact(r.Sessions[i].LastReset)
	}
	return r
}

// frrText says what FRR is and what it runs.
func frrText(f Facts) string {
	r := f.Reload.Result
	switch {
	case f.WithoutFRR:
		return "There is none: this speaker announces by ARP and Neighbor Discovery alone."
	case !f.Reload.Known:
		return "frr-reloader has not reported yet."
	}
	return fmt.Sprintf("FRR %s runs generation %d, generation %d is wanted; last report %s ago. Since frr-reloader started: %d applied, %d refused, %d rolled back, %d times drifted, %d daemons restarted.",
		cmp.Or(r.FRRVersion, "(version unknown)"), r.Running.Generation, max(f.Published.Generation, r.Desired.Generation), ago(f.Now.Sub(r.Updated)),
		r.Counters.Applied, r.Counters.Refused, r.Counters.RolledBack, r.Counters.Drifts, r.Counters.DaemonRestarts)
}

type daemon struct {
	Name, State, Class string
	Restarts           int32
	LastError          string
}

func daemonsOf(all []v1alpha1.Daemon) []daemon {
	classes := map[string]string{"up": good, "starting": wait}
	var out []daemon
	for _, d := range all {
		out = append(out, daemon{d.Name, d.State, cmp.Or(classes[d.State], bad), d.Restarts, d.LastError})
	}
	return out
}

// linesOf are the lines that FRR refused, then those that are not as they were applied.
func linesOf(r handoff.Result) ([]string, string) {
	var all []string
	for _, failure := range r.Failures {
		text := failure.Message
		if failure.Line != "" {
			text = failure.Line + " — " + text
		}
		for _, where := range []string{failure.Daemon, failure.Object} {
			if where != "" {
				text = where + ": " + text
			}
		}
		all = append(all, text)
	}
	for _, d := range r.Drift {
		verb := "was removed"
		if d.Extra {
			verb = "was added"
		}
		text := d.Line
		if d.Block != "" {
			text = d.Block + " › " + text
		}
		all = append(all, d.Daemon+": "+verb+" in FRR: "+text)
	}
	return bounded(all, maxLines, "lines")
}

type apply struct {
	Title, Outcome, Class, Timing string
	Lines                         []line
	Left                          string
}

type line struct{ Sign, Text, Class string }

func appliesOf(f Facts) []apply {
	classes := map[handoff.Outcome]string{handoff.OutcomeApplied: good, "": wait}
	var out []apply
	for _, a := range f.Applies {
		one := apply{
			Title:   fmt.Sprintf("Generation %d, %s ago:", a.Version.Generation, ago(f.Now.Sub(a.Published))),
			Outcome: cmp.Or(string(a.Outcome), "not reported yet"), Class: bad, Timing: timing(a),
		}
		if class, known := classes[a.Outcome]; known {
			one.Class = class
		}
		marks := map[string]string{"+": "add", "-": "del"}
		for _, l := range a.Changes.Lines {
			one.Lines = append(one.Lines, line{l.Sign, l.Text, marks[l.Sign]})
		}
		if a.Changes.More > 0 {
			one.Left = fmt.Sprintf("%d more lines are left out.", a.Changes.More)
		}
		out = append(out, one)
	}
	return out
}

// timing says how long it took from publication to the end, and how long each phase.
func timing(a Apply) string {
	if a.Ended.IsZero() {
		return ""
	}
	var parts []string
	var sum time.Duration
	for _, p := range []handoff.Phase{handoff.PhaseCheck, handoff.PhaseDiff, handoff.PhaseApply, handoff.PhaseVerify, handoff.PhaseRollback} {
		if took, was := a.Durations[p]; was {
			parts = append(parts, fmt.Sprintf("%s %s", p, milliseconds(time.Duration(took))))
			sum += time.Duration(took)
		}
	}
	// frr-reloader sees a file some time before who wrote it has noted that it is there.
	total := milliseconds(max(sum, a.Ended.Sub(a.Published)))
	if len(parts) == 0 {
		return "in " + total
	}
	return "in " + total + " (" + strings.Join(parts, ", ") + ")"
}

// milliseconds prints a duration as people compare them.
func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
