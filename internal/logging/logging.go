package logging

import (
	"fmt"
	"io"
	"log/slog"
)

// Levels lists the levels that New takes, for usage texts.
const Levels = "all, debug, info, warn, error or none"

// New returns a log that writes JSON lines to w. The error says which levels there are.
func New(w io.Writer, level string) (*slog.Logger, error) {
	options := slog.HandlerOptions{ReplaceAttr: readable}
	switch level {
	case "all", "debug":
		options.Level = slog.LevelDebug
	case "info":
		options.Level = slog.LevelInfo
	case "warn":
		options.Level = slog.LevelWarn
	case "error":
		options.Level = slog.LevelError
	case "none":
		return slog.New(slog.DiscardHandler), nil
	default:
		return nil, fmt.Errorf("--log-level %q is unknown: use %s", level, Levels)
	}
	return slog.New(slog.NewJSONHandler(w, &options)), nil
}

// readable prints durations as people write them, not as a number of nanoseconds.
func readable(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return a
}
