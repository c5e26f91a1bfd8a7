package e2e

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"frr-speaker/internal/l2"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// stream sends a datagram to an address at each interval, and counts those that
// are echoed.
type stream struct {
	conn           net.Conn
	sent, received atomic.Int64
	stop           chan struct{}
	ended          chan error
}

func startStream(t *testing.T, from *lab.Host, to netip.Addr, interval time.Duration) *stream {
	t.Helper()
	s := &stream{stop: make(chan struct{}), ended: make(chan error, 2)}
	err := from.Do(func() (err error) {
		s.conn, err = net.Dial("udp", netip.AddrPortFrom(to, 80).String())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.conn.Close() })
	go func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-s.stop:
				s.ended <- nil
				return
			case <-tick.C:
			}
			if _, err := s.conn.Write([]byte("x")); err != nil {
				s.ended <- err
				return
			}
			s.sent.Add(1)
		}
	}()
	go func() {
		buffer := make([]byte, 64)
		for {
			if _, err := s.conn.Read(buffer); err != nil {
				return // it is closed in the end
			}
			s.received.Add(1)
		}
	}()
	return s
}

// lost ends the stream and counts what was not echoed.
func (s *stream) lost(t *testing.T) int64 {
	t.Helper()
	close(s.stop)
	if err := <-s.ended; err != nil {
		t.Fatal(err)
	}
	err := lab.Eventually(t.Context(), 2*time.Second, func() error {
		if missing := s.sent.Load() - s.received.Load(); missing != 0 {
			return fmt.Errorf("%d datagrams of %d are not echoed", missing, s.sent.Load())
		}
		return nil
	})
	if err != nil {
		return s.sent.Load() - s.received.Load()
	}
	return 0
}

// await waits until so many more datagrams were sent.
func (s *stream) await(t *testing.T, more int64) {
	t.Helper()
	until := s.sent.Load() + more
	eventually(t, func() error {
		if n := s.sent.Load(); n < until {
			return fmt.Errorf("%d of %d datagrams are sent", n, until)
		}
		return nil
	})
}

func TestL2APlannedStopLosesNoPacket(t *testing.T) {
	l := newLAN(t)
	for _, addr := range []netip.Addr{l.vip4(), l.vip6()} {
		t.Run(addr.String(), func(t *testing.T) {
			name := "a"
			if addr.Is6() {
				name = "b"
			}
			old, next := l.node(t, name+"-old", l2.Options{}), l.node(t, name+"-next", l2.Options{})
			old.serve(t, addr)
			next.serve(t, addr)
			old.Set(announced(addr))
			old.answers(t, 1)
			s := startStream(t, l.client, addr, 10*time.Millisecond)
			s.await(t, 100)
			old.cancel() // the speaker is told to stop
			s.await(t, 20)
			next.Set(announced(addr)) // the others know 0.2 s later
			taken := lab.StartStopwatch()
			if err := <-old.ended; err != nil {
				t.Error(err)
			}
			old.ended <- nil
			if late := taken.Elapsed(); late > time.Second {
				t.Errorf("the old node stops answering %v after the next one took over", late)
			}
			s.await(t, 100)
			expectNeighbor(t, l.client, "eth0", addr, mac(t, next.Host, "eth0"))
			if lost := s.lost(t); lost != 0 {
				t.Errorf("%d of %d packets are lost", lost, s.sent.Load())
			}
			if n := old.figure(t, "frr_speaker_layer2_handovers_total", `"taken"`); n != 1 {
				t.Errorf("handovers to another node: %v, want 1", n)
			}
		})
	}
}

func TestL2AThousandAddressesMoveAtOnce(t *testing.T) {
	const count = 1000
	l := newLAN(t)
	var addrs []netip.Addr
	addr := netip.MustParseAddr("10.20.0.1")
	for range count {
		addrs = append(addrs, addr)
		addr = addr.Next()
	}
	old, next := l.node(t, "old", l2.Options{}), l.node(t, "next", l2.Options{})
	old.Set(announced(addrs...))
	old.answers(t, count)
	oldMAC, nextMAC := mac(t, old.Host, "eth0"), mac(t, next.Host, "eth0")
	known := addrs[count-200:] // more than 1,000 do not fit into a kernel's cache
	err := l.client.Do(func() error {
		link, err := netlink.LinkByName("eth0")
		var problems []error
		for _, a := range known {
			problems = append(problems, netlink.NeighSet(&netlink.Neigh{
				LinkIndex: link.Attrs().Index, IP: a.AsSlice(), HardwareAddr: oldMAC[:], State: netlink.NUD_REACHABLE,
			}))
		}
		return errors.Join(append(problems, err)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := startCapture(t, l.client, "eth0")
	began, watch := time.Now(), lab.StartStopwatch()
	next.Set(announced(addrs...))
	old.Set(nil)

	frame := func(a netip.Addr, operation byte) []byte {
		target := l2.MAC{}
		if operation == 2 {
			target = nextMAC
		}
		return arp(toAll, nextMAC, operation, nextMAC, a, target, a)
	}
	first := map[string]time.Time{}
	eventually(t, func() error {
		for _, f := range seen.matching(func(f []byte) bool { return l2.MAC(f[6:12]) == nextMAC }) {
			if _, known := first[string(f.frame)]; !known {
				first[string(f.frame)] = f.at
			}
		}
		if len(first) < 3*count {
			return fmt.Errorf("%d different frames, want a probe, a request and a reply for each of %d addresses", len(first), count)
		}
		return nil
	})
	busy := watch.Waited()
	var lastRequest, lastReply time.Duration
	for _, a := range addrs {
		request, requested := first[string(frame(a, 1))]
		reply, replied := first[string(frame(a, 2))]
		if !requested || !replied {
			t.Fatalf("%v is announced by request: %v, by reply: %v", a, requested, replied)
		}
		lastRequest, lastReply = max(lastRequest, request.Sub(began)), max(lastReply, reply.Sub(began))
	}
	t.Logf("%d addresses: the last request after %v, the last reply after %v", count, lastRequest, lastReply)
	if lastReply-busy > time.Second {
		t.Errorf("the last gratuitous frame is out after %v, want a second at most, and %v for which the machine was busy", lastReply, busy)
	}
	for _, a := range known {
		expectNeighbor(t, l.client, "eth0", a, nextMAC)
	}
	eventually(t, func() error {
		if n := old.figure(t, "frr_speaker_layer2_handovers_total", `"taken"`); n != count {
			return fmt.Errorf("the old node has heard of %v takeovers, want %d", n, count)
		}
		return nil
	})
	if missed := old.figure(t, "frr_speaker_layer2_claims_missed_total", ""); missed != 0 {
		t.Errorf("%v claims came too fast", missed)
	}
}

func TestL2AThousandIPv6AddressesAreJoinedAndLeft(t *testing.T) {
	const count = 1000
	l := newLAN(t)
	var addrs []netip.Addr
	for i := range uint16(count) {
		addrs = append(addrs, l.number6(1000+i))
	}
	owner := l.node(t, "owner", l2.Options{})
	groups := func() int {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/igmp6", owner.PID()))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range strings.Lines(string(text)) {
			// ff02::1:ffXX:XXXX of the addresses above, on eth0
			if strings.Contains(line, "eth0") && strings.Contains(line, "ff0200000000000000000001ff0a") {
				n++
			}
		}
		return n
	}
	owner.Set(announced(addrs...))
	owner.answers(t, count)
	if n := groups(); n != count {
		t.Errorf("%d groups are joined, want %d", n, count)
	}
	probe := addrs[count-1]
	seen := startCapture(t, l.client, "eth0")
	inject(t, l.client, "eth0", nsFrame(mac(t, l.client, "eth0"), probe, 255))
	eventually(t, func() error {
		if len(seen.matching(func(f []byte) bool { return isNA(f, probe) && f[58] == 0x60 })) == 0 {
			return fmt.Errorf("%v is not answered", probe)
		}
		return nil
	})
	owner.Set(announced(addrs[0]))
	eventually(t, func() error {
		if n := groups(); n != 1 {
			return fmt.Errorf("%d groups are joined, want 1", n)
		}
		return nil
	})
}

func TestL2AHostThatHasTheAddressIsReported(t *testing.T) {
	l := newLAN(t)
	stranger := labtest.Must(l.lab.NewHost(t.Context(), lab.HostOptions{Name: "stranger", Networks: []lab.Attachment{
		{Network: l.network, Addr4: l.vip4(), Addr6: l.vip6()},
	}}))(t)
	strangerMAC := mac(t, stranger, "eth0")
	bold, shy := l.node(t, "bold", l2.Options{}), l.node(t, "shy", l2.Options{Yield: true})
	for _, n := range []*lanNode{shy, bold} {
		n.Set(announced(l.vip4(), l.vip6()))
		eventually(t, func() error {
			for _, r := range n.Reports() {
				at := slices.IndexFunc(r.Conflicts, func(c l2.Conflict) bool { return c.MAC == strangerMAC && c.Link == "eth0" })
				if at < 0 || r.Conflicts[at].Yielded != (n == shy) || r.Failed() != (n == shy) {
					return fmt.Errorf("%s reports %+v", n.Name(), r)
				}
			}
			if len(n.Reports()) != 2 {
				return fmt.Errorf("%s reports %+v", n.Name(), n.Reports())
			}
			return nil
		})
	}
	if n := shy.figure(t, "metallb_layer2_gratuitous_sent", ""); n != 0 {
		t.Errorf("who yields has announced %v times", n)
	}
	if n := bold.figure(t, "frr_speaker_layer2_conflicts_total", ""); n < 2 {
		t.Errorf("%v conflicts are counted, want one for each address", n)
	}
}

func TestL2ASplitBrainIsSeenAndEnds(t *testing.T) {
	l := newLAN(t)
	one, two := l.node(t, "one", l2.Options{}), l.node(t, "two", l2.Options{})
	both := announced(l.vip4(), l.vip6())
	one.Set(both)
	one.answers(t, 2)
	two.Set(both)
	conflicts := func(n *lanNode, want int) {
		t.Helper()
		eventually(t, func() error {
			got := 0
			for _, r := range n.Reports() {
				got += len(r.Conflicts)
			}
			if got != want || n.figure(t, "frr_speaker_layer2_conflicts", "") < float64(want) {
				return fmt.Errorf("%s reports %+v, want %d conflicts", n.Name(), n.Reports(), want)
			}
			return nil
		})
	}
	conflicts(one, 2)
	conflicts(two, 2)
	two.Set(nil) // the nodes agree again
	conflicts(one, 0)
	for _, addr := range []netip.Addr{l.vip4(), l.vip6()} {
		if _, err := reach(t.Context(), l.client, addr); err == nil {
			t.Errorf("somebody serves %v", addr)
		}
		expectNeighbor(t, l.client, "eth0", addr, mac(t, one.Host, "eth0"))
	}
}
