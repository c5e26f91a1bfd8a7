package cli

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"frr-speaker/internal/kube"
	"frr-speaker/internal/serve"
	"frr-speaker/internal/speaker"
)

// settle fills in the defaults that depend on where objects come from, and refuses
// what does not go together.
func (r *runFlags) settle(c common) error {
	directory := c.objects != ""
	if directory && r.changed("kubeconfig") {
		return fmt.Errorf("--objects and --kubeconfig are both set: objects come from a directory or from a cluster")
	}
	if directory && !r.changed("health-probe-port") {
		r.healthPort = 0
	}
	switch {
	case r.metrics == "" && directory:
		r.metrics = metricsHTTP
	case r.metrics == "":
		r.metrics = metricsHTTPS
	case r.metrics != metricsHTTP && r.metrics != metricsHTTPS:
		return fmt.Errorf("--metrics %q is unknown: use %s or %s", r.metrics, metricsHTTPS, metricsHTTP)
	case r.metrics == metricsHTTPS && directory:
		return fmt.Errorf("--metrics=%s asks an API server who may read, and --objects has none: use %s", metricsHTTPS, metricsHTTP)
	}
	return nil
}

// served is what the process shows of itself.
type served struct {
	registry *prometheus.Registry
	probes   http.Handler
	page     http.Handler // the status page
	client   *kube.Client // nil without a cluster
	log      *slog.Logger
}

// servers are the tasks that serve what the flags ask for.
func (r *runFlags) servers(s served) ([]speaker.Task, error) {
	var tasks []speaker.Task
	if r.port != 0 {
		metrics, err := r.metricsServer(s)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, metrics)
	}
	if r.healthPort != 0 {
		tasks = append(tasks, &serve.Server{
			Name: "probe server", Flag: "--health-probe-port", Handler: s.probes, Log: s.log,
			Address: net.JoinHostPort("127.0.0.1", strconv.Itoa(r.healthPort)),
		})
	}
	if r.pprof != "" {
		tasks = append(tasks, &serve.Server{
			Name: "profile server", Flag: "--pprof-bind-address", Handler: serve.Profiles(), Log: s.log, Address: r.pprof,
		})
	}
	return tasks, nil
}

// metricsServer serves metrics and the status page to those who may, and probes beside them for whoever asks.
func (r *runFlags) metricsServer(s served) (*serve.Server, error) {
	server := &serve.Server{Name: "metrics server", Flag: "--port", Address: r.address(), Log: s.log}
	page := s.page
	metrics := promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{Registry: s.registry})
	if r.metrics == metricsHTTPS {
		reviewer, err := kube.NewReviewer(s.client)
		if err != nil {
			return nil, err
		}
		server.TLS, err = r.tls.Config()
		if err != nil {
			return nil, err
		}
		metrics, page = serve.Guard(metrics, reviewer.Review), serve.GuardPage(page, reviewer.Review)
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", metrics)
	mux.Handle("/status", page)
	mux.Handle("/", s.probes)
	server.Handler = mux
	return server, nil
}
