package speaker

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"frr-speaker/internal/announce"
)

// announcedCollector answers metallb_speaker_announced from the latest state at
// the time of a scrape, so that a pass costs the same however many services there are.
type announcedCollector struct {
	state atomic.Pointer[announce.State]
}

var announcedDesc = prometheus.NewDesc("metallb_speaker_announced",
	"1 for each address that this node has decided to announce; whether routers have it is another question.",
	[]string{"service", "protocol", "node", "ip"}, nil)

// Describe implements prometheus.Collector.
func (c *announcedCollector) Describe(ch chan<- *prometheus.Desc) { ch <- announcedDesc }

// Collect implements prometheus.Collector.
func (c *announcedCollector) Collect(ch chan<- prometheus.Metric) {
	state := c.state.Load()
	if state == nil {
		return
	}
	for _, v := range state.Verdicts {
		if !v.Announced() {
			continue
		}
		service := v.Service.Namespace + "/" + v.Service.Name
		for _, ip := range v.Addresses {
			ch <- prometheus.MustNewConstMetric(announcedDesc, prometheus.GaugeValue, 1,
				service, v.Protocol.String(), state.Node, ip.String())
		}
	}
}
