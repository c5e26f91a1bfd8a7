package l2

import (
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the figures of an announcer. Names that begin with metallb_ are MetalLB's.
type Metrics struct {
	requests   *prometheus.CounterVec
	responses  *prometheus.CounterVec
	gratuitous *prometheus.CounterVec

	dropped    *prometheus.CounterVec
	conflicts  prometheus.Gauge
	conflicted *prometheus.CounterVec
	handovers  *prometheus.CounterVec
	linkErrors *prometheus.CounterVec
	answered   prometheus.Gauge
	failed     prometheus.Gauge
	missed     prometheus.Counter
}

// NewMetrics registers the metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	m := &Metrics{
		requests:   counters("metallb_layer2_requests_received", "ARP requests and neighbor solicitations for an address that this node answers for.", "ip"),
		responses:  counters("metallb_layer2_responses_sent", "ARP replies and neighbor advertisements sent to who asked.", "ip"),
		gratuitous: counters("metallb_layer2_gratuitous_sent", "ARP packets and neighbor advertisements sent to everybody without being asked.", "ip"),
		dropped:    counters("frr_speaker_layer2_dropped_total", "Packets that were not answered, by reason.", "protocol", "reason"),
		conflicts:  gauge("frr_speaker_layer2_conflicts", "Addresses that another host claims at the moment, counted per link."),
		conflicted: counters("frr_speaker_layer2_conflicts_total", "Times that another host began to claim an address.", "ip"),
		handovers:  counters("frr_speaker_layer2_handovers_total", "Addresses given up, per link: taken over by another node, or not heard to be.", "outcome"),
		linkErrors: counters("frr_speaker_layer2_link_errors_total", "Sockets that failed or could not be opened.", "link", "protocol"),
		answered:   gauge("frr_speaker_layer2_addresses_answered", "Addresses that are answered on at least one link."),
		failed:     gauge("frr_speaker_layer2_addresses_failed", "Addresses of this node that are answered on no link."),
		missed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "frr_speaker_layer2_claims_missed_total", Help: "Claims of other hosts that came faster than they could be looked at.",
		}),
	}
	reg.MustRegister(m.requests, m.responses, m.gratuitous, m.dropped, m.conflicts, m.conflicted, m.handovers,
		m.linkErrors, m.answered, m.failed, m.missed)
	return m
}

// forget drops the series of an address that is given up.
func (m *Metrics) forget(addr netip.Addr) {
	ip := addr.String()
	for _, v := range []*prometheus.CounterVec{m.requests, m.responses, m.gratuitous, m.conflicted} {
		v.DeleteLabelValues(ip)
	}
}
