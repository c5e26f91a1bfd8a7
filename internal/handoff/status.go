package handoff

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// RefreshInterval is how often frr-reloader writes status.json at least, changed or not. A file whose
// Updated is several intervals old was left by a process that is gone or stuck.
const RefreshInterval = 10 * time.Second

// WriteResult replaces status.json.
func (d Dir) WriteResult(r Result) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", StatusFile, err)
	}
	return d.replace(StatusFile, append(b, '\n'), volatile)
}

// ReadResult reads status.json. The error is fs.ErrNotExist before frr-reloader first wrote it, and a
// *FileError when it does not parse.
func (d Dir) ReadResult() (Result, error) {
	b, err := d.readFile(StatusFile)
	if err != nil {
		return Result{}, err
	}
	var r Result
	if err := json.Unmarshal(b, &r); err != nil {
		return Result{}, &FileError{File: d.Path(StatusFile), Reason: err.Error()}
	}
	return r, nil
}

// Stale tells whether the writer of r has missed three refreshes.
func (r Result) Stale(now time.Time) bool { return now.Sub(r.Updated) > 3*RefreshInterval }

// MarshalJSON prints milliseconds with a resolution of one microsecond.
func (m Milliseconds) MarshalJSON() ([]byte, error) {
	ms := float64(time.Duration(m).Round(time.Microsecond)) / float64(time.Millisecond)
	return strconv.AppendFloat(nil, ms, 'f', -1, 64), nil
}

// UnmarshalJSON reads what MarshalJSON prints.
func (m *Milliseconds) UnmarshalJSON(b []byte) error {
	ms, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return fmt.Errorf("milliseconds %q: %w", b, err)
	}
	*m = Milliseconds(ms * float64(time.Millisecond))
	return nil
}
