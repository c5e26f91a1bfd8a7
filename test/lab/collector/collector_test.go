package collector_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	packet "github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/lab/collector"
)

const timeout = 30 * time.Second

var (
	loopback = netip.MustParseAddr("127.0.0.1")
	byValue  = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})
)

// neighbor is the other end of a session, made of bytes.
type neighbor struct {
	t    *testing.T
	conn net.Conn
}

// start runs a collector and returns it with a way to connect to it.
func start(t *testing.T, o collector.Options) (*collector.Collector, func(capabilities ...packet.ParameterCapabilityInterface) neighbor) {
	t.Helper()
	o.ASN, o.RouterID = 65009, netip.MustParseAddr("192.0.2.9")
	c, err := collector.New(o)
	check(t, err)
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp4", "127.0.0.1:0")
	check(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the collector ended with %v", err)
		}
	})
	return c, func(capabilities ...packet.ParameterCapabilityInterface) neighbor {
		var dialer net.Dialer
		conn, err := dialer.DialContext(t.Context(), "tcp4", listener.Addr().String())
		check(t, err)
		t.Cleanup(func() { conn.Close() })
		n := neighbor{t, conn}
		n.send(packet.NewBGPOpenMessage(23456, 90, "192.0.2.1",
			[]packet.OptionParameterInterface{packet.NewOptionParameterCapability(capabilities)}))
		n.send(packet.NewBGPKeepAliveMessage())
		return n
	}
}

func (n neighbor) send(m *packet.BGPMessage) {
	n.t.Helper()
	b, err := m.Serialize()
	check(n.t, err)
	_, err = n.conn.Write(b)
	check(n.t, err)
}

// announce sends one UPDATE with many prefixes.
func (n neighbor) announce(prefixes ...string) {
	n.t.Helper()
	n.send(packet.NewBGPUpdateMessage(nil, []packet.PathAttributeInterface{
		packet.NewPathAttributeOrigin(0),
		packet.NewPathAttributeAsPath([]packet.AsPathParamInterface{packet.NewAs4PathParam(2, []uint32{4200000001, 65002})}),
		packet.NewPathAttributeNextHop("192.0.2.1"),
		packet.NewPathAttributeMultiExitDisc(5),
		packet.NewPathAttributeLocalPref(150),
		packet.NewPathAttributeCommunities([]uint32{64512<<16 | 11}),
		packet.NewPathAttributeLargeCommunities([]*packet.LargeCommunity{{ASN: 4200000001, LocalData1: 2, LocalData2: 3}}),
	}, nlri(prefixes)))
}

func (n neighbor) withdraw(prefixes ...string) {
	n.t.Helper()
	n.send(packet.NewBGPUpdateMessage(nlri(prefixes), nil, nil))
}

func nlri(prefixes []string) []*packet.IPAddrPrefix {
	var all []*packet.IPAddrPrefix
	for _, p := range prefixes {
		prefix := netip.MustParsePrefix(p)
		all = append(all, packet.NewIPAddrPrefix(uint8(prefix.Bits()), prefix.Addr().String()))
	}
	return all
}

func TestEveryUpdateIsRecordedAsWhatItMeans(t *testing.T) {
	before := time.Now()
	c, connect := start(t, collector.Options{})
	n := connect(packet.NewCapMultiProtocol(packet.RF_IPv4_UC), packet.NewCapMultiProtocol(packet.RF_IPv6_UC))
	n.announce("198.51.100.1/32", "198.51.100.0/24")
	n.withdraw("198.51.100.1/32")
	six := []packet.AddrPrefixInterface{packet.NewIPv6AddrPrefix(128, "2001:db8::1")}
	n.send(packet.NewBGPUpdateMessage(nil, []packet.PathAttributeInterface{
		packet.NewPathAttributeMpReachNLRI("2001:db8::9", six),
	}, nil))
	n.send(packet.NewBGPUpdateMessage(nil, []packet.PathAttributeInterface{packet.NewPathAttributeMpUnreachNLRI(six)}, nil))
	n.send(packet.NewEndOfRib(packet.RF_IPv6_UC))
	n.send(packet.NewBGPNotificationMessage(6, 4, nil))

	wait(t, c, 0, collector.Down)
	four := &collector.Attributes{
		NextHop: netip.MustParseAddr("192.0.2.1"), ASPath: []bgp.ASN{4200000001, 65002}, MED: 5, LocalPref: 150,
		Communities:      []bgp.Community{bgp.NewCommunity(64512, 11)},
		LargeCommunities: []bgp.LargeCommunity{{Global: 4200000001, Local1: 2, Local2: 3}},
	}
	host, net4, host6 := netip.MustParsePrefix("198.51.100.1/32"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("2001:db8::1/128")
	want := []collector.Event{
		{Kind: collector.Up, Families: []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast}},
		{Kind: collector.Announce, Prefix: host, Attributes: four},
		{Kind: collector.Announce, Prefix: net4, Attributes: four},
		{Kind: collector.Withdraw, Prefix: host},
		{Kind: collector.Announce, Prefix: host6, Attributes: &collector.Attributes{NextHop: netip.MustParseAddr("2001:db8::9")}},
		{Kind: collector.Withdraw, Prefix: host6},
		{Kind: collector.EndOfRIB, Family: bgp.IPv6Unicast},
		{Kind: collector.Down, Reason: "notification received: code 6, subcode 4 (RFC 4271, section 4.5)"},
	}
	for i := range want {
		want[i].Seq, want[i].Neighbor = i, loopback
	}
	got := c.Events(0)
	if diff := cmp.Diff(want, got, byValue, cmpopts.IgnoreFields(collector.Event{}, "Time")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for _, e := range got {
		if e.Time.Before(before) || e.Time.After(time.Now()) {
			t.Errorf("%v: its time is not that of the test", e)
		}
	}
	if rib := c.RIB(loopback); len(rib) != 0 {
		t.Errorf("after the session the RIB holds %v", rib)
	}
}

func TestRoutesOfARestartedNeighbor(t *testing.T) {
	graceful := packet.NewCapGracefulRestart(true, false, 60, []*packet.CapGracefulRestartTuple{
		packet.NewCapGracefulRestartTuple(packet.RF_IPv4_UC, true),
	})
	brief := packet.NewCapGracefulRestart(true, false, 1, []*packet.CapGracefulRestartTuple{
		packet.NewCapGracefulRestartTuple(packet.RF_IPv4_UC, true),
	})
	again, never := "198.51.100.1/32", "198.51.100.2/32"
	for _, row := range []struct {
		name   string
		offers time.Duration
		has    []packet.ParameterCapabilityInterface
		end    func(neighbor)
		kept   bool // while it is away
		back   func(*testing.T, *collector.Collector, func(...packet.ParameterCapabilityInterface) neighbor)
		want   []string // withdrawn in the end
		reason string
	}{
		{
			name: "are lost when the collector offers no graceful restart",
			has:  []packet.ParameterCapabilityInterface{graceful}, end: drop,
		},
		{name: "are lost when the neighbor offers none", offers: time.Minute, end: drop},
		{
			name: "are lost after a notification", offers: time.Minute,
			has: []packet.ParameterCapabilityInterface{graceful},
			end: func(n neighbor) { n.send(packet.NewBGPNotificationMessage(6, 3, nil)) },
		},
		{
			name: "are kept, and those not announced again go with End-of-RIB", offers: time.Minute,
			has: []packet.ParameterCapabilityInterface{graceful}, end: drop, kept: true,
			back: func(_ *testing.T, _ *collector.Collector, connect func(...packet.ParameterCapabilityInterface) neighbor) {
				n := connect(graceful)
				n.announce(again)
				n.send(packet.NewEndOfRib(packet.RF_IPv4_UC))
			},
			want: []string{never}, reason: "not announced again after a restart",
		},
		{
			name: "are kept, and go when the neighbor does not come back in time", offers: time.Minute,
			has: []packet.ParameterCapabilityInterface{brief}, end: drop, kept: true,
			back: func(*testing.T, *collector.Collector, func(...packet.ParameterCapabilityInterface) neighbor) {},
			want: []string{again, never}, reason: "restart time expired",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, connect := start(t, collector.Options{Restart: row.offers})
			n := connect(append(row.has, packet.NewCapMultiProtocol(packet.RF_IPv4_UC))...)
			n.announce(again, never)
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			check(t, c.WaitLen(ctx, loopback, 2))
			mark := c.Mark()
			row.end(n)
			wait(t, c, mark, collector.Down)
			for prefix, route := range c.RIB(loopback) {
				if !route.Stale {
					t.Errorf("%v is not stale while the neighbor is away", prefix)
				}
			}
			if kept := c.Len(loopback) == 2; kept != row.kept {
				t.Fatalf("kept while it is away: %v, want %v", kept, row.kept)
			}
			if row.back == nil {
				return
			}
			row.back(t, c, connect)
			for _, prefix := range row.want {
				check(t, c.WaitGone(ctx, loopback, netip.MustParsePrefix(prefix)))
			}
			lost := c.Withdrawn(mark)[1:] // without Down
			if len(lost) != len(row.want) {
				t.Errorf("withdrawn: %v, want %v", lost, row.want)
			}
			for _, e := range lost {
				if e.Reason != row.reason {
					t.Errorf("%v: want the reason %q", e, row.reason)
				}
			}
			if len(row.want) == 1 {
				if route, held := c.RIB(loopback)[netip.MustParsePrefix(again)]; !held || route.Stale {
					t.Errorf("the route announced again: held %v, stale %v", held, route.Stale)
				}
			}
		})
	}
}

func drop(n neighbor) { n.conn.Close() }

func TestTheCollectorSaysEndOfRIBForTheFamiliesOfBoth(t *testing.T) {
	_, connect := start(t, collector.Options{Families: []bgp.Family{bgp.IPv6Unicast}})
	n := connect(packet.NewCapMultiProtocol(packet.RF_IPv4_UC), packet.NewCapMultiProtocol(packet.RF_IPv6_UC))
	n.conn.SetReadDeadline(time.Now().Add(timeout))
	var got []string
	for len(got) < 3 {
		m := n.read()
		if u, ok := m.Body.(*packet.BGPUpdate); ok {
			end, family := u.IsEndOfRib()
			got = append(got, fmt.Sprintf("end-of-rib %v %v", end, family))
			continue
		}
		got = append(got, fmt.Sprintf("type %d", m.Header.Type))
	}
	want := []string{"type 1", "type 4", "end-of-rib true ipv6-unicast"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the collector sent (-want +got):\n%s", diff)
	}
}

func (n neighbor) read() *packet.BGPMessage {
	n.t.Helper()
	message := make([]byte, packet.BGP_MAX_MESSAGE_LENGTH)
	_, err := io.ReadFull(n.conn, message[:packet.BGP_HEADER_LENGTH])
	check(n.t, err)
	message = message[:int(message[16])<<8|int(message[17])] // RFC 4271, section 4.1
	_, err = io.ReadFull(n.conn, message[packet.BGP_HEADER_LENGTH:])
	check(n.t, err)
	m, err := packet.ParseBGPMessage(message)
	check(n.t, err)
	return m
}

func TestWaitingSaysWhatWasMissing(t *testing.T) {
	c, connect := start(t, collector.Options{})
	connect(packet.NewCapMultiProtocol(packet.RF_IPv4_UC)).announce("198.51.100.1/32")
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	prefix := netip.MustParsePrefix("198.51.100.1/32")
	_, err := c.WaitPrefix(ctx, loopback, prefix, nil)
	check(t, err)
	check(t, c.WaitUp(ctx, loopback))

	over, cancelNow := context.WithCancel(ctx)
	cancelNow()
	for _, row := range []struct {
		name string
		wait func() error
		want string
	}{
		{"other attributes", func() error {
			_, err := c.WaitPrefix(over, loopback, prefix, func(a *collector.Attributes) bool { return a.LocalPref == 1 })
			return err
		}, "announces 198.51.100.1/32 via"},
		{"a prefix that stays", func() error { return c.WaitGone(over, loopback, prefix) }, "announces 198.51.100.1/32"},
		{"more prefixes", func() error { return c.WaitLen(over, loopback, 2) }, "announces 1 prefixes, not 2"},
		{"the end of a table", func() error { return c.WaitTable(over, loopback, 1) }, "has not ended its first table of [ipv4 unicast]"},
		{"another neighbor", func() error { return c.WaitUp(over, netip.MustParseAddr("192.0.2.7")) }, "not established"},
		{"an event", func() error {
			_, err := c.WaitEvent(over, 0, func(e collector.Event) bool { return e.Kind == collector.Down })
			return err
		}, "wait for an event"},
	} {
		if err := row.wait(); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("waiting for %s ends with %v, want %q", row.name, err, row.want)
		}
	}
}

func TestTheCollectorAsksForEndOfRIBWithoutKeepingRoutes(t *testing.T) {
	_, connect := start(t, collector.Options{EndOfRIB: true})
	n := connect(packet.NewCapMultiProtocol(packet.RF_IPv4_UC))
	n.conn.SetReadDeadline(time.Now().Add(timeout))
	open, isOpen := n.read().Body.(*packet.BGPOpen)
	if !isOpen {
		t.Fatal("its first message is no OPEN")
	}
	for _, p := range open.OptParams {
		capabilities, ok := p.(*packet.OptionParameterCapability)
		if !ok {
			continue
		}
		for _, c := range capabilities.Capability {
			if gr, ok := c.(*packet.CapGracefulRestart); ok && gr.Time == 0 && len(gr.Tuples) == 0 {
				return
			}
		}
	}
	t.Errorf("the OPEN has no graceful restart capability without families: %+v", open)
}

func TestATableIsWholeAfterTheEndOfRIBOfEachFamily(t *testing.T) {
	c, connect := start(t, collector.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	whole := func() bool {
		over, now := context.WithCancel(ctx)
		now()
		return c.WaitTable(over, loopback, 1) == nil
	}
	for range 2 { // a session that comes back has a first table again
		mark := c.Mark()
		n := connect(packet.NewCapMultiProtocol(packet.RF_IPv4_UC), packet.NewCapMultiProtocol(packet.RF_IPv6_UC))
		n.announce("198.51.100.1/32")
		wait(t, c, mark, collector.Announce)
		if whole() {
			t.Error("it is whole before any End-of-RIB")
		}
		n.send(packet.NewEndOfRib(packet.RF_IPv6_UC))
		wait(t, c, mark, collector.EndOfRIB)
		if whole() {
			t.Error("it is whole before the End-of-RIB of IPv4")
		}
		n.send(packet.NewEndOfRib(packet.RF_IPv4_UC))
		check(t, c.WaitTable(ctx, loopback, 1))
		mark = c.Mark()
		n.conn.Close()
		wait(t, c, mark, collector.Down)
		if whole() {
			t.Error("it is whole without a session")
		}
	}
}

func wait(t *testing.T, c *collector.Collector, mark int, kind collector.Kind) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	_, err := c.WaitEvent(ctx, mark, func(e collector.Event) bool { return e.Kind == kind })
	check(t, err)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
