package members

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// After a power cut most nodes are still down. The first ones must find each other, however
// many do not answer, before any of them counts as alone.
func TestNobodyIsAloneWhileSomebodyWasNotDialed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		there  bool
		silent time.Duration // until one that is down is given up
		want   []string
		most   time.Duration
	}{
		{"one of a thousand is there", true, dialTime, []string{"node-a", "node-b"}, 20 * time.Second},
		{"none is", false, dialTime, []string{"node-a"}, 20 * time.Second},
		{"one is there, and the others refuse at once", true, time.Millisecond, []string{"node-a", "node-b"}, time.Second},
		{"none is, and all refuse at once", false, time.Millisecond, []string{"node-a"}, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var down []netip.AddrPort
				for i := range 1000 {
					down = append(down, netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, byte(i / 250), byte(i % 250)}), DefaultPort))
				}
				m, err := New(Options{Node: "node-a", Bind: netip.MustParseAddrPort("198.51.100.1:0"), Discover: at(down...), Log: slog.New(slog.DiscardHandler)})
				if err != nil {
					t.Fatal(err)
				}
				m.roster.put("node-a", m.opts.Bind.String())
				other := down[500].String()
				s := newSearch(m, func(at string) error { m.roster.put("node-b", at); return nil })
				s.dial = func(ctx context.Context, at string) error {
					if tt.there && at == other {
						return nil
					}
					select {
					case <-ctx.Done():
					case <-time.After(tt.silent):
					}
					return errors.New("no answer")
				}
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan struct{})
				began := time.Now()
				go func() { defer close(ended); s.run(ctx) }()
				<-m.Changed()
				if took := time.Since(began); took > tt.most {
					t.Errorf("it took %s to know who is there", took)
				}
				if diff := cmp.Diff(tt.want, m.Alive()); diff != "" {
					t.Errorf("the first that it takes for alive (-want +got):\n%s", diff)
				}
				cancel()
				<-ended
			})
		})
	}
}

// Who cannot find out where others are may have missed all of them.
func TestWhoKnowsOfNobodyWaitsBeforeItCountsAsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		unknown := func(context.Context) ([]netip.AddrPort, error) { return nil, errors.New("no answer") }
		m, err := New(Options{Node: "node-a", Bind: netip.MustParseAddrPort("198.51.100.1:0"), Discover: unknown, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		m.roster.put("node-a", m.opts.Bind.String())
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); newSearch(m, nil).run(ctx) }()
		time.Sleep(settleTime - 1) // the bubble's clock, not the machine's
		synctest.Wait()
		if got := m.Alive(); got == nil || len(got) > 0 {
			t.Errorf("alive before %v are over: %#v, want an empty list", settleTime, got)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if diff := cmp.Diff([]string{"node-a"}, m.Alive()); diff != "" {
			t.Errorf("alive after %v (-want +got):\n%s", settleTime, diff)
		}
		cancel()
		<-ended
	})
}

// Those who are led to by the first that were joined are not joined once more.
func TestFewAreJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var up []netip.AddrPort
		for i := range 100 {
			up = append(up, netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), DefaultPort))
		}
		m, err := New(Options{Node: "node-a", Bind: netip.MustParseAddrPort("198.51.100.1:0"), Discover: at(up...), Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		joins := make(chan string, len(up))
		s := newSearch(m, func(at string) error {
			joins <- at
			time.Sleep(100 * time.Millisecond) // the bubble's clock, not the machine's
			for _, one := range up {
				m.roster.put(one.String(), one.String())
			}
			return nil
		})
		s.dial = func(context.Context, string) error { return nil }
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); s.run(ctx) }()
		<-m.Changed()
		time.Sleep(time.Minute)
		if len(joins) > maxJoining {
			t.Errorf("%d of %d were joined, want at most %d", len(joins), len(up), maxJoining)
		}
		cancel()
		<-ended
	})
}
