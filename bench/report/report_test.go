package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func samples(all ...time.Duration) *Samples { return &Samples{all: all} }

func TestSamplesShowMedianRangeAndNumber(t *testing.T) {
	stopped := samples()
	stopped.Stop(10 * time.Minute)
	rows := []struct {
		name        string
		s           *Samples
		long, short string
	}{
		{"nothing was measured", samples(), "–", "–"},
		{"one measurement has no range", samples(1234 * time.Millisecond), "1.23 s (once)", "1.23 s"},
		{"the middle one counts, whatever the order", samples(3*time.Millisecond, time.Second, 2*time.Millisecond), "3.00 ms (2.00 ms to 1.00 s, 3×)", "3.00 ms"},
		{"of two middle ones the mean", samples(10*time.Millisecond, 20*time.Millisecond), "15.0 ms (10.0 ms to 20.0 ms, 2×)", "15.0 ms"},
		{"a stopped measurement says when", stopped, "stopped after 600 s", "stopped after 600 s"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := row.s.String(); got != row.long {
				t.Errorf("got %q, want %q", got, row.long)
			}
			if got := row.s.Short(); got != row.short {
				t.Errorf("short: got %q, want %q", got, row.short)
			}
		})
	}
}

func TestRatioIsOfMedians(t *testing.T) {
	stopped := samples(time.Second)
	stopped.Stop(10 * time.Second)
	rows := []struct {
		name string
		a, b *Samples
		want string
	}{
		{"of two medians", samples(time.Second, 3*time.Second, 2*time.Second), samples(10 * time.Millisecond), "200×"},
		{"below one", samples(time.Millisecond), samples(4 * time.Millisecond), "0.25×"},
		{"what was stopped took longer", stopped, samples(100 * time.Millisecond), "> 100×"},
		{"nothing to compare with", samples(time.Second), samples(), "–"},
		{"nothing to compare", samples(), samples(time.Second), "–"},
		{"the other was stopped", samples(time.Second), stopped, "–"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := Ratio(row.a, row.b); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func TestTableIsMarkdown(t *testing.T) {
	table := Table{Header: []string{"FRR", "took"}}
	if got := table.String(); got != "" {
		t.Errorf("a table without rows is %q", got)
	}
	table.Add("8.4", "1.00 s")
	want := "| FRR | took |\n| --- | ---: |\n| 8.4 | 1.00 s |\n"
	if diff := cmp.Diff(want, table.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}
