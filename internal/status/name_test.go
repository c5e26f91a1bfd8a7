package status

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"
)

func TestNames(t *testing.T) {
	long := strings.Repeat("a-node-with-a-long-name.", 10) + "example" // 247 bytes
	for _, tt := range []struct{ name, got, want string }{
		{"a ConfigurationState is named after the node", ConfigurationName("node-1"), "speaker-node-1"},
		{"a label has the node's name", LabelValue("node-1"), "node-1"},
		{"a name that is too long for a label ends in its digest", LabelValue(long), long[:42] + "-f7ded1917251e543c61a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("got %s, want %s", tt.got, tt.want)
			}
		})
	}
	for _, node := range []string{"n", "node-1", long, strings.Repeat("n", 253)} {
		if wrong := validation.IsValidLabelValue(LabelValue(node)); wrong != nil {
			t.Errorf("label of %s: %v", node, wrong)
		}
		for _, name := range []string{ConfigurationName(node), objectName("bgp-", node, "ns", "svc")} {
			if wrong := validation.IsDNS1123Subdomain(name); wrong != nil {
				t.Errorf("name %s: %v", name, wrong)
			}
		}
	}
}
