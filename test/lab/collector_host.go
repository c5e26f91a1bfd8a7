package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"

	"frr-speaker/test/lab/collector"
)

// Collector is a host on which this process itself speaks BGP and records all it hears.
type Collector struct {
	*Host
	*collector.Collector
	listeners []net.Listener
	cancel    context.CancelFunc
	done      chan error
}

// CollectorOptions describe a collector.
type CollectorOptions struct {
	HostOptions
	collector.Options // RouterID by default the host's IPv4 address

	Port      uint16                // it listens on; default 179
	MorePorts []uint16              // it listens on as well
	Passwords map[netip.Addr]string // TCP MD5 by neighbor (RFC 2385)
}

// StartCollector makes a host and a collector that listens on all its addresses.
func (l *Lab) StartCollector(ctx context.Context, o CollectorOptions) (*Collector, error) {
	host, err := l.NewHost(ctx, o.HostOptions)
	if err != nil {
		return nil, err
	}
	if !o.RouterID.IsValid() {
		o.RouterID = host.Addr4()
	}
	if o.Log == nil {
		o.Log = l.log.With("host", host.name)
	}
	inner, err := collector.New(o.Options)
	if err != nil {
		return nil, err
	}
	listeners, err := host.listenBGP(ctx, append([]uint16{cmp.Or(o.Port, 179)}, o.MorePorts...))
	if err != nil {
		return nil, fmt.Errorf("start collector %s: %w", host.name, err)
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &Collector{Host: host, Collector: inner, listeners: listeners, cancel: cancel, done: make(chan error, 1)}
	for neighbor, password := range o.Passwords {
		if err := c.SetPassword(neighbor, password); err != nil {
			cancel()
			return nil, err
		}
	}
	go func() { c.done <- inner.Run(running, listeners...) }()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.collectors = append(l.collectors, c)
	return c, nil
}

// Close ends the collector's sessions. The lab's Close does it too.
func (c *Collector) Close() error {
	c.cancel()
	err := <-c.done
	c.done <- err // for who closes again
	if err != nil {
		return fmt.Errorf("collector %s: %w", c.name, err)
	}
	return nil
}

// SetPassword sets the TCP MD5 key of a neighbor's next connection; "" for none.
func (c *Collector) SetPassword(neighbor netip.Addr, password string) error {
	for _, l := range c.listeners {
		if err := setPassword(l, neighbor, password); err != nil {
			return fmt.Errorf("collector %s: set password for %v: %w", c.name, neighbor, err)
		}
	}
	return nil
}

// listenBGP opens one socket per family and port in the host's network namespace.
func (h *Host) listenBGP(ctx context.Context, ports []uint16) ([]net.Listener, error) {
	var listeners []net.Listener
	err := h.Do(func() error {
		for _, port := range ports {
			for _, network := range []string{"tcp4", "tcp6"} {
				var config net.ListenConfig
				config.SetMultipathTCP(false) // it knows no TCP MD5
				l, err := config.Listen(ctx, network, fmt.Sprintf(":%d", port))
				if err != nil {
					return err
				}
				listeners = append(listeners, l)
			}
		}
		return nil
	})
	if err != nil {
		for _, l := range listeners {
			err = errors.Join(err, l.Close())
		}
		return nil, err
	}
	return listeners, nil
}

// setPassword gives a listening socket the key of a neighbor, if it is of its family.
func setPassword(l net.Listener, neighbor netip.Addr, password string) error {
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return fmt.Errorf("listener of type %T", l)
	}
	local, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil || local.Addr().Is4() != neighbor.Is4() {
		return err
	}
	sig := unix.TCPMD5Sig{Keylen: uint16(len(password))}
	if copy(sig.Key[:], password) < len(password) {
		return fmt.Errorf("it is longer than %d bytes", len(sig.Key))
	}
	// A sockaddr: the family, then port (0), then the address where its family has it.
	sig.Addr.Family = unix.AF_INET
	at := 2
	if neighbor.Is6() {
		sig.Addr.Family, at = unix.AF_INET6, 6
	}
	for i, b := range neighbor.AsSlice() {
		sig.Addr.Data[at+i] = b
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return err
	}
	var refused error
	err = raw.Control(func(fd uintptr) {
		refused = unix.SetsockoptTCPMD5Sig(int(fd), unix.IPPROTO_TCP, unix.TCP_MD5SIG, &sig)
	})
	if password == "" && errors.Is(refused, unix.ENOENT) {
		refused = nil // there was none
	}
	return errors.Join(err, refused)
}
