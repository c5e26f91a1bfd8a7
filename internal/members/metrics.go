package members

import "github.com/prometheus/client_golang/prometheus"

// aliveDesc is the only figure: who joined and who went is in the log.
func aliveDesc() *prometheus.Desc {
	return prometheus.NewDesc("frr_speaker_members", "Speakers that this one knows to be alive, itself included; 0 until it has looked for others.", nil, nil)
}

// Describe implements prometheus.Collector.
func (m *Members) Describe(ch chan<- *prometheus.Desc) { ch <- aliveDesc() }

// Collect implements prometheus.Collector.
func (m *Members) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.MustNewConstMetric(aliveDesc(), prometheus.GaugeValue, float64(len(m.Alive())))
}
