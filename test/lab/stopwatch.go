package lab

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"
)

// A Stopwatch tells time on a busy machine from time that is spent. It is for bounds that
// hold for a machine with nothing else to do.
type Stopwatch struct {
	began  time.Time
	waited time.Duration
}

// StartStopwatch starts now.
func StartStopwatch() Stopwatch { return Stopwatch{time.Now(), cpuWaited()} }

// Waited is the time since the start in which tasks of this machine waited for a CPU.
func (s Stopwatch) Waited() time.Duration { return cpuWaited() - s.waited }

// Elapsed is the time since the start without that in which tasks waited for a CPU.
func (s Stopwatch) Elapsed() time.Duration { return time.Since(s.began) - s.Waited() }

// busyFactor is how much longer a timeout is on a machine that is busy all the time.
const busyFactor = 4

// WithTimeout is context.WithTimeout with a timeout for a machine with nothing else to do:
// the time in which tasks wait for a CPU does not count, up to a limit.
func WithTimeout(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, busyFactor*timeout)
	watch := StartStopwatch()
	end := time.AfterFunc(timeout, func() {
		tick := time.NewTicker(pollInterval)
		defer tick.Stop()
		for !over(time.Since(watch.began), watch.Waited(), timeout) {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
		cancel()
	})
	return ctx, func() {
		end.Stop()
		cancel()
	}
}

// over tells whether a timeout is, when so much time has passed, in some of which tasks waited.
func over(passed, waited, timeout time.Duration) bool {
	return passed-min(waited, passed) >= timeout || passed >= busyFactor*timeout
}

// cpuWaited is how long tasks have waited for a CPU since boot. A kernel that does not tell
// (PSI is off) has no busy machine.
func cpuWaited() time.Duration {
	text, err := os.ReadFile("/proc/pressure/cpu")
	if err != nil {
		return 0
	}
	return parsePressure(string(text))
}

// parsePressure reads the total, in microseconds, of a line such as
// "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234".
func parsePressure(text string) time.Duration {
	for line := range strings.Lines(text) {
		var avg10, avg60, avg300 float64
		var total int64
		if _, err := fmt.Sscanf(line, "some avg10=%f avg60=%f avg300=%f total=%d", &avg10, &avg60, &avg300, &total); err == nil {
			return time.Duration(total) * time.Microsecond
		}
	}
	return 0
}
