package l2

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"
)

// described is a frame in words.
func described(f sentFrame) string {
	mac := func(b []byte) string { return MAC(b).String()[15:] }
	switch {
	case bytes.Equal(f.Frame[12:14], []byte{0x08, 0x06}):
		sender, _ := netip.AddrFromSlice(f.Frame[28:32])
		target, _ := netip.AddrFromSlice(f.Frame[38:42])
		kind := "request"
		if f.Frame[21] == 2 {
			kind = "reply"
		}
		return fmt.Sprintf("%v %s %v at %s for %v to %s", f.At, kind, sender, mac(f.Frame[22:28]), target, mac(f.Frame[:6]))
	case f.Frame[54] == icmpNeighborSolicitation:
		source, _ := netip.AddrFromSlice(f.Frame[22:38])
		target, _ := netip.AddrFromSlice(f.Frame[62:78])
		return fmt.Sprintf("%v solicitation from %v for %v", f.At, source, target)
	case f.Frame[54] == icmpNeighborAdvertisement:
		target, _ := netip.AddrFromSlice(f.Frame[62:78])
		return fmt.Sprintf("%v advertisement of %v at %s flags %02x to %s", f.At, target, mac(f.Frame[80:86]), f.Frame[58], mac(f.Frame[:6]))
	}
	return hex.EncodeToString(f.Frame)
}

func describe(frames []sentFrame) []string {
	var out []string
	for _, f := range frames {
		out = append(out, described(f))
	}
	return out
}

func expectFrames(t *testing.T, got []sentFrame, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, describe(got)); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
}

// addresses lets cmp compare addresses.
var addresses = cmpopts.EquateComparable(netip.Addr{})

func expectReports(t *testing.T, a *Announcer, want ...Report) {
	t.Helper()
	if diff := cmp.Diff(want, a.Reports(), addresses); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
}

// taken says that the announcer poked, and takes the poke.
func poked(a *Announcer) bool {
	select {
	case <-a.Changed():
		return true
	default:
		return false
	}
}

func TestANewAddressIsAnnouncedAtOnceAndTwiceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		a, stop := start(t, Options{Network: s.node("node", eth0)})
		defer stop()
		a.Set(announce("192.0.2.100", "2001:db8::100"))
		time.Sleep(30 * time.Second)
		expectFrames(t, s.frames("node", 0),
			"0s request 0.0.0.0 at 02 for 192.0.2.100 to ff",
			"0s solicitation from fe80::2 for 2001:db8::100",
			"0s request 192.0.2.100 at 02 for 192.0.2.100 to ff",
			"0s advertisement of 2001:db8::100 at 02 flags 20 to 01",
			"0s reply 192.0.2.100 at 02 for 192.0.2.100 to ff",
			"1s request 192.0.2.100 at 02 for 192.0.2.100 to ff",
			"1s advertisement of 2001:db8::100 at 02 flags 20 to 01",
			"1s reply 192.0.2.100 at 02 for 192.0.2.100 to ff",
			"3s request 192.0.2.100 at 02 for 192.0.2.100 to ff",
			"3s advertisement of 2001:db8::100 at 02 flags 20 to 01",
			"3s reply 192.0.2.100 at 02 for 192.0.2.100 to ff",
		)
		expectReports(t, a,
			Report{Addr: netip.MustParseAddr("192.0.2.100"), Links: []string{"eth0"}},
			Report{Addr: netip.MustParseAddr("2001:db8::100"), Links: []string{"eth0"}},
		)
	})
}

func TestASetWithoutNewsSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		a, stop := start(t, Options{Network: s.node("node", eth0)})
		defer stop()
		a.Set(announce("192.0.2.100"))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		poked(a)
		a.Set(announce("192.0.2.100"))
		a.Set(announce("192.0.2.100", "192.0.2.100"))
		a.Set([]Announcement{{Addr: netip.MustParseAddr("192.0.2.100"), Links: []string{}}})
		time.Sleep(10 * time.Second)
		expectFrames(t, s.frames("node", 10*time.Second))
		if poked(a) {
			t.Error("it says that reports have changed")
		}
	})
}

func TestAnotherAddressLeavesTheFirstAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		a, stop := start(t, Options{Network: s.node("node", eth0)})
		defer stop()
		a.Set(announce("192.0.2.100"))
		time.Sleep(10 * time.Second)
		a.Set(announce("192.0.2.100", "192.0.2.101"))
		time.Sleep(time.Millisecond)
		expectFrames(t, s.frames("node", 10*time.Second),
			"10s request 0.0.0.0 at 02 for 192.0.2.101 to ff",
			"10s request 192.0.2.101 at 02 for 192.0.2.101 to ff",
			"10s reply 192.0.2.101 at 02 for 192.0.2.101 to ff",
		)
		if !poked(a) {
			t.Error("it does not say that reports have changed")
		}
	})
}

func TestLinksThatComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		n := s.node("node", eth0)
		a, stop := start(t, Options{Network: n})
		defer stop()
		addr := netip.MustParseAddr("2001:db8::100")
		a.Set([]Announcement{{Addr: addr, Links: []string{"eth0", "eth1"}}})
		time.Sleep(10 * time.Second)
		expectReports(t, a, Report{Addr: addr, Links: []string{"eth0"}, Unfit: []UnfitLink{{"eth1", UnfitAbsent}}})

		for _, tt := range []struct {
			name   string
			links  []Link
			want   Report
			open   []string
			frames []string
		}{
			{
				name:   "a link that comes late is listened on, and told",
				links:  []Link{eth0, eth1},
				want:   Report{Addr: addr, Links: []string{"eth0", "eth1"}},
				open:   []string{"eth0/ndp", "eth1/ndp"},
				frames: []string{"solicitation from fe80::3 for 2001:db8::100", "advertisement of 2001:db8::100 at 03 flags 20 to 01"},
			},
			{
				name:  "a link that goes down is not listened on",
				links: []Link{down(eth0), eth1},
				want:  Report{Addr: addr, Links: []string{"eth1"}, Unfit: []UnfitLink{{"eth0", UnfitDown}}},
				open:  []string{"eth1/ndp"},
			},
			{
				name:   "a link that comes up is told again",
				links:  []Link{eth0, eth1},
				want:   Report{Addr: addr, Links: []string{"eth0", "eth1"}},
				open:   []string{"eth0/ndp", "eth1/ndp"},
				frames: []string{"solicitation from fe80::2 for 2001:db8::100", "advertisement of 2001:db8::100 at 02 flags 20 to 01"},
			},
			{
				name:   "a new hardware address is told",
				links:  []Link{eth0, withMAC(eth1, 0x33)},
				want:   Report{Addr: addr, Links: []string{"eth0", "eth1"}},
				open:   []string{"eth0/ndp", "eth1/ndp"},
				frames: []string{"advertisement of 2001:db8::100 at 33 flags 20 to 01"},
			},
			{
				name:  "a link that gets another name is another link",
				links: []Link{eth0, renamed(withMAC(eth1, 0x33), "lan0")},
				want:  Report{Addr: addr, Links: []string{"eth0"}, Unfit: []UnfitLink{{"eth1", UnfitAbsent}}},
				open:  []string{"eth0/ndp", "lan0/ndp"}, // while it hands over
			},
			{
				name:  "a link that gets the name back goes on",
				links: []Link{eth0, withMAC(eth1, 0x33)},
				want:  Report{Addr: addr, Links: []string{"eth0", "eth1"}},
				open:  []string{"eth0/ndp", "eth1/ndp"},
				frames: []string{
					"solicitation from fe80::3 for 2001:db8::100", "advertisement of 2001:db8::100 at 33 flags 20 to 01",
				},
			},
			{
				name:  "a link without address to send from cannot answer",
				links: []Link{eth0, withoutLinkLocal(withMAC(eth1, 0x33))},
				want:  Report{Addr: addr, Links: []string{"eth0"}, Unfit: []UnfitLink{{"eth1", UnfitNoLinkLocal}}},
				open:  []string{"eth0/ndp"},
			},
			{
				name:  "without links nothing is answered, and that is said",
				links: nil,
				want:  Report{Addr: addr, Unfit: []UnfitLink{{"eth0", UnfitAbsent}, {"eth1", UnfitAbsent}}},
			},
		} {
			before := s.now()
			n.set(tt.links...)
			time.Sleep(500 * time.Millisecond)
			synctest.Wait()
			if diff := cmp.Diff([]Report{tt.want}, a.Reports(), addresses); diff != "" {
				t.Errorf("%s: reports (-want +got):\n%s", tt.name, diff)
			}
			if diff := cmp.Diff(tt.open, n.open()); diff != "" {
				t.Errorf("%s: open sockets (-want +got):\n%s", tt.name, diff)
			}
			var got []string
			for _, f := range s.frames("node", before) {
				f.At = 0
				got = append(got, described(f)[len("0s "):])
			}
			if diff := cmp.Diff(tt.frames, got); diff != "" {
				t.Errorf("%s: frames (-want +got):\n%s", tt.name, diff)
			}
			if !poked(a) && tt.name != "a new hardware address is told" {
				t.Errorf("%s: it does not say that reports have changed", tt.name)
			}
			time.Sleep(10 * time.Second)
		}
		if r := a.Reports(); !r[0].Failed() {
			t.Error("an address without link is not said to have failed")
		}
	})
}

func down(l Link) Link                 { l.Running = false; return l }
func withMAC(l Link, last byte) Link   { l.MAC[5] = last; return l }
func renamed(l Link, name string) Link { l.Name = name; return l }
func withoutLinkLocal(l Link) Link     { l.LinkLocal = netip.Addr{}; return l }

func TestABondThatChangesOverIsAnnouncedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		n := s.node("node", eth0, eth1)
		a, stop := start(t, Options{Network: n})
		defer stop()
		a.Set(announce("192.0.2.100"))
		time.Sleep(10 * time.Second)
		n.mu.Lock()
		n.say(LinkEvent{Again: eth0.Index})
		n.mu.Unlock()
		time.Sleep(time.Millisecond)
		expectFrames(t, s.frames("node", 10*time.Second),
			"10s request 192.0.2.100 at 02 for 192.0.2.100 to ff",
			"10s reply 192.0.2.100 at 02 for 192.0.2.100 to ff",
		)
	})
}

func TestExclusionsAreFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		n := s.node("node", eth0, renamed(eth1, "cni0"))
		a, stop := start(t, Options{Network: n, Exclude: DefaultExclusions()})
		defer stop()
		addr := netip.MustParseAddr("192.0.2.100")
		a.Set(announce("192.0.2.100"))
		time.Sleep(time.Second)
		expectReports(t, a, Report{Addr: addr, Links: []string{"eth0"}})

		other, err := ParseExclusions([]byte("announcedInterfacesToExclude: [^eth]\n"))
		if err != nil {
			t.Fatal(err)
		}
		a.Exclude(other)
		time.Sleep(time.Second)
		expectReports(t, a, Report{Addr: addr, Links: []string{"cni0"}})
	})
}

func TestOneLinkThatFailsStopsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		n := s.node("node", eth0, eth1)
		n.problem = errors.New("read link 7: no")
		n.refuse["eth0"] = errors.New("not permitted")
		reg := prometheus.NewRegistry()
		a, stop := start(t, Options{Network: n, Metrics: NewMetrics(reg)})
		defer stop()
		addr := netip.MustParseAddr("192.0.2.100")
		a.Set([]Announcement{{Addr: addr, Links: []string{"eth0", "eth1"}}})
		time.Sleep(10 * time.Second)
		expectReports(t, a, Report{Addr: addr, Links: []string{"eth1"}, Unfit: []UnfitLink{{"eth0", UnfitError}}})
		if tried := n.refusals(); tried < 5 || tried > 20 {
			t.Errorf("the socket was tried %d times in 10 s, want about once a second", tried)
		}
		n.mu.Lock()
		delete(n.refuse, "eth0")
		n.mu.Unlock()
		time.Sleep(2 * time.Second)
		expectReports(t, a, Report{Addr: addr, Links: []string{"eth0", "eth1"}})
	})
}

func TestASocketThatFailsIsOpenedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		n := s.node("node", eth0)
		a, stop := start(t, Options{Network: n})
		defer stop()
		a.Set(announce("192.0.2.100"))
		time.Sleep(10 * time.Second)
		n.first().fail <- errors.New("network is down")
		time.Sleep(500 * time.Millisecond)
		if r := a.Reports(); !r[0].Failed() {
			t.Errorf("with a dead socket it reports %+v", r)
		}
		time.Sleep(time.Second)
		expectReports(t, a, Report{Addr: netip.MustParseAddr("192.0.2.100"), Links: []string{"eth0"}})
		expectFrames(t, s.frames("node", 10*time.Second),
			"11s request 0.0.0.0 at 02 for 192.0.2.100 to ff",
			"11s request 192.0.2.100 at 02 for 192.0.2.100 to ff",
			"11s reply 192.0.2.100 at 02 for 192.0.2.100 to ff",
		)
	})
}

// manyAddresses are addresses 10.0.0.1 and on.
func manyAddresses(n int) []Announcement {
	out := make([]Announcement, 0, n)
	addr := netip.MustParseAddr("10.0.0.1")
	for range n {
		out = append(out, Announcement{Addr: addr})
		addr = addr.Next()
	}
	return out
}

func TestAThousandAddressesAreToldWithinASecond(t *testing.T) {
	for _, tt := range []struct {
		name string
		busy int
		most time.Duration // until the last address is announced
	}{
		{name: "by a link that takes all", most: 400 * time.Millisecond},
		{name: "by a link that refuses frames now and then", busy: 200, most: 700 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 1000
				s := newSegment()
				s.busyFor = tt.busy
				a, stop := start(t, Options{Network: s.node("node", eth0)})
				defer stop()
				a.Set(manyAddresses(n))
				time.Sleep(time.Second - 1)
				first, told := s.frames("node", 0), map[string]int{}
				var lastRequest time.Duration
				for _, f := range first {
					text := described(sentFrame{Frame: f.Frame})
					told[text]++
					if bytes.Contains([]byte(text), []byte("request 10.")) {
						lastRequest = f.At
					}
				}
				if len(first) != 3*n || len(told) != 3*n {
					t.Errorf("%d frames in the first second, %d of them different; want a probe, a request and a reply for each of %d addresses", len(first), len(told), n)
				}
				if lastRequest > tt.most {
					t.Errorf("the last address is announced after %v", lastRequest)
				}
				checkCap(t, first)
				time.Sleep(10 * time.Second)
				if all := s.frames("node", 0); len(all) != (3+2+2)*n {
					t.Errorf("%d frames in all, want %d", len(all), 7*n)
				}
			})
		})
	}
}

// checkCap holds that no stretch of time has more frames than the cap lets go.
func checkCap(t *testing.T, frames []sentFrame) {
	t.Helper()
	for i := range frames {
		j := i
		for j < len(frames) && frames[j].At-frames[i].At < 100*time.Millisecond {
			j++
		}
		if most := frameBurst + int(100*time.Millisecond/frameInterval); j-i > most {
			t.Fatalf("%d frames in the 100 ms from %v, the cap is %d", j-i, frames[i].At, most)
		}
	}
}

func TestSetNeverBlocks(t *testing.T) {
	a := New(Options{Network: newSegment().node("node")})
	for range 10 {
		a.Set(announce("192.0.2.100"))
		a.Exclude(DefaultExclusions())
	}
	if len(a.Reports()) != 0 {
		t.Error("it reports what it has not taken up")
	}
}

func TestPacketsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSegment()
		reg := prometheus.NewRegistry()
		n := s.node("node", eth0)
		a, stop := start(t, Options{Network: n, Metrics: NewMetrics(reg)})
		defer stop()
		a.Set(announce("192.0.2.100"))
		time.Sleep(10 * time.Second)
		for _, in := range []string{
			"ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c0000264",
			"ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c0000264",
			"ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c0000277",
			"ffffffffffff 0200000000c1 0806 0001 0800 09 04",
		} {
			n.first().in <- octets(t, in)
		}
		time.Sleep(time.Second)
		for _, tt := range []struct {
			name, label string
			want        float64
		}{
			{"metallb_layer2_requests_received", "192.0.2.100", 2},
			{"metallb_layer2_responses_sent", "192.0.2.100", 2},
			{"metallb_layer2_gratuitous_sent", "192.0.2.100", 6},
			{"frr_speaker_layer2_dropped_total", "announceIP", 1},
			{"frr_speaker_layer2_dropped_total", "malformed", 1},
			{"frr_speaker_layer2_addresses_answered", "", 1},
			{"frr_speaker_layer2_addresses_failed", "", 0},
		} {
			if got := metric(t, reg, tt.name, tt.label); got != tt.want {
				t.Errorf("%s %s: %v, want %v", tt.name, tt.label, got, tt.want)
			}
		}
		a.Set(nil)
		time.Sleep(5 * time.Second)
		if got := metric(t, reg, "metallb_layer2_requests_received", "192.0.2.100"); got != -1 {
			t.Errorf("an address that is gone has a figure: %v", got)
		}
	})
}

// metric is a counter or gauge one of whose labels has a value; "" for the one
// without labels. -1: there is none.
func metric(t *testing.T, reg *prometheus.Registry, name, label string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			found := label == ""
			for _, l := range m.GetLabel() {
				found = found || l.GetValue() == label
			}
			if f.GetName() == name && found {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return -1
}

func TestOverlappingAnnouncementsAreOne(t *testing.T) {
	addr := netip.MustParseAddr("192.0.2.100")
	for _, tt := range []struct {
		name string
		in   []Announcement
		want []Announcement
	}{
		{
			name: "links are united",
			in:   []Announcement{{Addr: addr, Links: []string{"b", "c"}}, {Addr: addr, Links: []string{"a", "c"}}},
			want: []Announcement{{Addr: addr, Links: []string{"a", "b", "c"}}},
		},
		{
			name: "all links are more than some",
			in:   []Announcement{{Addr: addr, Links: []string{"b"}}, {Addr: addr}, {Addr: addr, Links: []string{"a"}}},
			want: []Announcement{{Addr: addr}},
		},
		{
			name: "addresses are sorted, and IPv4 is IPv4",
			in:   []Announcement{{Addr: netip.MustParseAddr("::ffff:192.0.2.101")}, {Addr: addr}},
			want: []Announcement{{Addr: addr}, {Addr: netip.MustParseAddr("192.0.2.101")}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := slices.Clone(tt.in)
			if diff := cmp.Diff(tt.want, merge(tt.in), addresses); diff != "" {
				t.Errorf("merged (-want +got):\n%s", diff)
			}
			if !slices.EqualFunc(before, tt.in, func(a, b Announcement) bool { return a.Addr == b.Addr && slices.Equal(a.Links, b.Links) }) {
				t.Error("the argument was changed")
			}
		})
	}
}
