package l2

import (
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

var (
	addr4 = netip.MustParseAddr("192.0.2.100")
	addr6 = netip.MustParseAddr("2001:db8::100")

	// stranger is the link of a host that is no node.
	stranger = Link{Index: 9, Name: "eth0", MAC: otherHost, LinkLocal: netip.MustParseAddr("fe80::d1"), Ethernet: true}
)

// owns makes a host answer for an address, as any kernel does, while it is on.
func owns(on *atomic.Bool, addr netip.Addr) func([]byte) []byte {
	t := newTable([]Link{stranger}, []Link{stranger}, map[netip.Addr][]place{addr: {{stranger.Index, stanceAnswering}}})
	return func(frame []byte) []byte {
		if !on.Load() {
			return nil
		}
		if addr.Is4() {
			return answerARP(frame, stranger.Index, t).Frame
		}
		return answerNDP(frame, stranger.Index, t).Frame
	}
}

func TestAHostThatHasTheAddressIsReported(t *testing.T) {
	for _, addr := range []netip.Addr{addr4, addr6} {
		t.Run(addr.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSegment()
				var on atomic.Bool
				on.Store(true)
				defer s.host("stranger", stranger, protocolOf(addr), owns(&on, addr))()
				reg := prometheus.NewRegistry()
				a, stop := start(t, Options{Network: s.node("node", eth0), Metrics: NewMetrics(reg)})
				defer stop()
				began := time.Now()
				a.Set(announce(addr.String()))

				time.Sleep(2500 * time.Millisecond)
				expectReports(t, a, Report{Addr: addr, Links: []string{"eth0"}})
				time.Sleep(2 * time.Second)
				conflict := Conflict{Link: "eth0", MAC: otherHost, Since: began}
				expectReports(t, a, Report{Addr: addr, Links: []string{"eth0"}, Conflicts: []Conflict{conflict}})

				time.Sleep(2 * time.Minute)
				expectReports(t, a, Report{Addr: addr, Links: []string{"eth0"}, Conflicts: []Conflict{conflict}})
				if got := metric(t, reg, "frr_speaker_layer2_conflicts_total", addr.String()); got != 1 {
					t.Errorf("the conflict is counted %v times", got)
				}
				if got := metric(t, reg, "frr_speaker_layer2_conflicts", ""); got != 1 {
					t.Errorf("there are said to be %v conflicts", got)
				}
				defended := announcements(s, addr, 5*time.Second)
				if len(defended) < 10 || len(defended) > 13 {
					t.Errorf("the address is defended %d times in two minutes, want once in ten seconds", len(defended))
				}

				on.Store(false)
				time.Sleep(30 * time.Second)
				expectReports(t, a, Report{Addr: addr, Links: []string{"eth0"}})
				if got := metric(t, reg, "frr_speaker_layer2_conflicts", ""); got != 0 {
					t.Errorf("there are still said to be %v conflicts", got)
				}
				quiet := s.now()
				time.Sleep(time.Hour)
				expectFrames(t, s.frames("node", quiet))
			})
		})
	}
}

// announcements are when a node announced an address since a moment.
func announcements(s *segment, addr netip.Addr, since time.Duration) []time.Duration {
	link := eth0
	want := string(arpAnnouncement(link, addr4))
	if addr.Is6() {
		want = string(unsolicitedNA(link, addr))
	}
	var out []time.Duration
	for _, f := range s.frames("node", since) {
		if string(f.Frame) == want {
			out = append(out, f.At)
		}
	}
	return out
}

func TestNodesThatDoNotAgreeForAMomentAreNoConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		old, stopOld := start(t, Options{Network: s.node("old", eth0)})
		defer stopOld()
		next, stopNext := start(t, Options{Network: s.node("node", eth1)})
		defer stopNext()
		both := announce(addr4.String(), addr6.String())
		old.Set(both)
		time.Sleep(time.Minute)
		next.Set(both)
		time.Sleep(2 * time.Second)
		old.Set(nil)
		for range 100 {
			time.Sleep(100 * time.Millisecond)
			for _, r := range next.Reports() {
				if len(r.Conflicts) != 0 {
					t.Fatalf("%v after the beginning: %+v", s.now(), r)
				}
			}
		}
		if left := old.Reports(); len(left) != 0 {
			t.Errorf("who gave everything up reports %+v", left)
		}
	})
}

func TestTwoNodesThatBothOwnAnAddressBothSaySo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		one, stopOne := start(t, Options{Network: s.node("one", eth0)})
		defer stopOne()
		two, stopTwo := start(t, Options{Network: s.node("two", eth1)})
		defer stopTwo()
		one.Set(announce(addr4.String()))
		time.Sleep(time.Minute)
		two.Set(announce(addr4.String()))
		time.Sleep(10 * time.Second)
		for _, tt := range []struct {
			a     *Announcer
			link  string
			rival MAC
		}{{one, "eth0", eth1.MAC}, {two, "eth1", eth0.MAC}} {
			r := tt.a.Reports()[0]
			if len(r.Links) != 1 || len(r.Conflicts) != 1 || r.Conflicts[0].MAC != tt.rival || r.Conflicts[0].Link != tt.link {
				t.Errorf("on %s: %+v, want it answered, and a conflict with %v", tt.link, r, tt.rival)
			}
		}
		two.Set(nil)
		time.Sleep(20 * time.Second)
		expectReports(t, one, Report{Addr: addr4, Links: []string{"eth0"}})
	})
}

func TestWhoYieldsWaitsUntilTheAddressIsFree(t *testing.T) {
	for _, addr := range []netip.Addr{addr4, addr6} {
		t.Run(addr.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSegment()
				var on atomic.Bool
				on.Store(true)
				defer s.host("stranger", stranger, protocolOf(addr), owns(&on, addr))()
				a, stop := start(t, Options{Network: s.node("node", eth0), Yield: true})
				defer stop()
				began := time.Now()
				a.Set(announce(addr.String()))
				time.Sleep(500 * time.Millisecond)
				expectReports(t, a, Report{Addr: addr, Probing: true})
				time.Sleep(time.Minute)
				want := Report{Addr: addr, Conflicts: []Conflict{{Link: "eth0", MAC: otherHost, Since: began, Yielded: true}}}
				expectReports(t, a, want)
				if !a.Reports()[0].Failed() {
					t.Error("an address that another host has is not said to have failed")
				}
				if sent := announcements(s, addr, 0); len(sent) != 0 {
					t.Errorf("the address of another host is announced at %v", sent)
				}
				on.Store(false)
				time.Sleep(15 * time.Second)
				expectReports(t, a, Report{Addr: addr, Links: []string{"eth0"}})
				if sent := announcements(s, addr, 0); len(sent) != 3 {
					t.Errorf("the address is announced at %v, want three times", sent)
				}
			})
		})
	}
}

func TestWhoYieldsProbesAFreeAddressBeforeItIsClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		a, stop := start(t, Options{Network: s.node("node", eth0), Yield: true})
		defer stop()
		a.Set(announce(addr4.String()))
		time.Sleep(900 * time.Millisecond)
		expectFrames(t, s.frames("node", 0),
			"0s request 0.0.0.0 at 02 for 192.0.2.100 to ff",
			"250ms request 0.0.0.0 at 02 for 192.0.2.100 to ff",
			"500ms request 0.0.0.0 at 02 for 192.0.2.100 to ff",
			"750ms request 192.0.2.100 at 02 for 192.0.2.100 to ff",
			"750ms reply 192.0.2.100 at 02 for 192.0.2.100 to ff",
		)
	})
}

func TestOfTwoThatProbeAtTheSameTimeOneGoesOn(t *testing.T) {
	for _, addr := range []netip.Addr{addr4, addr6} {
		t.Run(addr.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSegment()
				one, stopOne := start(t, Options{Network: s.node("one", eth0), Yield: true})
				defer stopOne()
				two, stopTwo := start(t, Options{Network: s.node("two", eth1), Yield: true})
				defer stopTwo()
				one.Set(announce(addr.String()))
				two.Set(announce(addr.String()))
				time.Sleep(5 * time.Second)
				if r := one.Reports()[0]; len(r.Links) != 1 {
					t.Errorf("the lower hardware address does not go on: %+v", r)
				}
				if r := two.Reports()[0]; len(r.Links) != 0 {
					t.Errorf("the higher hardware address does not yield: %+v", r)
				}
			})
		})
	}
}

// stream asks for an address by ARP at each interval until it is stopped, and
// counts the answers by the hardware address that they give.
func (s *segment) stream(interval time.Duration) (stop func() (asked int, answers map[MAC]int, last map[MAC]time.Duration)) {
	client := Link{Index: 50, Name: "eth0", MAC: MAC{2, 0, 0, 0, 0, 0xc1}, Ethernet: true}
	n := s.node("client", client)
	socket, _ := n.Listen(client, ARP) // it cannot fail
	asked, answers, last := 0, map[MAC]int{}, map[MAC]time.Duration{}
	done, ended := make(chan struct{}), make(chan struct{})
	question := arpFrame(1, broadcast, client.MAC, netip.MustParseAddr("192.0.2.9"), MAC{}, addr4)
	go func() {
		defer close(ended)
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			asked++
			_ = socket.Send(question) // it is answered or not
			time.Sleep(interval / 2)
			fake, ok := socket.(*fakeSocket)
			for ok && len(fake.in) > 0 {
				frame := <-fake.in
				if MAC(frame[:6]) == client.MAC {
					answers[MAC(frame[6:12])]++
					last[MAC(frame[6:12])] = s.now()
				}
			}
		}
	}()
	return func() (int, map[MAC]int, map[MAC]time.Duration) {
		close(done)
		<-ended
		return asked, answers, last
	}
}

func TestAPlannedStopLosesNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		old, stopOld := start(t, Options{Network: s.node("old", eth0)})
		next, stopNext := start(t, Options{Network: s.node("node", eth1)})
		defer stopNext()
		old.Set(announce(addr4.String()))
		time.Sleep(10 * time.Second)

		stopStream := s.stream(10 * time.Millisecond)
		time.Sleep(time.Second)
		stopped := make(chan time.Duration)
		go func() {
			stopOld()
			stopped <- s.now()
		}()
		time.Sleep(303 * time.Millisecond) // until the others know, between two questions
		took := s.now()
		next.Set(announce(addr4.String()))
		gone := <-stopped
		time.Sleep(time.Second)
		asked, answers, last := stopStream()

		if got := answers[eth0.MAC] + answers[eth1.MAC]; got != asked {
			t.Errorf("%d answers to %d questions: %v", got, asked, answers)
		}
		if last[eth0.MAC] > took+10*time.Millisecond {
			t.Errorf("the old node answers at %v, the next one took over at %v", last[eth0.MAC], took)
		}
		if gone > took+10*time.Millisecond {
			t.Errorf("the old node ends at %v, the next one took over at %v", gone, took)
		}
	})
}

func TestAStopThatNobodyTakesOverEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		a, stop := start(t, Options{Network: s.node("node", eth0)})
		a.Set(announce(addr4.String()))
		time.Sleep(10 * time.Second)
		stopStream := s.stream(10 * time.Millisecond)
		time.Sleep(time.Second)
		before := time.Now()
		stop()
		if took := time.Since(before); took != handoverWait {
			t.Errorf("it took %v to stop, want %v", took, handoverWait)
		}
		asked, answers, _ := stopStream()
		if asked-answers[eth0.MAC] > 1 {
			t.Errorf("%d answers to %d questions", answers[eth0.MAC], asked)
		}
	})
}

func TestAStopWithNothingToHandOverEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, stop := start(t, Options{Network: newSegment().node("node", eth0)})
		a.Set(nil)
		time.Sleep(time.Second)
		before := time.Now()
		stop()
		if took := time.Since(before); took != 0 {
			t.Errorf("it took %v to stop", took)
		}
	})
}

func TestAnAddressThatIsGivenUpIsHandedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		reg := prometheus.NewRegistry()
		n := s.node("node", eth0)
		a, stop := start(t, Options{Network: n, Metrics: NewMetrics(reg)})
		defer stop()
		a.Set(announce(addr4.String()))
		time.Sleep(10 * time.Second)
		stopStream := s.stream(10 * time.Millisecond)
		time.Sleep(time.Second)
		gaveUp := s.now()
		a.Set(nil)
		time.Sleep(5 * time.Second)
		_, _, last := stopStream()
		if after := last[eth0.MAC] - gaveUp; after > handoverWait+10*time.Millisecond || after < handoverWait-20*time.Millisecond {
			t.Errorf("it is answered for %v more, want %v", after, handoverWait)
		}
		if diff := cmp.Diff([]string(nil), n.open()); diff != "" {
			t.Errorf("open sockets (-want +got):\n%s", diff)
		}
		if got := metric(t, reg, "frr_speaker_layer2_handovers_total", "unheard"); got != 1 {
			t.Errorf("handovers that nobody was heard for: %v, want 1", got)
		}
	})
}

func TestAnAddressThatComesBackInTheMeantimeIsAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		a, stop := start(t, Options{Network: s.node("node", eth0)})
		defer stop()
		a.Set(announce(addr4.String()))
		time.Sleep(10 * time.Second)
		a.Set(nil)
		time.Sleep(time.Second)
		a.Set(announce(addr4.String()))
		time.Sleep(10 * time.Second)
		expectReports(t, a, Report{Addr: addr4, Links: []string{"eth0"}})
		if sent := announcements(s, addr4, 10*time.Second); len(sent) != 3 {
			t.Errorf("announced at %v, want three times", sent)
		}
	})
}
