package speaker

import (
	"github.com/prometheus/client_golang/prometheus"

	"frr-speaker/internal/announce"
)

// Verdicts counts the services of the latest state by protocol and reason, at the time of
// a scrape: frr_speaker_services.
type Verdicts struct {
	State func() *announce.State // the latest one, or nil
}

var verdictDesc = prometheus.NewDesc("frr_speaker_services",
	"Services by protocol and by whether this node announces them, or why not.", []string{"protocol", "reason"}, nil)

// Describe implements prometheus.Collector.
func (c *Verdicts) Describe(ch chan<- *prometheus.Desc) { ch <- verdictDesc }

// Collect implements prometheus.Collector.
func (c *Verdicts) Collect(ch chan<- prometheus.Metric) {
	state := c.State()
	if state == nil {
		return
	}
	type kind struct {
		protocol announce.Protocol
		reason   announce.Reason
	}
	counts := map[kind]int{}
	for i := range state.Verdicts {
		counts[kind{state.Verdicts[i].Protocol, state.Verdicts[i].Reason}]++
	}
	for k, n := range counts {
		ch <- prometheus.MustNewConstMetric(verdictDesc, prometheus.GaugeValue, float64(n), k.protocol.String(), k.reason.String())
	}
}
