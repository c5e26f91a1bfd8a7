package speaker

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
)

// Metrics are the speaker's own figures. Names that begin with metallb_ are MetalLB's.
type Metrics struct {
	announced    *announcedCollector
	configLoaded prometheus.Gauge
	configStale  prometheus.Gauge
	updates      prometheus.Counter
	updateErrors prometheus.Counter

	passSeconds    prometheus.Histogram
	publishSeconds prometheus.Histogram
	changeSeconds  prometheus.Histogram
	generation     prometheus.Gauge
	running        prometheus.Gauge
	inSync         prometheus.Gauge

	reg prometheus.Registerer
}

// NewMetrics registers the metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		reg:       reg,
		announced: &announcedCollector{},
		configLoaded: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "metallb_k8s_client_config_loaded_bool", Help: "1 once a configuration has been read.",
		}),
		configStale: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "metallb_k8s_client_config_stale_bool", Help: "1 while some object is not used as it is written.",
		}),
		updates: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "metallb_k8s_client_updates_total", Help: "Passes over the objects.",
		}),
		updateErrors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "metallb_k8s_client_update_errors_total", Help: "Renderings and publications that failed.",
		}),
		passSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "frr_speaker_pass_seconds", Help: "Time from taking a snapshot to handing the state to the sinks.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 12),
		}),
		publishSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "frr_speaker_publish_seconds", Help: "Time to render and publish the FRR configuration.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 12),
		}),
		changeSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "frr_speaker_change_to_apply_seconds",
			Help:    "Time from the oldest watch event in a pass until frr-reloader has verified that FRR runs what it led to.",
			Buckets: prometheus.ExponentialBuckets(0.002, 2, 14),
		}),
		generation: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "frr_speaker_published_generation", Help: "Generation of the text last published.",
		}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "frr_speaker_running_generation", Help: "Generation of the text that FRR was last verified to run.",
		}),
		inSync: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "frr_speaker_applied_bool", Help: "1 while frr-reloader reports that FRR runs all of the text it last saw.",
		}),
	}
	reg.MustRegister(m.announced, &Verdicts{State: m.announced.state.Load}, m.configLoaded, m.configStale, m.updates, m.updateErrors,
		m.passSeconds, m.publishSeconds, m.changeSeconds, m.generation, m.running, m.inSync)
	return m
}

// WithoutFRR takes away what would say that FRR does not run what it should.
func (m *Metrics) WithoutFRR() {
	for _, c := range []prometheus.Collector{m.publishSeconds, m.changeSeconds, m.generation, m.running, m.inSync} {
		m.reg.Unregister(c)
	}
}

// held notes a pass that left everything as it was. A problem of any kind counts
// as stale: something is not as the user wrote it.
func (m *Metrics) held(problems []intent.Problem) {
	m.updates.Inc()
	m.configStale.Set(boolean(len(problems) > 0))
}

// pass notes a pass whose state went to the sinks.
func (m *Metrics) pass(state announce.State, problems []intent.Problem, took time.Duration) {
	m.held(problems)
	m.configLoaded.Set(1)
	m.passSeconds.Observe(took.Seconds())
	m.announced.state.Store(&state)
}

func (m *Metrics) published(v handoff.Version, changed bool, took time.Duration) {
	m.generation.Set(float64(v.Generation))
	if changed {
		m.publishSeconds.Observe(took.Seconds())
	}
}

// ChangeApplied observes the time from an event to the verified configuration that it led to.
func (m *Metrics) ChangeApplied(took time.Duration) { m.changeSeconds.Observe(took.Seconds()) }

func (m *Metrics) publishFailed() { m.updateErrors.Inc() }

func (m *Metrics) applied(r handoff.Result) {
	m.running.Set(float64(r.Running.Generation))
	m.inSync.Set(boolean(r.Outcome == handoff.OutcomeApplied && r.Desired == r.Running))
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
