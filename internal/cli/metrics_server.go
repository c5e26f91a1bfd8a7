package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metricsServer serves /metrics over plain HTTP.
type metricsServer struct {
	address string
	handler http.Handler
	log     *slog.Logger
}

func newMetricsServer(address string, registry *prometheus.Registry, log *slog.Logger) *metricsServer {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}))
	return &metricsServer{address: address, handler: mux, log: log}
}

// String names the task.
func (s *metricsServer) String() string { return "metrics server" }

// Run serves until ctx ends. A port that is taken is an error: metrics that are
// silently absent look like a node that is gone.
func (s *metricsServer) Run(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.address)
	if err != nil {
		return fmt.Errorf("serve metrics: %w; choose another --port, or 0 to turn metrics off", err)
	}
	server := &http.Server{Handler: s.handler, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() {
		if err := server.Close(); err != nil {
			s.log.Debug("close metrics server", "error", err)
		}
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return nil
}
