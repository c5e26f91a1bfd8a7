package guide

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/internal/status"
)

// The conditions of the example are those that speakers write.
func TestConditionsOfTheExampleAreReal(t *testing.T) {
	types := []string{
		v1alpha1.ConditionConfigurationValid, v1alpha1.ConditionApplied, v1alpha1.ConditionSessionsEstablished,
		status.ConditionConfigValid, status.ConditionApplied,
	}
	reasons := []string{"Reconciled", status.ReasonApplied, status.ReasonSessionDown}
	text, err := os.ReadFile(filepath.Join(root, "docs/examples/70-status.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		var o struct {
			Kind   string
			Status struct{ Conditions []metav1.Condition }
		}
		if err := yaml.Unmarshal([]byte(document), &o); err != nil {
			t.Fatal(err)
		}
		for _, c := range o.Status.Conditions {
			seen++
			if !slices.Contains(types, c.Type) || !slices.Contains(reasons, c.Reason) {
				t.Errorf("%s: condition %s with reason %s is not what speaker writes", o.Kind, c.Type, c.Reason)
			}
		}
	}
	if seen != 5 {
		t.Errorf("%d conditions were seen, want 5", seen)
	}
}
