package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"frr-speaker/internal/bgp"
)

// Options are what the collector says of itself.
type Options struct {
	ASN      bgp.ASN
	RouterID netip.Addr    // IPv4
	Hold     time.Duration // whole seconds; 0: 90 s (RFC 4271, section 10)
	Families []bgp.Family  // default: both
	// Restart is the restart time that it offers, whole seconds: with it, the routes of a
	// neighbor that comes back are kept meanwhile (RFC 4724). 0: no graceful restart.
	Restart time.Duration
	// EndOfRIB asks for an End-of-RIB after the first table, without graceful restart (RFC 4724,
	// section 3). FRR 8 sends none unasked.
	EndOfRIB bool
	Log      *slog.Logger // default: none
}

// Collector accepts sessions from any neighbor with any AS number.
type Collector struct {
	options Options
	log     *slog.Logger
	record  *record

	mu       sync.Mutex // guards the rest
	asn      bgp.ASN
	sessions map[netip.Addr]*session
}

// New makes a collector; Run makes it work.
func New(o Options) (*Collector, error) {
	if o.ASN == 0 || !o.RouterID.Is4() {
		return nil, fmt.Errorf("make collector: ASN %v or router ID %v is missing", o.ASN, o.RouterID)
	}
	if o.Hold == 0 {
		o.Hold = 90 * time.Second
	}
	if len(o.Families) == 0 {
		o.Families = []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Collector{options: o, asn: o.ASN, log: o.Log, record: newRecord(), sessions: map[netip.Addr]*session{}}, nil
}

// ASN is the AS number that the collector has.
func (c *Collector) ASN() bgp.ASN {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asn
}

// SetASN changes the AS number that the collector says it has, from its next
// session on.
func (c *Collector) SetASN(asn bgp.ASN) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asn = asn
}

// Run accepts sessions until ctx ends, and closes the listeners. Sessions end with a
// Cease notification (RFC 4486, administrative shutdown).
func (c *Collector) Run(ctx context.Context, listeners ...net.Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, l := range listeners {
		group.Go(func() error {
			<-ctx.Done()
			return l.Close()
		})
		group.Go(func() error {
			for {
				conn, err := l.Accept()
				switch {
				case err == nil:
					group.Go(func() error { return c.serve(ctx, conn) })
				case errors.Is(err, net.ErrClosed):
					return nil
				default:
					return fmt.Errorf("accept session: %w", err)
				}
			}
		})
	}
	return group.Wait()
}

// serve runs one session to its end; only what goes wrong here, not there, is an error.
func (c *Collector) serve(ctx context.Context, conn net.Conn) error {
	neighbor, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return errors.Join(fmt.Errorf("accept session: %w", err), conn.Close())
	}
	addr := neighbor.Addr().Unmap().WithZone("")
	s := &session{collector: c, conn: conn, neighbor: addr, done: make(chan struct{})}
	defer close(s.done)

	// Who connects again has lost the old connection (RFC 4724, section 4.2).
	c.mu.Lock()
	old := c.sessions[addr]
	c.sessions[addr] = s
	c.mu.Unlock()
	if old != nil {
		old.conn.Close()
		<-old.done
	}
	reason := s.run(ctx)
	c.log.Info("session ended", "peer", addr, "reason", reason)

	c.mu.Lock()
	if c.sessions[addr] == s {
		delete(c.sessions, addr)
	}
	c.mu.Unlock()
	return nil
}

// Reset closes the connection with a neighbor without a notification, as a
// failing host does; the neighbor comes back by itself.
func (c *Collector) Reset(neighbor netip.Addr) error {
	c.mu.Lock()
	s := c.sessions[neighbor]
	c.mu.Unlock()
	if s == nil {
		return fmt.Errorf("reset session: there is none with %v", neighbor)
	}
	return s.conn.Close()
}
