package l2

import (
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// overall are the announcements of a node that are sent at once and repeated, since a moment.
func overall(since time.Duration) []time.Duration {
	return []time.Duration{since, since + firstRepeat, since + firstRepeat + nextRepeat}
}

// expectAnnounced compares when the node announced an address since a moment.
func expectAnnounced(t *testing.T, s *segment, addr netip.Addr, since time.Duration, want []time.Duration) {
	t.Helper()
	if diff := cmp.Diff(want, announcements(s, addr, since)); diff != "" {
		t.Errorf("%v is announced at (-want +got):\n%s", addr, diff)
	}
}

// bothFamilies runs a test for an address of each family, with a clock of its own.
func bothFamilies(t *testing.T, test func(*testing.T, netip.Addr)) {
	for _, addr := range []netip.Addr{addr4, addr6} {
		t.Run(addr.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, addr) })
		})
	}
}

func TestAfterAConflictTheAddressIsAnnouncedAnew(t *testing.T) {
	bothFamilies(t, func(t *testing.T, addr netip.Addr) {
		s := newSegment()
		var on atomic.Bool
		on.Store(true)
		defer s.host("stranger", stranger, protocolOf(addr), owns(&on, addr))()
		a, stop := start(t, Options{Network: s.node("node", eth0)})
		defer stop()
		a.Set(announce(addr.String()))
		time.Sleep(time.Minute + 500*time.Millisecond)
		on.Store(false)
		silent := s.now()
		for len(a.Reports()[0].Conflicts) > 0 && s.now() < silent+time.Minute {
			time.Sleep(time.Millisecond)
		}
		over := s.now().Truncate(time.Second)
		if took := over - silent; took > defendInterval+silencesToEnd*answerWait {
			t.Errorf("the conflict is over after %v", took)
		}
		time.Sleep(time.Hour)
		expectAnnounced(t, s, addr, silent, overall(over))
	})
}

func TestAfterAMomentsClaimOfAnotherTheAddressIsAnnouncedAnew(t *testing.T) {
	bothFamilies(t, func(t *testing.T, addr netip.Addr) {
		s := newSegment()
		a, stop := start(t, Options{Network: s.node("node", eth0)})
		defer stop()
		a.Set(announce(addr.String()))
		time.Sleep(time.Minute)
		began := s.now()
		s.claim(addr)
		time.Sleep(time.Hour)
		expectAnnounced(t, s, addr, began, overall(began+settleTime+answerWait))
	})
}

// claim makes a stranger announce an address, once.
func (s *segment) claim(addr netip.Addr) {
	socket, _ := s.node("stranger", stranger).Listen(stranger, protocolOf(addr)) // it cannot fail
	defer socket.Close()
	frame := arpAnnouncement(stranger, addr4)
	if addr.Is6() {
		frame = unsolicitedNA(stranger, addr)
	}
	_ = socket.Send(frame) // it is open
}

func TestWhoClaimsTheAddressAgainAndAgainGetsNoFlood(t *testing.T) {
	const most = announceRounds + 1 // a rival that is there when they are out is told once more
	for _, every := range []time.Duration{time.Second, settleTime, settleTime + 2*answerWait, defendInterval - 2*time.Second} {
		t.Run("every "+every.String(), func(t *testing.T) {
			bothFamilies(t, func(t *testing.T, addr netip.Addr) {
				s := newSegment()
				a, stop := start(t, Options{Network: s.node("node", eth0)})
				defer stop()
				a.Set(announce(addr.String()))
				time.Sleep(time.Minute)
				began := s.now()
				for s.now() < began+10*time.Minute {
					s.claim(addr)
					time.Sleep(every)
				}
				sent := announcements(s, addr, began)
				if len(sent) < 30 {
					t.Errorf("announced at %v: the address is not defended", sent)
				}
				for i := most; i < len(sent); i++ {
					if sent[i]-sent[i-most] < defendInterval {
						t.Fatalf("announced at %v: more than %d times in %v", sent[:i+1], most, defendInterval)
					}
				}
			})
		})
	}
}

func TestAHandoverIsFollowedByNoMoreAnnouncements(t *testing.T) {
	bothFamilies(t, func(t *testing.T, addr netip.Addr) {
		s := newSegment()
		old, stopOld := start(t, Options{Network: s.node("old", eth1)})
		defer stopOld()
		next, stopNext := start(t, Options{Network: s.node("node", eth0)})
		defer stopNext()
		old.Set(announce(addr.String()))
		time.Sleep(time.Minute)
		began := s.now()
		next.Set(announce(addr.String()))
		time.Sleep(100 * time.Millisecond)
		old.Set(nil)
		time.Sleep(time.Hour)
		expectAnnounced(t, s, addr, began, overall(began))
	})
}
