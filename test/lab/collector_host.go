package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"frr-speaker/test/lab/collector"
)

// Collector is a host on which this process itself speaks BGP and records all it hears.
type Collector struct {
	*Host
	*collector.Collector
	cancel context.CancelFunc
	done   chan error
}

// CollectorOptions describe a collector.
type CollectorOptions struct {
	HostOptions
	collector.Options // RouterID by default the host's IPv4 address

	Port      uint16                // it listens on; default 179
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
	listeners, err := host.listenBGP(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("start collector %s: %w", host.name, err)
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &Collector{Host: host, Collector: inner, cancel: cancel, done: make(chan error, 1)}
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

// listenBGP opens one socket per family in the host's network namespace.
func (h *Host) listenBGP(ctx context.Context, o CollectorOptions) ([]net.Listener, error) {
	port := "179"
	if o.Port != 0 {
		port = strconv.Itoa(int(o.Port))
	}
	var listeners []net.Listener
	err := h.Do(func() error {
		for _, network := range []string{"tcp4", "tcp6"} {
			config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
				return setPasswords(c, network == "tcp6", o.Passwords)
			}}
			l, err := config.Listen(ctx, network, ":"+port)
			if err != nil {
				return err
			}
			listeners = append(listeners, l)
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

// setPasswords gives a listening socket the keys of the neighbors of its family.
func setPasswords(c syscall.RawConn, six bool, passwords map[netip.Addr]string) error {
	for addr, password := range passwords {
		if addr.Is6() != six {
			continue
		}
		sig := unix.TCPMD5Sig{Keylen: uint16(len(password))}
		if copy(sig.Key[:], password) < len(password) {
			return fmt.Errorf("password for %v is longer than %d bytes", addr, len(sig.Key))
		}
		// A sockaddr: family in host order, port (0), then the address where its family has it.
		sig.Addr.Family = unix.AF_INET
		at := 2
		if six {
			sig.Addr.Family, at = unix.AF_INET6, 6
		}
		for i, b := range addr.AsSlice() {
			sig.Addr.Data[at+i] = b
		}
		var inner error
		err := c.Control(func(fd uintptr) {
			inner = unix.SetsockoptTCPMD5Sig(int(fd), unix.IPPROTO_TCP, unix.TCP_MD5SIG, &sig)
		})
		if err = errors.Join(err, inner); err != nil {
			return fmt.Errorf("set password for %v: %w", addr, err)
		}
	}
	return nil
}
