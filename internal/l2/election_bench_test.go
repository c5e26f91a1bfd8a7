package l2

import (
	"fmt"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"
)

// BenchmarkElector is 10,000 addresses among 100 candidates: all anew, as at
// start; with nothing changed; and with one node that left or came. cpu-ms is the
// time that the processor worked, which other work on the machine does not change.
func BenchmarkElector(b *testing.B) {
	var candidates []Candidate
	for i := range 100 {
		candidates = append(candidates, Candidate{Node: fmt.Sprintf("worker-%02d.example.net", i)})
	}
	var keys []netip.Addr
	for i := range 10_000 {
		keys = append(keys, netip.AddrFrom4([4]byte{10, 7, byte(i >> 8), byte(i)}))
	}
	round := func(e *Elector, candidates []Candidate) {
		e.Begin()
		slate := e.Slate(candidates)
		for _, key := range keys {
			e.Elect(slate, key)
		}
	}
	measure := func(b *testing.B, f func()) {
		b.Helper()
		began := cpuTime(b)
		for b.Loop() {
			f()
		}
		b.ReportMetric(float64((cpuTime(b)-began).Microseconds())/1000/float64(b.N), "cpu-ms/op")
	}
	b.Run("cold", func(b *testing.B) {
		measure(b, func() { round(NewElector(), candidates) })
	})
	b.Run("nothing_changed", func(b *testing.B) {
		e := NewElector()
		round(e, candidates)
		measure(b, func() { round(e, candidates) })
	})
	b.Run("one_leaves_and_comes_back", func(b *testing.B) {
		e, fewer := NewElector(), slices.Delete(slices.Clone(candidates), 50, 51)
		round(e, candidates)
		measure(b, func() { round(e, fewer); round(e, candidates) })
	})
}

// cpuTime is what the process has used so far.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
