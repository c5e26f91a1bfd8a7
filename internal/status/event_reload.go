package status

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/internal/intent"
)

// reloadEvents tells that FRR does not run what it should, and that it does again,
// on the node's ConfigurationState. What is not known is not told.
func reloadEvents(before Memory, now *Memory, f Facts) []Event {
	object := intent.Ref{Kind: "ConfigurationState", Namespace: f.Namespace, Name: ConfigurationName(f.Node)}
	switch c := frrApplied(f); c.Status {
	case metav1.ConditionFalse:
		now.failure = c.Message
		if before.failure != c.Message {
			return []Event{{Object: object, Warning: true, Reason: c.Reason, Message: c.Message}}
		}
	case metav1.ConditionTrue:
		if before.failure != "" {
			return []Event{{Object: object, Reason: c.Reason, Message: "FRR runs all of the configuration again"}}
		}
	default:
		now.failure = before.failure
	}
	return nil
}
