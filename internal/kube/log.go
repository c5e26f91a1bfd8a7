package kube

import (
	"context"
	"log/slog"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
)

// LogTo sends what client-go logs outside of any context, which it does process-wide,
// to log. Call it once, at the start of a process.
func LogTo(log *slog.Logger) { klog.SetLogger(quietLog(log)) }

// withQuietLog gives the log to what runs in a context.
func withQuietLog(ctx context.Context, log *slog.Logger) context.Context {
	return klog.NewContext(ctx, quietLog(log))
}

// quietLog is a log for client-go. What it takes for errors is every retry of every
// kind while the API server is away; Problems say that once. So all of it is for
// debugging.
func quietLog(log *slog.Logger) logr.Logger {
	return logr.FromSlogHandler(debugOnly{log.With("component", "client-go").Handler()})
}

// debugOnly makes every record one for debugging.
type debugOnly struct{ next slog.Handler }

// Enabled implements slog.Handler.
func (d debugOnly) Enabled(ctx context.Context, _ slog.Level) bool {
	return d.next.Enabled(ctx, slog.LevelDebug)
}

// Handle implements slog.Handler.
func (d debugOnly) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelDebug
	return d.next.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (d debugOnly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return debugOnly{d.next.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (d debugOnly) WithGroup(group string) slog.Handler { return debugOnly{d.next.WithGroup(group)} }
