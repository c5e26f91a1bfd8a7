package frrmetrics

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

// Its section in docs/metrics.md names every metric, and none that there is not.
func TestDocsNameEveryMetric(t *testing.T) {
	text, err := os.ReadFile("../../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n# Metrics of frr-reloader\n")
	section, _, _ = strings.Cut(section, "\n# ")
	var documented []string
	for _, found := range regexp.MustCompile("`((?:metallb|frr_speaker)_[a-z_]+[a-z])`").FindAllStringSubmatch(section, -1) {
		documented = append(documented, found[1])
	}
	slices.Sort(documented)
	descs := make(chan *prometheus.Desc, 100)
	newExporter(Options{}).Describe(descs)
	close(descs)
	var have []string
	name := regexp.MustCompile(`fqName: "([^"]+)"`)
	for d := range descs {
		have = append(have, name.FindStringSubmatch(d.String())[1])
	}
	slices.Sort(have)
	if diff := cmp.Diff(have, slices.Compact(documented)); diff != "" {
		t.Errorf("metrics in docs/metrics.md (-there are +documented):\n%s", diff)
	}
}
