package deploy

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// overlays are all of deploy/overlays, and what the pods of each consist of.
var overlays = map[string]struct {
	containers []string // of the DaemonSet, with their images
	extra      []string // objects that the base does not have
	has        string   // text that the DaemonSet has then
}{
	"l2-only": {
		containers: []string{"speaker frr-speaker/speaker:latest"},
		has:        "- name: METALLB_BGP_TYPE\n          value: none\n",
	},
	"load-balancer-class": {
		containers: []string{"frr frr-speaker/frr:latest", "speaker frr-speaker/speaker:latest"},
		has:        "- --lb-class=metallb.io/frr-speaker\n",
	},
	"prometheus": {
		containers: []string{"frr frr-speaker/frr:latest", "speaker frr-speaker/speaker:latest"},
		extra: []string{
			"ClusterRole metallb-system:metrics-reader", "ClusterRoleBinding metallb-system:metrics-reader",
			"PodMonitor controller", "PodMonitor speaker", "Secret metrics-reader-token", "ServiceAccount metrics-reader",
		},
		has: "- containerPort: 9121\n",
	},
	"stock-frr": {
		containers: []string{"frr quay.io/frrouting/frr:10.5.3", "reloader frr-speaker/frr:latest", "speaker frr-speaker/speaker:latest"},
		extra:      []string{"ConfigMap frr-startup"},
		has:        "- --supervise=false\n",
	},
}

func TestOverlaysAreAccepted(t *testing.T) {
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	accepted(t, string(text)) // for its namespace and definitions
	operator, err := os.ReadFile("testdata/prometheus-operator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	accepted(t, string(operator))
	if out, ok := says(t, "", "wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"); !ok {
		t.Fatal(out)
	}
	base := parse(t, string(text))
	for name, want := range overlays {
		t.Run(name, func(t *testing.T) {
			rendered := kustomize(t, "overlays/"+name)
			accepted(t, rendered, "--dry-run=server")
			objects := parse(t, rendered)
			if diff := cmp.Diff(want.containers, containers(objects[daemonSet])); diff != "" {
				t.Errorf("containers (-want +got):\n%s", diff)
			}
			var extra []string
			for object := range objects {
				if _, known := base[object]; !known {
					extra = append(extra, object)
				}
			}
			slices.Sort(extra)
			if diff := cmp.Diff(want.extra, extra); diff != "" {
				t.Errorf("objects in addition to the base (-want +got):\n%s", diff)
			}
			if text := objectText(t, rendered, daemonSet); !strings.Contains(text, want.has) {
				t.Errorf("DaemonSet lacks %q:\n%s", want.has, text)
			}
		})
	}
	t.Run("the chart with all that it can add", func(t *testing.T) {
		rendered, err := template(t)(monitoring, alerting, `prometheus.serviceAccount="prometheus"`, `prometheus.namespace="monitoring"`,
			`networkpolicies.defaultDeny=true`, `networkpolicies.apiPort=6443`, `speaker.frr.enabled=false`)
		if err != nil {
			t.Fatal(err)
		}
		accepted(t, rendered, "--dry-run=server")
	})
}

// containers are those of a workload, sorted, each with its image.
func containers(workload object) []string {
	var all []string
	list, _ := at(workload, "spec", "template", "spec", "containers").([]any)
	for _, c := range list {
		all = append(all, fmt.Sprint(at(c, "name"), " ", at(c, "image")))
	}
	slices.Sort(all)
	return all
}

func TestEveryOverlayIsTried(t *testing.T) {
	dirs, err := filepath.Glob(root + "/deploy/overlays/*/kustomization.yaml")
	if err != nil || len(dirs) != len(overlays) {
		t.Errorf("there are %d overlays in deploy/overlays, and %d here (%v): %v", len(dirs), len(overlays), err, dirs)
	}
}
