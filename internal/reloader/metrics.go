package reloader

import (
	"context"
	"log/slog"
	"time"

	"frr-speaker/internal/reloader/frrmetrics"
	"frr-speaker/internal/serve"
)

// metricsRetry is how long to wait for an address that is taken.
const metricsRetry = 5 * time.Second

// metricsServer shows metrics. That it cannot is said and tried again: whoever is to be
// seen goes on working, for FRR ends with this process.
type metricsServer struct {
	server serve.Server
	log    *slog.Logger
}

// metricsTasks serve metrics, if an address is given.
func metricsTasks(o Options, b *board, h *history) []task {
	if o.MetricsAddr == "" {
		return nil
	}
	handler := frrmetrics.Handler(frrmetrics.Options{
		RunDir: o.RunDir, Running: o.Handoff.ReadLastGood, Result: b.snapshot, Past: h.of, Log: o.Log,
	})
	return []task{&metricsServer{log: o.Log, server: serve.Server{
		Name: "metrics server", Flag: "--metrics-addr", Address: o.MetricsAddr, Handler: handler, Log: o.Log,
	}}}
}

func (m *metricsServer) String() string { return m.server.String() }

// Run serves until ctx ends.
func (m *metricsServer) Run(ctx context.Context) error {
	for {
		err := m.server.Run(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // that it ends is what was asked for
		}
		m.log.Error("no metrics are served", "error", err, "retry", metricsRetry)
		pause(ctx, metricsRetry)
	}
}
