package frrmetrics

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

// docs/metrics.md names every metric, and none that there is not.
func TestDocsNameEveryMetric(t *testing.T) {
	text, err := os.ReadFile("../../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, found := range regexp.MustCompile("`((?:metallb|frr_speaker)_[a-z_]+[a-z])`").FindAllStringSubmatch(string(text), -1) {
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
