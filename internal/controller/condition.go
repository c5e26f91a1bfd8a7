package controller

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/internal/intent"
)

// The condition of ConfigurationState "controller", as MetalLB has it.
const (
	conditionPools           = "poolReconcilerValid"
	reasonReconciled         = "Reconciled"
	reasonConfigurationError = "ConfigurationError"
	configurationError       = "configuration error: "
)

// Condition says whether all pools can be used, without a time of transition.
func Condition(problems []intent.Problem) metav1.Condition {
	found := mistakes(problems)
	if len(found) == 0 {
		return metav1.Condition{Type: conditionPools, Status: metav1.ConditionTrue, Reason: reasonReconciled}
	}
	lines := make([]string, len(found))
	for i, p := range found {
		lines[i] = p.String()
	}
	return metav1.Condition{
		Type:    conditionPools,
		Status:  metav1.ConditionFalse,
		Reason:  reasonConfigurationError,
		Message: configurationError + strings.Join(lines, "\n"),
	}
}

// mistakes are the problems of pools. Other objects are the speakers' to judge, and an
// API server that is away is no matter of configuration.
func mistakes(problems []intent.Problem) []intent.Problem {
	var found []intent.Problem
	for _, p := range problems {
		if p.Object.Kind == "IPAddressPool" && !p.Harmless {
			found = append(found, p)
		}
	}
	return found
}
