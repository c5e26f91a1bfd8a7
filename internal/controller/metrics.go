package controller

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/ipam"
)

// Metrics are what the controller counts: MetalLB's names, and its own under frr_speaker_.
type Metrics struct {
	addresses, inUse       *prometheus.GaugeVec
	addresses4, inUse4     *prometheus.GaugeVec
	addresses6, inUse6     *prometheus.GaugeVec
	services               *prometheus.GaugeVec
	updates, updateErrors  prometheus.Counter
	loaded, stale, leading prometheus.Gauge
	pending                prometheus.Gauge
	passes                 prometheus.Histogram
}

// NewMetrics registers the metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	pool := func(name, help string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "metallb_allocator_" + name, Help: help}, []string{"pool"})
		reg.MustRegister(g)
		return g
	}
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
		reg.MustRegister(g)
		return g
	}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		reg.MustRegister(c)
		return c
	}
	m := &Metrics{
		addresses:    pool("addresses_total", "Addresses that a pool can give out."),
		inUse:        pool("addresses_in_use_total", "Addresses of a pool that services have; one that is shared counts once."),
		addresses4:   pool("ipv4_addresses_total", "IPv4 addresses that a pool can give out."),
		inUse4:       pool("ipv4_addresses_in_use_total", "IPv4 addresses of a pool that services have."),
		addresses6:   pool("ipv6_addresses_total", "IPv6 addresses that a pool can give out."),
		inUse6:       pool("ipv6_addresses_in_use_total", "IPv6 addresses of a pool that services have."),
		services:     pool("services_allocated_total", "Services that have addresses of a pool."),
		updates:      counter("metallb_k8s_client_updates_total", "Services that were written to."),
		updateErrors: counter("metallb_k8s_client_update_errors_total", "Writes to services that failed and are repeated."),
		loaded:       gauge("metallb_k8s_client_config_loaded_bool", "1 once pools have been read."),
		stale:        gauge("metallb_k8s_client_config_stale_bool", "1 while an object has a mistake, and is used as it was before or not at all."),
		leading:      gauge("frr_speaker_controller_leads_bool", "1 on the replica that assigns addresses."),
		pending:      gauge("frr_speaker_controller_pending_writes", "Services that wait for a write or for seeing its result."),
		passes: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "frr_speaker_controller_pass_seconds", Help: "Time to decide who has which address.",
			Buckets: []float64{.001, .003, .01, .03, .1, .3, 1, 3},
		}),
	}
	reg.MustRegister(m.passes)
	return m
}

// pass notes what one pass came to.
func (m *Metrics) pass(plan ipam.Plan, pending int, problems []intent.Problem, took time.Duration) {
	m.resetPools()
	for _, u := range plan.Usage {
		set := func(g *prometheus.GaugeVec, value float64) { g.WithLabelValues(u.Pool).Set(value) }
		set(m.addresses, u.V4.Total.Add(u.V6.Total).Float64())
		set(m.inUse, float64(u.V4.Used+u.V6.Used))
		set(m.addresses4, u.V4.Total.Float64())
		set(m.inUse4, float64(u.V4.Used))
		set(m.addresses6, u.V6.Total.Float64())
		set(m.inUse6, float64(u.V6.Used))
		set(m.services, float64(u.Services))
	}
	m.loaded.Set(1)
	m.leading.Set(1)
	m.stale.Set(0)
	if len(mistakes(problems)) > 0 {
		m.stale.Set(1)
	}
	m.pending.Set(float64(pending))
	m.passes.Observe(took.Seconds())
}

// wrote counts a write.
func (m *Metrics) wrote(err error) {
	m.updates.Inc()
	if err != nil {
		m.updateErrors.Inc()
	}
}

// follow notes that another replica leads: what it knows of pools counts.
func (m *Metrics) follow() {
	m.resetPools()
	m.leading.Set(0)
	m.pending.Set(0)
}

func (m *Metrics) resetPools() {
	for _, g := range []*prometheus.GaugeVec{m.addresses, m.inUse, m.addresses4, m.inUse4, m.addresses6, m.inUse6, m.services} {
		g.Reset()
	}
}
