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

// described keeps the names of what is registered with it, and their labels.
type described struct {
	prometheus.Registerer
	names  []string
	labels map[string][]string
}

// descLine is what a description prints: its name and its variable labels.
var descLine = regexp.MustCompile(`fqName: "([^"]+)".*variableLabels: \{([^}]*)\}`)

func (d *described) Register(c prometheus.Collector) error {
	descs := make(chan *prometheus.Desc, 100)
	c.Describe(descs)
	close(descs)
	for desc := range descs {
		m := descLine.FindStringSubmatch(desc.String())
		d.names = append(d.names, m[1])
		if m[2] != "" {
			d.labels[m[1]] = strings.Split(m[2], ",")
		}
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

// rowOf is the row of a metric, with the row above if it is the same of something else.
func rowOf(section, name string) string {
	above := ""
	for row := range strings.Lines(section) {
		if strings.Contains(row, "`"+name+"`") {
			if strings.Contains(row, "| the same of") {
				return above + row
			}
			return row
		}
		if !strings.Contains(row, "| the same of") {
			above = row
		}
	}
	return ""
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
			have := &described{labels: map[string][]string{}}
			tt.register(have)
			slices.Sort(have.names)
			if diff := cmp.Diff(slices.Compact(have.names), metricNames(section(t, tt.heading))); diff != "" {
				t.Errorf("metrics (-there are +documented):\n%s", diff)
			}
			if len(have.labels) < 3 {
				t.Errorf("only %d metrics with labels were seen", len(have.labels))
			}
			for name, labels := range have.labels {
				for _, label := range labels {
					if !strings.Contains(rowOf(section(t, tt.heading), name), "`"+label+"`") {
						t.Errorf("docs/metrics.md does not name label %s of %s", label, name)
					}
				}
			}
		})
	}
}
