package reload

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// lateRoutes is how many routes a router that was not ready is to get.
const lateRoutes = 20

// lateKind is a kind of router, and how long routes may take from when it is ready, on a machine whose tasks do not
// wait for a CPU. The goal is 1 s, with BFD 4 s; bgpd's own connect timer takes 30 s on FRR 10 and 120 s on FRR 8.
type lateKind struct {
	name  string
	bird  bool // else FRR
	bfd   bool
	bound time.Duration
}

var lateKinds = []lateKind{
	{name: "BIRD", bird: true, bound: 6 * time.Second},
	{name: "FRR", bound: 6 * time.Second},
	{name: "FRR with BFD", bfd: true, bound: 15 * time.Second},
}

// lateRouter is a router that never dials and can be made unready: nothing listens then.
type lateRouter interface {
	lab.Router
	leave() error
	come(context.Context) error
}

type lateBIRD struct{ *lab.BIRDRouter }

func (b lateBIRD) leave() error                   { return b.Daemon().Kill() }
func (b lateBIRD) come(ctx context.Context) error { return b.StartBIRD(ctx) }

// deafBIRD listens when it is not ready, and what it answers goes nowhere.
type deafBIRD struct{ lateBIRD }

func (b deafBIRD) leave() error {
	ctx := context.Background()
	// BIRD is started anew, or it would keep the session that it has.
	return errors.Join(b.lateBIRD.leave(), b.blackhole(ctx, "add"), b.lateBIRD.come(ctx))
}

func (b deafBIRD) come(ctx context.Context) error { return b.blackhole(ctx, "del") }

func (b deafBIRD) blackhole(ctx context.Context, do string) error {
	_, err := b.Exec(ctx, "/usr/sbin/ip", "route", do, "blackhole", node4.String()+"/32")
	return err
}

type lateFRR struct{ *lab.FRRRouter }

func (f lateFRR) leave() error                   { return f.Daemon("bgpd").Kill() }
func (f lateFRR) come(ctx context.Context) error { return f.StartDaemon(ctx, "bgpd") }

// lateRig is a node and one such router.
type lateRig struct {
	lab     *lab.Lab
	network *lab.Network
	node    *lab.Node
	router  lateRouter
}

func newLateRig(t testing.TB, v lab.FRRVersion, kind lateKind) *lateRig {
	t.Helper()
	ctx := t.Context()
	l := labtest.New(t, lab.Options{Binaries: os.Getenv("LAB_BINARIES")})
	network := labtest.Must(l.NewNetwork(ctx, lab.NetworkOptions{Prefix4: prefix4, Prefix6: prefix6}))(t)
	at := func(name string, addr4, addr6 netip.Addr) lab.HostOptions {
		return lab.HostOptions{Name: name, Networks: []lab.Attachment{{Network: network, Addr4: addr4, Addr6: addr6}}}
	}
	o := lab.RouterOptions{
		HostOptions: at("router", routerAddr, netip.Addr{}), ASN: routerASN,
		Neighbors: []lab.Neighbor{{Addr: node4, ASN: nodeASN, Passive: true, BFD: kind.bfd, Families: []bgp.Family{bgp.IPv4Unicast}}},
	}
	r := &lateRig{lab: l, network: network}
	if kind.bird {
		r.router = lateBIRD{labtest.Must(l.StartBIRDRouter(ctx, o))(t)}
	} else {
		r.router = lateFRR{labtest.Must(l.StartFRRRouter(ctx, v, o))(t)}
	}
	r.node = newNode(t, l, v, at("node", node4, node6), rigOptions{args: []string{"--bgp-port", "179"}})
	return r
}

// applied waits until bgpd has its configuration after some restarts.
func (r *lateRig) applied(ctx context.Context, restarts int) error {
	return lab.Eventually(ctx, patience, func() error {
		result, err := r.dir().ReadResult()
		if err != nil {
			return err
		}
		for _, d := range result.Daemons {
			if d.Name == "bgpd" && d.Restarts == restarts && d.State == "up" && result.Outcome == handoff.OutcomeApplied && result.Phase == handoff.PhaseIdle {
				return nil
			}
		}
		return fmt.Errorf("outcome %q, failures %+v, daemons %+v", result.Outcome, result.Failures, result.Daemons)
	})
}

// complete waits until the router has all routes.
func (r *lateRig) complete(ctx context.Context) error {
	return lab.Eventually(ctx, 2*patience, func() error {
		routes, err := r.router.Routes(ctx)
		if err == nil && len(routes) != lateRoutes {
			err = fmt.Errorf("the router has %d routes", len(routes))
		}
		return err
	})
}

func lateState(bfd bool) state {
	w := &world{asn: nodeASN, routes: map[netip.Prefix]int{}, extras: make([]bool, len(rawSnippets))}
	w.sessions = []bgp.Session{{Peer: "router", Addr: routerAddr, Families: []bgp.Family{bgp.IPv4Unicast}, RemoteAS: bgp.RemoteAS{Number: routerASN}, BFD: bfd}}
	w.policies = []policy{{name: "all", all: true}}
	for n := range lateRoutes {
		w.routes[host4(10, n)] = 0
	}
	return w.state()
}

func (r *lateRig) dir() handoff.Dir {
	return handoff.Dir(fmt.Sprintf("/proc/%d/root%s", r.node.PID(), r.node.HandoffDir()))
}

// lateRow is how a router misses bgpd's one dial.
type lateRow struct {
	name  string
	away  time.Duration // the router is, after that
	death func(*lateRig) error
}

func lateRows() []lateRow {
	kill := func(r *lateRig) error { return r.node.KillDaemon("bgpd") }
	return []lateRow{
		{"the node starts", 2 * time.Second, func(r *lateRig) error { return r.node.StartReloader() }},
		{"bgpd is killed", 2 * time.Second, kill},
		{"bgpd is killed, and the router is away for longer", 5 * time.Second, kill},
		{"bgpd is killed, and the router is there but may hang up at first", 0, kill}, // as BIRD does for a second after an error
	}
}

// TestARouterThatWasNotReadyIsDialedAgain lets bgpd dial a router where nothing listens, and looks how soon it has the
// routes once something does.
func TestARouterThatWasNotReadyIsDialedAgain(t *testing.T) {
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		for _, kind := range lateKinds {
			t.Run(kind.name, func(t *testing.T) {
				r := newLateRig(t, v, kind)
				publish(t, r.dir(), lateState(kind.bfd))
				for restarts, row := range lateRows() {
					took, waited, err := r.miss(t.Context(), row, restarts)
					if err != nil {
						t.Fatalf("%s: %v\n%s", row.name, err, r.lab.Tails(20))
					}
					t.Logf("%s: the routes are there %s after the router is ready", row.name, took)
					if took > kind.bound+waited {
						t.Errorf("%s: that is more than %s", row.name, kind.bound+waited)
					}
				}
				if result, err := r.dir().ReadResult(); err != nil || result.Counters.Drifts != 0 {
					t.Errorf("%d drifts (%v), want none", result.Counters.Drifts, err)
				}
			})
		}
	})
}

// TestARouterThatDoesNotAnswerIsDialedAgain does so with one that does not answer at all. The kernel repeats a SYN ever more
// rarely, at the time in question not for 9 s and more, and bgpd alone waits for that.
func TestARouterThatDoesNotAnswerIsDialedAgain(t *testing.T) {
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		const bound = 6 * time.Second
		r := newLateRig(t, v, lateKinds[0])
		bird, is := r.router.(lateBIRD)
		if !is {
			t.Fatalf("%s is no BIRD", r.router.Name())
		}
		r.router = deafBIRD{bird}
		publish(t, r.dir(), lateState(false))
		row := lateRows()[0]
		row.away = 21 * time.Second
		took, waited, err := r.miss(t.Context(), row, 0)
		if err != nil {
			t.Fatalf("%v\n%s", err, r.lab.Tails(20))
		}
		t.Logf("the routes are there %s after the router is ready", took)
		if took > bound+waited {
			t.Errorf("that is more than %s", bound+waited)
		}
	})
}

// miss lets bgpd dial in vain, and returns how soon after it is ready the router has the routes, and how long of that
// tasks waited for a CPU.
func (r *lateRig) miss(ctx context.Context, row lateRow, restarts int) (took, waited time.Duration, err error) {
	if row.away > 0 {
		if err := r.router.leave(); err != nil {
			return 0, 0, err
		}
	}
	ready, watch := time.Now(), lab.StartStopwatch()
	if err := row.death(r); err != nil {
		return 0, 0, err
	}
	if err := r.applied(ctx, restarts); err != nil {
		return 0, 0, err
	}
	before, err := r.node.VTY(ctx, "bgpd", "show running-config")
	if err != nil {
		return 0, 0, err
	}
	if row.away > 0 {
		pause(ctx, row.away)
		if err := r.router.come(ctx); err != nil {
			return 0, 0, err
		}
		ready, watch = time.Now(), lab.StartStopwatch()
	}
	if err := r.complete(ctx); err != nil {
		return 0, 0, err
	}
	took, waited = time.Since(ready).Round(time.Millisecond), watch.Waited()
	after, err := r.node.VTY(ctx, "bgpd", "show running-config")
	if err == nil && after != before {
		err = fmt.Errorf("bgpd runs\n%s\nand ran\n%s", after, before)
	}
	return took, waited, err
}

// Neighbors that are nobody's business while another is dialed again.
var (
	hangsUp   = netip.MustParseAddr("192.0.2.61") // accepts and hangs up: dialed again
	isShut    = netip.MustParseAddr("192.0.2.62")
	isPassive = netip.MustParseAddr("192.0.2.63") // the node is
	isHeld    = netip.MustParseAddr("192.0.2.64") // BFD says that it is down
	answers   = netip.MustParseAddr("192.0.2.65") // accepts, and takes its time for an OPEN
	dialsIn   = netip.MustParseAddr("192.0.2.66") // does not listen, and dials the node
)

// withBystanders adds them to a text.
func withBystanders(text string) string {
	all := []netip.Addr{hangsUp, isShut, isPassive, isHeld, answers, dialsIn}
	var session, family strings.Builder
	for _, addr := range all {
		fmt.Fprintf(&session, " neighbor %v remote-as %v\n", addr, routerASN)
		fmt.Fprintf(&family, "  neighbor %v activate\n", addr)
	}
	fmt.Fprintf(&session, " neighbor %v shutdown\n neighbor %v passive\n neighbor %v bfd\n", isShut, isPassive, isHeld)
	const opener = " address-family ipv4 unicast\n"
	return strings.Replace(text, opener, session.String()+opener+family.String(), 1)
}

// TestOthersAreLeftAloneWhileARouterIsDialedAgain counts who is dialed, and lets a session come up slowly to a router
// that dials by itself.
func TestOthersAreLeftAloneWhileARouterIsDialedAgain(t *testing.T) {
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		ctx := t.Context()
		r := newLateRig(t, v, lateKinds[0])
		host := labtest.Must(r.lab.NewHost(ctx, lab.HostOptions{Name: "bystanders", Networks: []lab.Attachment{{Network: r.network, Addr4: hangsUp}}}))(t)
		dials := map[netip.Addr]*atomic.Int32{}
		for _, addr := range []netip.Addr{hangsUp, isShut, isPassive, isHeld, answers, dialsIn} {
			if addr != hangsUp {
				if err := host.AddAddress(r.network, addr); err != nil {
					t.Fatal(err)
				}
			}
			if addr != dialsIn {
				dials[addr] = &atomic.Int32{}
				countDials(t, host, addr, dials[addr], addr == answers)
			}
		}
		if _, _, err := r.dir().Publish([]byte(withBystanders(string(lateState(false).text(t))))); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(r.node.StartReloader(), r.applied(ctx, 0)); err != nil {
			t.Fatalf("%v\n%s", err, r.lab.Tails(20))
		}
		again := func(n int32) func() error {
			return func() error {
				if got := dials[hangsUp].Load(); got < n {
					return fmt.Errorf("%v was dialed %d times, and is to be dialed %d times", hangsUp, got, n)
				}
				return nil
			}
		}
		if err := lab.Eventually(ctx, patience, again(3)); err != nil {
			t.Fatalf("%v\n%s", err, r.lab.Tails(20))
		}
		began := dials[hangsUp].Load()
		if err := slowSession(ctx, host); err != nil {
			t.Errorf("the session that %v dialed: %v", dialsIn, err)
		}
		if meanwhile := dials[hangsUp].Load() - began; meanwhile < 3 {
			t.Errorf("%v was dialed %d times meanwhile, want 3 or more", hangsUp, meanwhile)
		}
		want := map[netip.Addr]int32{isShut: 0, isPassive: 0, isHeld: 1, answers: 1}
		for addr, n := range want {
			if got := dials[addr].Load(); got != n {
				t.Errorf("%v was dialed %d times, want %d", addr, got, n)
			}
		}
	})
}

// countDials listens at an address, counts who comes and hangs up, or keeps the connection and says nothing.
func countDials(t *testing.T, host *lab.Host, addr netip.Addr, dials *atomic.Int32, keep bool) {
	t.Helper()
	var listener net.Listener
	err := host.Do(func() (err error) {
		listener, err = net.Listen("tcp4", net.JoinHostPort(addr.String(), "179"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var kept []net.Conn
	var done sync.WaitGroup
	done.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			dials.Add(1)
			if keep {
				kept = append(kept, conn)
			} else {
				_ = conn.Close()
			}
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		done.Wait()
		for _, conn := range kept {
			_ = conn.Close()
		}
	})
}

// slowSession dials the node as a router does that takes its time, and keeps the session for a while.
func slowSession(ctx context.Context, host *lab.Host) error {
	const step = 1500 * time.Millisecond // longer than the node takes from one dial to the next
	var conn net.Conn
	err := host.Do(func() (err error) {
		dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(dialsIn, 0)), Timeout: patience}
		conn, err = dialer.DialContext(ctx, "tcp4", net.JoinHostPort(node4.String(), "179"))
		return err
	})
	if err != nil {
		return err
	}
	defer conn.Close()
	// OPEN and KEEPALIVE (RFC 4271, sections 4.2 and 4.4).
	open := []byte{4, byte(routerASN >> 8), byte(routerASN & 0xff), 0, 90, 192, 0, 2, 66, 0}
	for _, message := range [][]byte{bgpMessage(1, open), bgpMessage(4, nil)} {
		pause(ctx, step)
		if _, err := conn.Write(message); err != nil {
			return err
		}
	}
	return hears(conn)
}

// hears reads messages until there was an UPDATE, and goes on for a while to see that the session stays.
func hears(conn net.Conn) error {
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	heard := map[byte]int{} // messages by type
	for {
		header := make([]byte, 19)
		_, err := io.ReadFull(conn, header)
		if errors.Is(err, os.ErrDeadlineExceeded) && heard[2] > 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("after messages %v: %w", heard, err)
		}
		body := make([]byte, int(binary.BigEndian.Uint16(header[16:]))-len(header))
		if _, err := io.ReadFull(conn, body); err != nil {
			return err
		}
		heard[header[18]]++
		switch {
		case header[18] == 3:
			return fmt.Errorf("notification %v after messages %v", body, heard)
		case header[18] == 2 && heard[2] == 1:
			if err := conn.SetReadDeadline(time.Now().Add(3 * time.Second)); err != nil {
				return err
			}
		}
	}
}

// bgpMessage puts the header before the body of a message.
func bgpMessage(kind byte, body []byte) []byte {
	message := bytes.Repeat([]byte{0xff}, 16)
	message = binary.BigEndian.AppendUint16(message, uint16(19+len(body)))
	return append(append(message, kind), body...)
}
