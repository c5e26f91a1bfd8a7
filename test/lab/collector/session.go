package collector

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	packet "github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"frr-speaker/internal/bgp"
)

const (
	// openHold bounds the wait for an OPEN (RFC 4271, section 8.2.2: a large value, 4 minutes
	// suggested; a test has no such time).
	openHold = 30 * time.Second
	// asTrans stands for an AS number that needs four octets (RFC 6793, section 9).
	asTrans = 23456
	// cease and administrativeShutdown are RFC 4486, section 4.
	cease, administrativeShutdown = 6, 2
	// holdExpired is RFC 4271, section 4.5.
	holdExpired = 4
)

// session is one connection with a neighbor.
type session struct {
	collector *Collector
	conn      net.Conn
	neighbor  netip.Addr
	done      chan struct{} // closed when all is recorded

	writing sync.Mutex // guards writes to conn

	hold    time.Duration       // negotiated; 0: none
	carried []bgp.Family        // negotiated (RFC 4760, section 8)
	restart time.Duration       // how long its routes outlive it
	kept    map[bgp.Family]bool // those it can keep forwarding over a restart
}

// run speaks BGP until the session ends, and says why.
func (s *session) run(ctx context.Context) string {
	defer s.conn.Close()
	stop := context.AfterFunc(ctx, func() {
		s.notify(cease, administrativeShutdown)
		s.conn.Close()
	})
	defer stop()
	in := bufio.NewReaderSize(s.conn, 1<<18)
	if err := s.open(in); err != nil {
		return err.Error()
	}
	quit := make(chan struct{})
	var keepalives sync.WaitGroup
	keepalives.Go(func() { s.sendKeepalives(quit) })
	s.collector.record.add(Event{Time: time.Now(), Neighbor: s.neighbor, Kind: Up, Families: s.carried})
	err := s.receive(in)
	s.conn.Close()
	close(quit)
	keepalives.Wait()
	s.down(ctx, err)
	return err.Error()
}

// open exchanges OPEN and KEEPALIVE messages (RFC 4271, section 8.2.2).
func (s *session) open(in *bufio.Reader) error {
	s.conn.SetReadDeadline(time.Now().Add(openHold))
	theirs, err := readMessage(in)
	if err != nil {
		return fmt.Errorf("read OPEN: %w", err)
	}
	open, ok := theirs.Body.(*packet.BGPOpen)
	if !ok {
		return fmt.Errorf("read OPEN: message of type %d", theirs.Header.Type)
	}
	s.negotiate(open)
	if err := s.write(s.collector.openMessage()); err != nil {
		return fmt.Errorf("send OPEN: %w", err)
	}
	if err := s.write(packet.NewBGPKeepAliveMessage()); err != nil {
		return fmt.Errorf("send KEEPALIVE: %w", err)
	}
	answer, err := readMessage(in)
	if err != nil {
		return fmt.Errorf("read KEEPALIVE: %w", err)
	}
	if n, ok := answer.Body.(*packet.BGPNotification); ok {
		return notified(n)
	}
	if answer.Header.Type != packet.BGP_MSG_KEEPALIVE {
		return fmt.Errorf("read KEEPALIVE: message of type %d", answer.Header.Type)
	}
	return s.sendEndOfRIB()
}

// sendEndOfRIB says that the collector has no routes: a restarted neighbor
// announces none before it knows (RFC 4724, section 4.1).
func (s *session) sendEndOfRIB() error {
	for _, f := range s.carried {
		if err := s.write(packet.NewEndOfRib(routeFamily(f))); err != nil {
			return fmt.Errorf("send End-of-RIB: %w", err)
		}
	}
	return nil
}

// negotiate takes what matters from the neighbor's OPEN: the smaller hold time
// (RFC 4271, section 4.2), the families of both, and graceful restart if both
// have it (RFC 4724).
func (s *session) negotiate(open *packet.BGPOpen) {
	s.hold = min(s.collector.options.Hold, time.Duration(open.HoldTime)*time.Second)
	s.kept = map[bgp.Family]bool{}
	for _, parameter := range open.OptParams {
		capabilities, ok := parameter.(*packet.OptionParameterCapability)
		if !ok {
			continue
		}
		for _, c := range capabilities.Capability {
			switch c := c.(type) {
			case *packet.CapMultiProtocol:
				s.carry(c.CapValue)
			case *packet.CapGracefulRestart:
				s.restartable(c)
			}
		}
	}
}

func (s *session) carry(rf packet.RouteFamily) {
	f, ok := familyOf(packet.RouteFamilyToAfiSafi(rf))
	if ok && slices.Contains(s.collector.options.Families, f) {
		s.carried = append(s.carried, f)
	}
}

func (s *session) restartable(c *packet.CapGracefulRestart) {
	if s.collector.options.Restart == 0 {
		return
	}
	s.restart = time.Duration(c.Time) * time.Second
	for _, t := range c.Tuples {
		if f, ok := familyOf(t.AFI, t.SAFI); ok {
			s.kept[f] = true
		}
	}
}

// openMessage is the collector's OPEN.
func (c *Collector) openMessage() *packet.BGPMessage {
	asn := c.ASN()
	capabilities := []packet.ParameterCapabilityInterface{
		packet.NewCapRouteRefresh(),
		packet.NewCapFourOctetASNumber(uint32(asn)),
	}
	var tuples []*packet.CapGracefulRestartTuple
	for _, f := range c.options.Families {
		capabilities = append(capabilities, packet.NewCapMultiProtocol(routeFamily(f)))
		tuples = append(tuples, packet.NewCapGracefulRestartTuple(routeFamily(f), true))
	}
	switch seconds := uint16(c.options.Restart / time.Second); {
	case seconds != 0:
		capabilities = append(capabilities, packet.NewCapGracefulRestart(false, false, seconds, tuples))
	case c.options.EndOfRIB:
		capabilities = append(capabilities, packet.NewCapGracefulRestart(false, false, 0, nil))
	}
	as := uint16(asTrans)
	if asn <= 0xFFFF {
		as = uint16(asn)
	}
	return packet.NewBGPOpenMessage(as, uint16(c.options.Hold/time.Second), c.options.RouterID.String(),
		[]packet.OptionParameterInterface{packet.NewOptionParameterCapability(capabilities)})
}

// receive records messages until the session ends; the error says why.
func (s *session) receive(in *bufio.Reader) error {
	for {
		var deadline time.Time
		if s.hold > 0 {
			deadline = time.Now().Add(s.hold)
		}
		s.conn.SetReadDeadline(deadline)
		message, err := readMessage(in)
		now := time.Now()
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			s.notify(holdExpired, 0)
			return errors.New("hold timer expired")
		}
		if err != nil {
			return err
		}
		switch body := message.Body.(type) {
		case *packet.BGPUpdate:
			if err := s.update(now, body); err != nil {
				return err
			}
		case *packet.BGPNotification:
			return notified(body)
		}
	}
}

func (s *session) update(now time.Time, u *packet.BGPUpdate) error {
	if end, rf := u.IsEndOfRib(); end {
		f, ok := familyOf(packet.RouteFamilyToAfiSafi(rf))
		if !ok {
			return nil
		}
		s.collector.record.add(Event{Time: now, Neighbor: s.neighbor, Kind: EndOfRIB, Family: f})
		s.collector.record.dropStale(s.neighbor, now, "not announced again after a restart",
			func(g bgp.Family) bool { return f == g })
		return nil
	}
	events, err := decode(u)
	if err != nil {
		return fmt.Errorf("decode UPDATE: %w", err)
	}
	for i := range events {
		events[i].Time, events[i].Neighbor = now, s.neighbor
	}
	s.collector.record.add(events...)
	return nil
}

// down records the end of the session. After a graceful one the routes stay until
// the neighbor's End-of-RIB, or until its restart time is over.
func (s *session) down(ctx context.Context, cause error) {
	var byNotification notification
	graceful := s.restart > 0 && !errors.As(cause, &byNotification) && ctx.Err() == nil
	s.collector.record.down(s.neighbor, time.Now(), cause.Error(), func(f bgp.Family) bool {
		return graceful && s.kept[f]
	})
	if !graceful {
		return
	}
	s.collector.expireLater(ctx, s.neighbor, s.restart)
}

// expireLater drops a neighbor's stale routes when it has not come back in time (RFC 4724, section 4.2).
func (c *Collector) expireLater(ctx context.Context, neighbor netip.Addr, restart time.Duration) {
	mark := c.Mark()
	timer := time.AfterFunc(restart, func() {
		for _, e := range c.Events(mark) {
			if e.Neighbor == neighbor && e.Kind == Up {
				return
			}
		}
		c.record.dropStale(neighbor, time.Now(), "restart time expired", func(bgp.Family) bool { return true })
	})
	context.AfterFunc(ctx, func() { timer.Stop() })
}

func (s *session) sendKeepalives(quit <-chan struct{}) {
	if s.hold == 0 {
		return
	}
	tick := time.NewTicker(s.hold / 3) // RFC 4271, section 4.4
	defer tick.Stop()
	for {
		select {
		case <-quit:
			return
		case <-tick.C:
			if err := s.write(packet.NewBGPKeepAliveMessage()); err != nil {
				s.conn.Close() // the reader reports it
				return
			}
		}
	}
}

func (s *session) notify(code, subcode uint8) {
	s.conn.SetWriteDeadline(time.Now().Add(time.Second))
	if err := s.write(packet.NewBGPNotificationMessage(code, subcode, nil)); err != nil {
		s.collector.log.Debug("notification not sent", "peer", s.neighbor, "error", err)
	}
}

func (s *session) write(m *packet.BGPMessage) error {
	b, err := m.Serialize()
	if err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	_, err = s.conn.Write(b)
	return err
}

// notification is a session's end by a NOTIFICATION message.
type notification struct{ code, subcode uint8 }

func (n notification) Error() string {
	return fmt.Sprintf("notification received: code %d, subcode %d (RFC 4271, section 4.5)", n.code, n.subcode)
}

func notified(n *packet.BGPNotification) error { return notification{n.ErrorCode, n.ErrorSubcode} }

// readMessage reads one message (RFC 4271, section 4.1).
func readMessage(in io.Reader) (*packet.BGPMessage, error) {
	var header [packet.BGP_HEADER_LENGTH]byte
	if _, err := io.ReadFull(in, header[:]); err != nil {
		return nil, err
	}
	length := int(binary.BigEndian.Uint16(header[16:18]))
	if length < len(header) {
		return nil, fmt.Errorf("message of length %d", length)
	}
	message := make([]byte, length)
	copy(message, header[:])
	if _, err := io.ReadFull(in, message[len(header):]); err != nil {
		return nil, err
	}
	return packet.ParseBGPMessage(message)
}
