package reloader

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"strings"

	"frr-speaker/internal/frrdiff"
)

// maxLogLine in bytes; FRR's longest are a fraction of it. A longer one is cut into several.
const maxLogLine = 16 << 10

// relay turns what a daemon prints into log entries, until it closes its end. Lines may quote
// configuration, so secrets are taken out.
func relay(r io.ReadCloser, log *slog.Logger) {
	defer r.Close()
	in := bufio.NewReaderSize(r, maxLogLine)
	for {
		line, err := in.ReadSlice('\n')
		if text := strings.TrimSpace(string(line)); text != "" {
			log.Info("frr: " + frrdiff.Redact(withoutTime(text)))
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

// withoutTime drops FRR's "2026/11/24 23:49:19 ", the entry has its own.
func withoutTime(line string) string {
	const layout = "2006/01/02 15:04:05"
	if len(line) > len(layout)+1 && line[4] == '/' && line[7] == '/' && line[13] == ':' {
		if rest := line[len(layout):]; rest[0] == ' ' || rest[0] == '.' {
			_, after, _ := strings.Cut(rest, " ")
			return after
		}
	}
	return line
}
