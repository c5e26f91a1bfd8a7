package bench

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"frr-speaker/internal/members"
	"frr-speaker/test/lab"
)

// membersWatched is for how long members that have nothing new are watched.
const membersWatched = 10 * time.Second

// BenchmarkMembers lets that many members find each other on the loopback network, and
// measures what keeping an eye on each other takes. All run in this process.
func BenchmarkMembers(b *testing.B) {
	for _, n := range []int{20, 60} {
		b.Run(fmt.Sprintf("members=%d", n), func(b *testing.B) {
			for b.Loop() {
				if err := measureMembers(b, n); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func measureMembers(b *testing.B, n int) error {
	ctx, stop := context.WithCancel(b.Context())
	group, ctx := errgroup.WithContext(ctx)
	var first []netip.AddrPort // whom everyone asks
	all := make([]*members.Members, n)
	for i := range all {
		bind := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 77, byte(i / 250), byte(i%250 + 1)}), members.DefaultPort)
		if i < 3 {
			first = append(first, bind)
		}
		m, err := members.New(members.Options{
			Node: fmt.Sprintf("node-%03d", i), Bind: bind, Log: slog.New(slog.DiscardHandler),
			Discover: func(context.Context) ([]netip.AddrPort, error) { return first, nil },
		})
		if err != nil {
			stop()
			return err
		}
		all[i] = m
		group.Go(func() error { return m.Run(ctx) })
	}
	defer func() {
		stop()
		if err := group.Wait(); err != nil {
			b.Error(err)
		}
	}()
	began := time.Now()
	for _, m := range all {
		err := lab.Eventually(ctx, settleTimeout, func() error {
			if seen := len(m.Alive()); seen != n {
				return fmt.Errorf("a member sees %d of %d", seen, n)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	b.ReportMetric(time.Since(began).Seconds(), "s-to-know-all")

	before, err := loopback()
	if err != nil {
		return err
	}
	cpu, err := ownCPU()
	if err != nil {
		return err
	}
	began = time.Now()
	timer := time.NewTimer(membersWatched)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	}
	passed := time.Since(began).Seconds()
	after, err := loopback()
	if err != nil {
		return err
	}
	used, err := ownCPU()
	if err != nil {
		return err
	}
	b.ReportMetric(float64(after-before)/passed/float64(n)/1024, "KiB/s/member")
	b.ReportMetric((used-cpu).Seconds()*1000/passed/float64(n), "cpu-ms/s/member")
	b.ReportMetric(0, "ns/op")
	return nil
}

// loopback is how many bytes the loopback interface has carried.
func loopback() (uint64, error) {
	text, err := os.ReadFile("/proc/net/dev")
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		name, counters, found := strings.Cut(strings.TrimSpace(string(line)), ":")
		if found && name == "lo" {
			var carried uint64
			_, err := fmt.Sscan(counters, &carried)
			return carried, err
		}
	}
	return 0, fmt.Errorf("there is no loopback interface in /proc/net/dev")
}

// ownCPU is the CPU time of this process.
func ownCPU() (time.Duration, error) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
