package cli

import (
	"fmt"
	"io"
	"log/slog"
)

// levels are MetalLB's names for log levels.
var levels = map[string]slog.Level{
	"all":   slog.LevelDebug,
	"debug": slog.LevelDebug,
	"info":  slog.LevelInfo,
	"warn":  slog.LevelWarn,
	"error": slog.LevelError,
}

func checkLogLevel(name string) error {
	if _, ok := levels[name]; ok || name == "none" {
		return nil
	}
	return fmt.Errorf("--log-level %q is unknown: use all, debug, info, warn, error or none", name)
}

// newLog returns a JSON log at one of MetalLB's levels.
func newLog(w io.Writer, level string) *slog.Logger {
	if level == "none" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: levels[level]}))
}
