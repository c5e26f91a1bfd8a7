package report

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// None stands where there is nothing to show.
const None = "–"

// Samples are measurements of one thing.
type Samples struct {
	all  []time.Duration
	over time.Duration // a measurement was stopped after this long
}

// Add appends one measurement.
func (s *Samples) Add(d time.Duration) { s.all = append(s.all, d) }

// Stop notes that a measurement was stopped: it would have taken longer than d.
func (s *Samples) Stop(d time.Duration) { s.over = d }

// Stopped reports whether a measurement was stopped.
func (s *Samples) Stopped() bool { return s.over != 0 }

// Len is the number of complete measurements.
func (s *Samples) Len() int { return len(s.all) }

// Sum is the time that all measurements took together, those that were stopped included.
func (s *Samples) Sum() time.Duration {
	sum := s.over
	for _, d := range s.all {
		sum += d
	}
	return sum
}

// Range is the lowest and the highest; without any, 0.
func (s *Samples) Range() (least, most time.Duration) {
	if len(s.all) == 0 {
		return 0, 0
	}
	return slices.Min(s.all), slices.Max(s.all)
}

// Plus returns the measurements, each longer by d.
func (s *Samples) Plus(d time.Duration) *Samples {
	out := &Samples{}
	for _, one := range s.all {
		out.all = append(out.all, one+d)
	}
	if s.Stopped() {
		out.over = s.over + d
	}
	return out
}

// Median is the middle one, the mean of the two middle ones, or 0 without any.
func (s *Samples) Median() time.Duration {
	sorted := slices.Sorted(slices.Values(s.all))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// String is the median and, in parentheses, the range and the number of measurements.
func (s *Samples) String() string {
	switch {
	case s.Stopped():
		return "stopped after " + Duration(s.over)
	case len(s.all) == 0:
		return None
	case len(s.all) == 1:
		return Duration(s.all[0]) + " (once)"
	}
	return fmt.Sprintf("%s (%s to %s, %d×)",
		Duration(s.Median()), Duration(slices.Min(s.all)), Duration(slices.Max(s.all)), len(s.all))
}

// Short is the median alone.
func (s *Samples) Short() string {
	if s.Stopped() || len(s.all) == 0 {
		return s.String()
	}
	return Duration(s.Median())
}

// Ratio is how many times the medians of b fit into those of a: "215×", or "> 215×" if a was stopped.
func Ratio(a, b *Samples) string {
	long, short := a.Median(), b.Median()
	if a.Stopped() {
		long = a.over
	}
	if long == 0 || short == 0 || b.Stopped() {
		return None
	}
	times := significant(float64(long)/float64(short)) + "×"
	if a.Stopped() {
		return "> " + times
	}
	return times
}

// Duration prints three significant digits, in ms or s.
func Duration(d time.Duration) string {
	if d < 0 {
		return "-" + Duration(-d)
	}
	if d < time.Second {
		return significant(float64(d)/float64(time.Millisecond)) + " ms"
	}
	return significant(d.Seconds()) + " s"
}

// significant prints a number with three significant digits and no exponent; below 0.01 fewer.
func significant(x float64) string {
	switch {
	case x >= 100:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case x >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	default:
		return strconv.FormatFloat(x, 'f', 2, 64)
	}
}
