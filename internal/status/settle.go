package status

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/api/v1beta1"
)

// SettleConfiguration gives conditions their time of transition: the one that the
// cluster has while their status is the same, else now. have may be nil.
func SettleConfiguration(want, have *v1beta1.ConfigurationState, now time.Time) {
	var old []metav1.Condition
	if have != nil {
		old = have.Status.Conditions
	}
	settle(want.Status.Conditions, old, now)
}

// SettleNode does the same, and keeps what only an earlier look could know: since
// when FRR runs its text, and the last reset of a session. have may be nil.
func SettleNode(want, have *v1alpha1.NodeState, now time.Time) {
	if have == nil {
		settle(want.Status.Conditions, nil, now)
		return
	}
	settle(want.Status.Conditions, have.Status.Conditions, now)
	was, is := &have.Status, &want.Status
	if was.Running == is.Running && was.RunningSince != nil {
		is.RunningSince = was.RunningSince
	}
	if was.LastReset != nil && (is.LastReset == nil || is.LastReset.Time.Before(&was.LastReset.Time)) {
		is.LastReset = was.LastReset
	}
}

func settle(conditions, have []metav1.Condition, now time.Time) {
	for i := range conditions {
		c := &conditions[i]
		c.LastTransitionTime = metav1.Time{Time: now.Truncate(time.Second)}
		for _, old := range have {
			if old.Type == c.Type && old.Status == c.Status && !old.LastTransitionTime.IsZero() {
				c.LastTransitionTime = old.LastTransitionTime
			}
		}
	}
}
