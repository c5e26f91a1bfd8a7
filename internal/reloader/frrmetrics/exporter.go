package frrmetrics

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/vty"
)

// answerTimeout is how long a daemon may take to answer. One that commits a large
// configuration answers nothing meanwhile, and Prometheus gives up after ten seconds.
const answerTimeout = 3 * time.Second

// maxScrapes bounds the connections that scrapes have to the daemons at a time.
const maxScrapes = 3

// Options say where everything is.
type Options struct {
	RunDir  string                       // sockets of the daemons
	Running func() (handoff.Text, error) // what FRR was last verified to run
	Result  func() handoff.Result        // what frr-reloader knows
	Log     *slog.Logger

	// Past is what is known of a session, by VRF and neighbor, that bgpd may have forgotten; not of one that is new.
	Past func(vrf, neighbor string) (Past, bool)
}

// Past is the past of a session, in this life of bgpd and those before.
type Past struct {
	Flaps  int       // how often it went down
	Reason string    // why it last did; "" if it never did
	Reset  time.Time // when that was
}

// Handler serves all metrics of the process at any path.
func Handler(o Options) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(newExporter(o), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: maxScrapes,
		ErrorLog:            errorLog{o.Log},
	})
}

// errorLog says what Prometheus' library has to say.
type errorLog struct{ log *slog.Logger }

// Println implements promhttp.Logger.
func (l errorLog) Println(v ...any) { l.log.Warn("metrics are incomplete", "error", v) }

// exporter asks when it is asked.
type exporter struct {
	Options
	ports    portBook
	sessions []measure[neighbor]
	bfd      []measure[bfdPeer]
	own      *ownMeasures

	reset   *prometheus.Desc
	answers *prometheus.Desc
	took    *prometheus.Desc
}

func newExporter(o Options) *exporter {
	return &exporter{
		Options: o, sessions: sessionMeasures(), bfd: bfdMeasures(), own: newOwnMeasures(),
		reset:   resetDesc(),
		answers: prometheus.NewDesc("frr_speaker_frr_answers", "Whether the daemon answered this scrape: 1 or 0.", []string{"daemon"}, nil),
		took:    prometheus.NewDesc("frr_speaker_frr_answer_seconds", "How long the daemon took to answer this scrape.", []string{"daemon"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (e *exporter) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range e.sessions {
		ch <- m.desc
	}
	for _, m := range e.bfd {
		ch <- m.desc
	}
	e.own.describe(ch)
	ch <- e.reset
	ch <- e.answers
	ch <- e.took
}

// Collect implements prometheus.Collector.
func (e *exporter) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	result := e.Result()
	e.own.collect(ch, result)
	var asked sync.WaitGroup
	asked.Go(func() {
		e.ask(ctx, ch, "bgpd", func(c *vty.Conn) error { return e.collectSessions(ctx, ch, c, result) })
	})
	asked.Go(func() { e.ask(ctx, ch, "bfdd", func(c *vty.Conn) error { return e.collectBFD(ctx, ch, c) }) })
	asked.Wait()
}

// ask lets f question a daemon, and says whether that went well.
func (e *exporter) ask(ctx context.Context, ch chan<- prometheus.Metric, daemon string, f func(*vty.Conn) error) {
	began := time.Now()
	err := e.connected(ctx, daemon, f)
	answers := 1.0
	if err != nil {
		answers = 0
		e.Log.Debug("a daemon does not answer a scrape", "daemon", daemon, "error", err)
	}
	ch <- prometheus.MustNewConstMetric(e.answers, prometheus.GaugeValue, answers, daemon)
	ch <- prometheus.MustNewConstMetric(e.took, prometheus.GaugeValue, time.Since(began).Seconds(), daemon)
}

func (e *exporter) connected(ctx context.Context, daemon string, f func(*vty.Conn) error) error {
	conn, err := vty.Dial(ctx, filepath.Join(e.RunDir, daemon+".vty"))
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Query(ctx, "enable"); err != nil { // bfdd shows nothing before
		return err
	}
	return f(conn)
}
