package controller

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/internal/intent"
)

// The condition of ConfigurationState "controller".
const (
	conditionPools     = "poolReconcilerValid"
	reasonReconciled   = "Reconciled"
	reasonConfigurable = "ConfigurationError"
	configurationError = "configuration error: "
)

// Condition says whether all pools can be used, without a time of transition.
func Condition(problems []intent.Problem) metav1.Condition {
	if len(problems) == 0 {
		return metav1.Condition{Type: conditionPools, Status: metav1.ConditionTrue, Reason: reasonReconciled}
	}
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p.String()
	}
	return metav1.Condition{
		Type:    conditionPools,
		Status:  metav1.ConditionFalse,
		Reason:  reasonConfigurable,
		Message: configurationError + strings.Join(lines, "\n"),
	}
}
