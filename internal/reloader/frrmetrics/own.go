package frrmetrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"frr-speaker/internal/handoff"
)

// ownMeasures are the figures of frr-reloader itself.
type ownMeasures struct {
	desired, running                 *prometheus.Desc
	outcome, failures, drift, drifts *prometheus.Desc
	results, took                    *prometheus.Desc
	daemonUp, restarts, version      *prometheus.Desc
}

func newOwnMeasures() *ownMeasures {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("frr_speaker_"+name, help, labels, nil)
	}
	return &ownMeasures{
		desired:  desc("reload_desired_generation", "Generation of the configuration that speaker wants."),
		running:  desc("reload_running_generation", "Generation of the configuration that FRR was last verified to run."),
		outcome:  desc("reload_outcome", "How the last attempt at the desired configuration ended: 1 for that outcome, 0 for the others.", "outcome"),
		failures: desc("reload_failures", "Lines that FRR does not take, and daemons that are not there."),
		drift:    desc("reload_drift_lines", "Lines in which FRR differs from what was applied, as last looked at."),
		drifts:   desc("reload_drifts_total", "Times that FRR was found to run something else than what was applied."),
		results:  desc("reload_results_total", "Configurations that were applied, refused or rolled back.", "result"),
		took:     desc("reload_duration_seconds", "How long the last attempt took, by phase.", "phase"),
		daemonUp: desc("daemon_up", "Whether the FRR daemon is up: 1 or 0.", "daemon"),
		restarts: desc("daemon_restarts_total", "Times that the FRR daemon was started again.", "daemon"),
		version:  desc("frr_info", "The version of FRR. Always 1.", "version"),
	}
}

func (m *ownMeasures) describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		m.desired, m.running, m.outcome, m.failures, m.drift, m.drifts, m.results, m.took, m.daemonUp, m.restarts, m.version,
	} {
		ch <- d
	}
}

func outcomes() []handoff.Outcome {
	return []handoff.Outcome{
		handoff.OutcomeApplied, handoff.OutcomePartial, handoff.OutcomeRefused, handoff.OutcomeRolledBack, handoff.OutcomeFailed,
	}
}

func (m *ownMeasures) collect(ch chan<- prometheus.Metric, r handoff.Result) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge(m.desired, float64(r.Desired.Generation))
	gauge(m.running, float64(r.Running.Generation))
	for _, o := range outcomes() {
		gauge(m.outcome, boolean(r.Outcome == o), string(o))
	}
	gauge(m.failures, float64(len(r.Failures)))
	gauge(m.drift, float64(len(r.Drift)))
	count(m.drifts, r.Counters.Drifts)
	count(m.results, r.Counters.Applied, "applied")
	count(m.results, r.Counters.Refused, "refused")
	count(m.results, r.Counters.RolledBack, "rolledBack")
	for phase, took := range r.Durations {
		gauge(m.took, time.Duration(took).Seconds(), string(phase))
	}
	for _, d := range r.Daemons {
		gauge(m.daemonUp, boolean(d.State == "up"), d.Name)
		count(m.restarts, int64(d.Restarts), d.Name)
	}
	if r.FRRVersion != "" {
		gauge(m.version, 1, r.FRRVersion)
	}
}
