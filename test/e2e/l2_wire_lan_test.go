package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mdlayher/packet"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"frr-speaker/internal/l2"
	"frr-speaker/internal/l2/rawsock"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// hostNetwork is the network of a host of the lab: what opens sockets is done there.
type hostNetwork struct{ host *lab.Host }

func (n hostNetwork) Links() ([]l2.Link, error) {
	var links []l2.Link
	err := n.host.Do(func() (err error) { links, err = rawsock.Network{}.Links(); return err })
	return links, err
}

func (n hostNetwork) Watch() (l2.LinkEvents, error) {
	var events l2.LinkEvents
	err := n.host.Do(func() (err error) { events, err = rawsock.Network{}.Watch(); return err })
	return events, err
}

func (n hostNetwork) Listen(link l2.Link, p l2.Protocol) (l2.Socket, error) {
	var socket l2.Socket
	err := n.host.Do(func() (err error) { socket, err = rawsock.Network{}.Listen(link, p); return err })
	if err != nil {
		return nil, err
	}
	return hostSocket{socket, n.host}, nil
}

type hostSocket struct {
	l2.Socket
	host *lab.Host
}

func (s hostSocket) Want(addrs []netip.Addr) error {
	return s.host.Do(func() error { return s.Socket.Want(addrs) })
}

// lanNode is a node with an announcer, and a server at each of its addresses that
// answers "NAME" to a connection and echoes datagrams.
type lanNode struct {
	*lab.Host
	*l2.Announcer
	registry *prometheus.Registry
	cancel   context.CancelFunc
	ended    chan error
}

// lan is a network with nodes and a client.
type lan struct {
	lab     *lab.Lab
	network *lab.Network
	client  *lab.Host
}

func newLAN(t *testing.T) *lan {
	t.Helper()
	l := labtest.New(t, lab.Options{})
	n := labtest.Network(t.Context(), t, l)
	client := labtest.Must(l.NewHost(t.Context(), lab.HostOptions{Name: "client", Networks: lab.On(n)}))(t)
	return &lan{lab: l, network: n, client: client}
}

// vip is an address of the network that no host has.
func (l *lan) vip4() netip.Addr { return l.number4(200) }
func (l *lan) vip6() netip.Addr { return l.number6(200) }

func (l *lan) number4(n byte) netip.Addr {
	b := l.network.Prefix4().Addr().As4()
	b[3] = n
	return netip.AddrFrom4(b)
}

func (l *lan) number6(n uint16) netip.Addr {
	b := l.network.Prefix6().Addr().As16()
	b[13], b[14], b[15] = 0xa, byte(n>>8), byte(n)
	return netip.AddrFrom16(b)
}

// node makes a node, and starts its announcer.
func (l *lan) node(t *testing.T, name string, o l2.Options) *lanNode {
	t.Helper()
	n := &lanNode{
		Host:     labtest.Must(l.lab.NewHost(t.Context(), lab.HostOptions{Name: name, Networks: lab.On(l.network)}))(t),
		registry: prometheus.NewRegistry(),
		ended:    make(chan error, 1),
	}
	// As a node whose kube-proxy is strict about ARP: the kernel answers for no address of the loopback.
	for _, setting := range []string{"arp_ignore", "arp_announce"} {
		n.sysctl(t, "net/ipv4/conf/all/"+setting, "2")
	}
	o.Network, o.Metrics = hostNetwork{n.Host}, l2.NewMetrics(n.registry)
	n.Announcer = l2.New(o)
	var ctx context.Context
	ctx, n.cancel = context.WithCancel(t.Context())
	go func() { n.ended <- n.Run(ctx) }()
	t.Cleanup(func() {
		n.cancel()
		if err := <-n.ended; err != nil {
			t.Errorf("announcer of %s: %v", name, err)
		}
		n.ended <- nil
	})
	return n
}

func (n *lanNode) sysctl(t *testing.T, name, value string) {
	t.Helper()
	if err := n.Do(func() error { return os.WriteFile("/proc/sys/"+name, []byte(value), 0) }); err != nil {
		t.Fatal(err)
	}
}

// serve gives the node the addresses, as kube-proxy does in one way or another, and
// a server at each.
func (n *lanNode) serve(t *testing.T, addrs ...netip.Addr) {
	t.Helper()
	for _, addr := range addrs {
		err := n.Do(func() error {
			lo, err := netlink.LinkByName("lo")
			if err != nil {
				return err
			}
			whole := &net.IPNet{IP: addr.AsSlice(), Mask: net.CIDRMask(addr.BitLen(), addr.BitLen())}
			if err := netlink.AddrReplace(lo, &netlink.Addr{IPNet: whole, Flags: unix.IFA_F_NODAD}); err != nil {
				return err
			}
			return n.listen(t, netip.AddrPortFrom(addr, 80))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (n *lanNode) listen(t *testing.T, at netip.AddrPort) error {
	listener, err := net.Listen("tcp", at.String())
	if err != nil {
		return err
	}
	echo, err := net.ListenPacket("udp", at.String())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(conn, n.Name())
			conn.Close()
		}
	})
	running.Go(func() {
		buffer := make([]byte, 64)
		for {
			size, from, err := echo.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = echo.WriteTo(buffer[:size], from) // a datagram may be lost; who counts them is elsewhere
		}
	})
	t.Cleanup(func() {
		if err := errors.Join(listener.Close(), echo.Close()); err != nil {
			t.Error(err)
		}
		running.Wait()
	})
	return nil
}

// mac is the hardware address of a host's link.
func mac(t *testing.T, h *lab.Host, name string) l2.MAC {
	t.Helper()
	links, err := hostNetwork{h}.Links()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(links, func(l l2.Link) bool { return l.Name == name })
	if at < 0 {
		t.Fatalf("%s has no link %s", h.Name(), name)
	}
	return links[at].MAC
}

// reach connects to an address and returns who serves it.
func reach(ctx context.Context, from *lab.Host, to netip.Addr) (string, error) {
	var said string
	err := from.Do(func() error {
		dialer := net.Dialer{Timeout: 2 * time.Second}
		conn, err := dialer.DialContext(ctx, "tcp", netip.AddrPortFrom(to, 80).String())
		if err != nil {
			return err
		}
		defer conn.Close()
		buffer := make([]byte, 64)
		size, err := conn.Read(buffer)
		said = string(buffer[:size])
		return err
	})
	return said, err
}

// neighbor is what a host's kernel knows of an address.
func neighbor(h *lab.Host, link string, addr netip.Addr) (l2.MAC, string, error) {
	var found *netlink.Neigh
	err := h.Do(func() error {
		l, err := netlink.LinkByName(link)
		if err != nil {
			return err
		}
		list, err := netlink.NeighList(l.Attrs().Index, netlink.FAMILY_ALL)
		for _, n := range list {
			if got, _ := netip.AddrFromSlice(n.IP); got.Unmap() == addr {
				found = &n
			}
		}
		return err
	})
	if err != nil || found == nil || len(found.HardwareAddr) != 6 {
		return l2.MAC{}, "none", err
	}
	states := map[int]string{netlink.NUD_REACHABLE: "reachable", netlink.NUD_STALE: "stale", netlink.NUD_PROBE: "probe", netlink.NUD_DELAY: "delay", netlink.NUD_FAILED: "failed"}
	return l2.MAC(found.HardwareAddr), states[found.State], nil
}

// expectNeighbor waits until a host's kernel knows an address at a hardware address.
func expectNeighbor(t *testing.T, h *lab.Host, link string, addr netip.Addr, want l2.MAC) {
	t.Helper()
	eventually(t, func() error {
		got, state, err := neighbor(h, link, addr)
		if err == nil && got != want {
			err = fmt.Errorf("%s has %v at %v (%s), want %v", h.Name(), addr, got, state, want)
		}
		return err
	})
}

// capture records all frames that reach or leave a link of a host.
type capture struct {
	conn *packet.Conn
	done chan struct{}

	mu     sync.Mutex // guards frames
	frames []capturedFrame
}

type capturedFrame struct {
	at    time.Time
	frame []byte
}

// String prints the frame in hexadecimal.
func (f capturedFrame) String() string { return fmt.Sprintf("%x", f.frame) }

func startCapture(t *testing.T, h *lab.Host, link string) *capture {
	t.Helper()
	c := &capture{done: make(chan struct{})}
	err := h.Do(func() error {
		device, err := net.InterfaceByName(link)
		if err != nil {
			return err
		}
		c.conn, err = packet.Listen(device, packet.Raw, unix.ETH_P_ALL, nil)
		if err != nil {
			return err
		}
		raw, err := c.conn.SyscallConn()
		if err != nil {
			return err
		}
		return errors.Join(raw.Control(func(fd uintptr) {
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 32<<20) // the lab is root
		}))
	})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.done)
		buffer := make([]byte, 4096)
		for {
			size, _, err := c.conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			frame := capturedFrame{time.Now(), slices.Clone(buffer[:size])}
			c.mu.Lock()
			c.frames = append(c.frames, frame)
			c.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		if err := c.conn.Close(); err != nil {
			t.Error(err)
		}
		<-c.done
	})
	return c
}

// matching are the frames for which a condition holds.
func (c *capture) matching(want func(frame []byte) bool) []capturedFrame {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []capturedFrame
	for _, f := range c.frames {
		if want(f.frame) {
			out = append(out, f)
		}
	}
	return out
}

// count is how many frames are exactly this one.
func (c *capture) count(frame []byte) int {
	return len(c.matching(func(f []byte) bool { return string(f) == string(frame) }))
}

// inject sends a frame from a host's link.
func inject(t *testing.T, h *lab.Host, link string, frames ...[]byte) {
	t.Helper()
	err := h.Do(func() error {
		device, err := net.InterfaceByName(link)
		if err != nil {
			return err
		}
		conn, err := packet.Listen(device, packet.Raw, 0, nil)
		if err != nil {
			return err
		}
		defer conn.Close()
		for _, f := range frames {
			if _, err := conn.WriteTo(f, &packet.Addr{HardwareAddr: f[:6]}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// figure adds up a metric of a node over the labels that hold a text.
func (n *lanNode) figure(t *testing.T, name, label string) float64 {
	t.Helper()
	families, err := n.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var sum float64
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && strings.Contains(fmt.Sprint(m.GetLabel()), label) {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

// answers waits until a node says that it answers for all that it announces.
func (n *lanNode) answers(t *testing.T, count int) {
	t.Helper()
	eventually(t, func() error {
		reports := n.Reports()
		failed := slices.IndexFunc(reports, func(r l2.Report) bool { return len(r.Links) == 0 })
		if len(reports) != count || failed >= 0 {
			return fmt.Errorf("%s reports %+v", n.Name(), reports)
		}
		return nil
	})
}

func announced(addrs ...netip.Addr) []l2.Announcement {
	var out []l2.Announcement
	for _, a := range addrs {
		out = append(out, l2.Announcement{Addr: a})
	}
	return out
}
