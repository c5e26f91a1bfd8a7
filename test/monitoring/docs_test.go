package monitoring

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"frr-speaker/internal/controller"
	"frr-speaker/internal/kube"
	"frr-speaker/internal/l2"
	"frr-speaker/internal/members"
	"frr-speaker/internal/speaker"
)

// described keeps the names of what is registered with it.
type described struct {
	prometheus.Registerer
	names []string
}

func (d *described) Register(c prometheus.Collector) error {
	descs := make(chan *prometheus.Desc, 100)
	c.Describe(descs)
	close(descs)
	for desc := range descs {
		d.names = append(d.names, regexp.MustCompile(`fqName: "([^"]+)"`).FindStringSubmatch(desc.String())[1])
	}
	return nil
}

func (d *described) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		if err := d.Register(c); err != nil {
			panic(err)
		}
	}
}

// section is the part of docs/metrics.md below a heading, down to the next of its level.
func section(t *testing.T, heading string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n# "+heading+"\n")
	if !found {
		t.Fatalf("docs/metrics.md has no section %q", heading)
	}
	part, _, _ := strings.Cut(rest, "\n# ")
	return part
}

// The section on frr-reloader is held to the code in its own package.
func TestDocsNameEveryMetric(t *testing.T) {
	tests := []struct {
		heading  string
		register func(*described)
	}{
		{"Metrics of speaker", func(d *described) {
			speaker.NewMetrics(d)
			l2.NewMetrics(d)
			new(kube.Client).Register(d)
			d.MustRegister(new(members.Members))
		}},
		{"Metrics of controller", func(d *described) {
			controller.NewMetrics(d)
			new(kube.Client).Register(d)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.heading, func(t *testing.T) {
			have := &described{}
			tt.register(have)
			slices.Sort(have.names)
			if diff := cmp.Diff(slices.Compact(have.names), metricNames(section(t, tt.heading))); diff != "" {
				t.Errorf("metrics (-there are +documented):\n%s", diff)
			}
		})
	}
}
