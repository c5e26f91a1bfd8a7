package status

import (
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/internal/handoff"
)

// Reasons of the condition that says whether FRR runs the configuration, and of the
// Events about it. But for the last three they are the outcomes of frr-reloader.
const (
	ReasonApplied    = string(handoff.OutcomeApplied)
	ReasonPartial    = string(handoff.OutcomePartial)    // it runs but for some lines
	ReasonRefused    = string(handoff.OutcomeRefused)    // FRR's check said no, and FRR was not touched
	ReasonRolledBack = string(handoff.OutcomeRolledBack) // FRR refused a line and runs what it ran before
	ReasonFailed     = string(handoff.OutcomeFailed)     // what FRR runs is not known, and is being repaired
	ReasonPending    = "pending"                         // not attempted yet
	ReasonSilent     = "silent"                          // frr-reloader does not report
	ReasonNotUsed    = "notUsed"                         // there is no FRR, and is not meant to be
)

// frrApplied says whether FRR runs what was published.
func frrApplied(f Facts) metav1.Condition {
	c := metav1.Condition{Type: ConditionApplied, Status: metav1.ConditionUnknown}
	result := f.Reload.Result
	switch {
	case f.WithoutFRR:
		c.Reason, c.Message = ReasonNotUsed, "this speaker announces by ARP and Neighbor Discovery alone (--bgp=none)"
	case !f.Reload.Known:
		c.Reason, c.Message = ReasonPending, "frr-reloader has not reported yet"
	case f.Reload.Silent:
		c.Reason, c.Message = ReasonSilent, "frr-reloader does not report any more; FRR may still run what it ran"
	case result.Outcome == handoff.OutcomeNone:
		c.Reason, c.Message = ReasonPending, "FRR has not been given the configuration yet"
	case result.Outcome == handoff.OutcomeApplied:
		c.Status, c.Reason = metav1.ConditionTrue, ReasonApplied
	default:
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, ReasonFailed, failureMessage(result)
		if _, known := failureMeanings[result.Outcome]; known {
			c.Reason = string(result.Outcome)
		}
	}
	return c
}

var failureMeanings = map[handoff.Outcome]string{
	handoff.OutcomePartial:    "FRR runs the configuration without this",
	handoff.OutcomeRefused:    "FRR refuses the configuration and runs what it ran before",
	handoff.OutcomeRolledBack: "FRR refused a line and runs what it ran before",
	handoff.OutcomeFailed:     "what FRR runs is not what was wanted, and is being repaired",
}

// failureMessage says what follows, then each line that FRR refused.
func failureMessage(r handoff.Result) string {
	meaning, known := failureMeanings[r.Outcome]
	if !known {
		meaning = "frr-reloader reports " + strconv.QuoteToASCII(string(r.Outcome))
	}
	if len(r.Failures) == 0 {
		return meaning
	}
	lines := make([]string, len(r.Failures))
	for i, failure := range r.Failures {
		lines[i] = failureLine(failure)
	}
	return meaning + ": " + bounded(lines)
}

// failureLine prints a failure as "object: line 12 "neighbor ...": what bgpd says".
func failureLine(f handoff.Failure) string {
	var b strings.Builder
	if f.Object != "" {
		b.WriteString(f.Object + ": ")
	}
	if f.Line != "" {
		b.WriteString("line ")
		if f.Number > 0 {
			b.WriteString(strconv.Itoa(f.Number) + " ")
		}
		b.WriteString(strconv.Quote(f.Line) + ": ")
	}
	if f.Daemon != "" {
		b.WriteString(f.Daemon + ": ")
	}
	b.WriteString(f.Message)
	return b.String()
}
