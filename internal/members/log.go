package members

import (
	"bytes"
	"context"
	"log"
	"log/slog"
)

// newLogger passes on what memberlist logs.
func newLogger(to *slog.Logger) *log.Logger { //nolint:forbidigo // memberlist knows no other
	return log.New(logWriter{to}, "", 0) //nolint:forbidigo // likewise
}

// logWriter takes lines such as "[WARN] memberlist: …".
type logWriter struct{ to *slog.Logger }

// Write implements io.Writer. What memberlist calls an error is often a member
// that went away, so that is a warning here.
func (w logWriter) Write(line []byte) (int, error) {
	level := slog.LevelDebug
	for prefix, l := range map[string]slog.Level{"[WARN]": slog.LevelInfo, "[ERR]": slog.LevelWarn, "[ERROR]": slog.LevelWarn} {
		if bytes.HasPrefix(line, []byte(prefix)) {
			level = l
		}
	}
	w.to.Log(context.Background(), level, "memberlist", "message", string(bytes.TrimSpace(line)))
	return len(line), nil
}
