package status

import (
	"maps"
	"slices"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
)

// maxProblems is how many problems a NodeState lists.
const maxProblems = 50

func buildNode(f Facts, services *Services) *v1alpha1.NodeState {
	r := f.Reload.Result
	sessions := sessionsOf(f)
	up := established(sessions)
	return &v1alpha1.NodeState{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "NodeState"},
		ObjectMeta: metav1.ObjectMeta{Name: f.Node, OwnerReferences: owner(f)},
		Status: v1alpha1.NodeStateStatus{
			SessionsUp: strconv.Itoa(up) + "/" + strconv.Itoa(len(sessions)),
			Sessions:   sessions,
			LastReset:  lastReset(sessions),

			ServicesAnnounced:  countAnnounced(f.State.Verdicts),
			ServicesUnreported: int32(services.Unreported),
			NotAnnounced:       countReasons(f.State.Verdicts),

			Desired:      version(f.Published),
			Running:      version(r.Running),
			RunningSince: when(r.Since), // Settle keeps an earlier one of the same text
			Outcome:      v1alpha1.Outcome(r.Outcome),
			Failures:     failures(r.Failures),
			DriftLines:   int32(len(r.Drift)),
			FRRVersion:   r.FRRVersion,
			Daemons:      daemons(r.Daemons),
			ProblemCount: int32(len(f.Problems)),
			Problems:     problems(f.Problems),
			Conditions:   nodeConditions(f, up, len(sessions)),
		},
	}
}

// countAnnounced counts services, of which one may be announced by both protocols.
func countAnnounced(verdicts []announce.Verdict) int32 {
	n := int32(0)
	for i := range verdicts {
		twice := i > 0 && verdicts[i-1].Announced() && verdicts[i-1].Service == verdicts[i].Service
		if verdicts[i].Announced() && !twice {
			n++
		}
	}
	return n
}

// countReasons counts services that are not announced, by why, in the order of protocols
// and reasons.
func countReasons(verdicts []announce.Verdict) []v1alpha1.ReasonCount {
	counts := map[cause]int32{}
	for i := range verdicts {
		if v := &verdicts[i]; !v.Announced() {
			counts[cause{v.Protocol, v.Reason}]++
		}
	}
	var out []v1alpha1.ReasonCount
	for _, c := range slices.SortedFunc(maps.Keys(counts), cause.compare) {
		out = append(out, v1alpha1.ReasonCount{Protocol: c.protocol.String(), Reason: c.reason.String(), Services: counts[c]})
	}
	return out
}

func nodeConditions(f Facts, up, all int) []metav1.Condition {
	valid, applied := configValid(f), frrApplied(f)
	valid.Type = v1alpha1.ConditionConfigurationValid
	sessions := metav1.Condition{Type: v1alpha1.ConditionSessionsEstablished, Message: strconv.Itoa(up) + " of " + strconv.Itoa(all) + " sessions are established"}
	switch {
	case !f.Reload.Known || f.Reload.Silent:
		sessions.Status, sessions.Reason, sessions.Message = metav1.ConditionUnknown, applied.Reason, applied.Message
	case up < all:
		sessions.Status, sessions.Reason = metav1.ConditionFalse, ReasonSessionDown
	default:
		sessions.Status, sessions.Reason = metav1.ConditionTrue, ReasonSessionEstablished
	}
	return []metav1.Condition{valid, applied, sessions}
}

// digestDigits is how much of a digest people compare.
const digestDigits = 12

func version(v handoff.Version) v1alpha1.Version {
	return v1alpha1.Version{Generation: v.Generation, Digest: v.Digest[:min(len(v.Digest), digestDigits)]}
}

// when is nil where no time is known. Times of the API have a resolution of one second.
func when(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	return &metav1.Time{Time: t.Truncate(time.Second)}
}

func failures(list []handoff.Failure) []v1alpha1.Failure {
	var out []v1alpha1.Failure
	for _, f := range list[:min(len(list), maxProblems)] {
		out = append(out, v1alpha1.Failure{
			Object: f.Object, Line: cut(f.Line), Number: int32(f.Number), Message: cut(f.Message), Daemon: f.Daemon, Phase: string(f.Phase),
		})
	}
	return out
}

func daemons(list []handoff.Daemon) []v1alpha1.Daemon {
	var out []v1alpha1.Daemon
	for _, d := range list {
		out = append(out, v1alpha1.Daemon{Name: d.Name, State: d.State, Restarts: int32(d.Restarts), LastError: cut(d.LastError)})
	}
	return out
}

func problems(list []intent.Problem) []v1alpha1.Problem {
	var out []v1alpha1.Problem
	for _, p := range list[:min(len(list), maxProblems)] {
		out = append(out, v1alpha1.Problem{
			Object: p.Object.String(), Field: p.Field, Message: cut(p.Text()), Effect: p.Effect, Remedy: p.Remedy,
		})
	}
	return out
}
