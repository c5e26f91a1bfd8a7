package status

import (
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/intent"
)

// Types of the conditions of ConfigurationState. The first is MetalLB's.
const (
	ConditionConfigValid = "configReconcilerValid"
	// ConditionApplied is True when FRR was seen to run what the objects lead to, as in
	// NodeState. When it is False, the message names the object and the line.
	ConditionApplied = v1alpha1.ConditionApplied
)

// Reasons of configReconcilerValid, as MetalLB has them.
const (
	reasonReconciled         = "Reconciled"
	reasonConfigurationError = "ConfigurationError"
)

func buildConfiguration(f Facts) *v1beta1.ConfigurationState {
	conditions := []metav1.Condition{configValid(f), frrApplied(f)}
	return &v1beta1.ConfigurationState{
		TypeMeta: metav1.TypeMeta{APIVersion: v1beta1.GroupVersion.String(), Kind: "ConfigurationState"},
		ObjectMeta: metav1.ObjectMeta{
			Name:            ConfigurationName(f.Node),
			Namespace:       f.Namespace,
			Labels:          map[string]string{LabelComponentType: "speaker", LabelNodeName: LabelValue(f.Node)},
			OwnerReferences: owner(f),
		},
		Status: v1beta1.ConfigurationStateStatus{
			Result: resultOf(conditions), ErrorSummary: errorSummary(conditions), Conditions: conditions,
		},
	}
}

// resultOf is Invalid when some condition failed. FRR that has not answered yet
// makes no configuration doubtful: its condition says so itself.
func resultOf(conditions []metav1.Condition) v1beta1.ConfigurationResult {
	for _, c := range conditions {
		if c.Status == metav1.ConditionFalse && isConfigurationError(c) {
			return v1beta1.ConfigurationResultInvalid
		}
	}
	return v1beta1.ConfigurationResultValid
}

// isConfigurationError tells what users wrote from what befell the node.
func isConfigurationError(c metav1.Condition) bool { return c.Reason != ReasonFailed }

func errorSummary(conditions []metav1.Condition) string {
	var failed []string
	for _, c := range conditions {
		if c.Status == metav1.ConditionFalse {
			failed = append(failed, c.Message)
		}
	}
	return strings.Join(failed, "\n")
}

func configValid(f Facts) metav1.Condition {
	c := metav1.Condition{Type: ConditionConfigValid, Status: metav1.ConditionTrue, Reason: reasonReconciled}
	if lines := configurationErrors(f.Problems); len(lines) > 0 {
		c.Status, c.Reason = metav1.ConditionFalse, reasonConfigurationError
		c.Message = "configuration error: " + bounded(lines)
	}
	return c
}

// configurationErrors are the problems of the configuration. What is wrong with a
// service concerns that service alone, and an API server that is away is no
// matter of configuration.
func configurationErrors(problems []intent.Problem) []string {
	var lines []string
	for _, p := range problems {
		switch p.Object.Kind {
		case "Service", "EndpointSlice", "APIServer":
		default:
			if !p.Harmless {
				lines = append(lines, p.String())
			}
		}
	}
	return lines
}

// Bounds of a message: who has more to correct than this begins with these.
const (
	maxLines      = 20
	maxLineLength = 1000
)

// bounded joins lines to a message that a condition and a screen can hold.
func bounded(lines []string) string {
	var b strings.Builder
	for i, line := range lines {
		if i == maxLines {
			b.WriteString("\nand " + strconv.Itoa(len(lines)-maxLines) + " more")
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(cut(line))
	}
	return b.String()
}

// cut shortens a line, between characters.
func cut(line string) string {
	if len(line) <= maxLineLength {
		return line
	}
	return strings.ToValidUTF8(line[:maxLineLength], "") + "..."
}
