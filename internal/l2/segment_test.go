package l2

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"
)

// segment is an Ethernet segment of the imagination: what one socket sends, all
// others of its protocol on the segment receive, if the frame is for them.
type segment struct {
	mu      sync.Mutex
	ports   []*fakeSocket
	trace   []sentFrame
	began   time.Time
	busyFor int // so many frames are refused first
}

// sentFrame is a frame that a socket sent.
type sentFrame struct {
	At    time.Duration // since the segment was made
	From  string        // the node
	Frame []byte
}

func newSegment() *segment { return &segment{began: time.Now()} }

func (s *segment) send(from *fakeSocket, frame []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busyFor > 0 {
		s.busyFor--
		return ErrBusy
	}
	s.trace = append(s.trace, sentFrame{time.Since(s.began), from.node.name, slices.Clone(frame)})
	destination := MAC(frame[:6])
	for _, p := range s.ports {
		if p != from && p.protocol == from.protocol && (!destination.unicast() || destination == p.mac()) {
			select {
			case p.in <- slices.Clone(frame):
			default:
			}
		}
	}
	return nil
}

// frames are those that a node sent since a moment.
func (s *segment) frames(node string, since time.Duration) []sentFrame {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []sentFrame
	for _, f := range s.trace {
		if f.From == node && f.At >= since {
			out = append(out, f)
		}
	}
	return out
}

func (s *segment) now() time.Duration { return time.Since(s.began) }

// fakeNode is the network of a node all of whose links are on one segment.
type fakeNode struct {
	name    string
	segment *segment

	mu      sync.Mutex
	links   []Link
	problem error            // of Links
	refuse  map[string]error // of Listen, by link
	refused int              // Listen calls that were refused
	events  []*fakeEvents
	sockets []*fakeSocket
}

func (s *segment) node(name string, links ...Link) *fakeNode {
	return &fakeNode{name: name, segment: s, links: links, refuse: map[string]error{}}
}

func (n *fakeNode) Links() ([]Link, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.links), n.problem
}

// set replaces the links and says so.
func (n *fakeNode) set(links ...Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.links = links
	n.say(LinkEvent{})
}

// say passes an event on; the caller holds mu.
func (n *fakeNode) say(e LinkEvent) {
	for _, stream := range n.events {
		select {
		case stream.in <- e:
		case <-stream.closed:
		}
	}
}

type fakeEvents struct {
	in     chan LinkEvent
	closed chan struct{}
}

var errClosed = errors.New("closed")

func (n *fakeNode) Watch() (LinkEvents, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	e := &fakeEvents{in: make(chan LinkEvent, 100), closed: make(chan struct{})}
	n.events = append(n.events, e)
	return e, nil
}

func (e *fakeEvents) Next() (LinkEvent, error) {
	select {
	case event := <-e.in:
		return event, nil
	case <-e.closed:
		return LinkEvent{}, errClosed
	}
}

func (e *fakeEvents) Close() error { close(e.closed); return nil }

// fakeSocket is a socket on one link.
type fakeSocket struct {
	node     *fakeNode
	link     int
	protocol Protocol
	in       chan []byte
	closed   chan struct{}
	once     sync.Once
	fail     chan error

	mu   sync.Mutex
	want []netip.Addr
}

func (n *fakeNode) Listen(link Link, p Protocol) (Socket, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.refuse[link.Name]; err != nil {
		n.refused++
		return nil, err
	}
	s := &fakeSocket{
		node: n, link: link.Index, protocol: p,
		in: make(chan []byte, 10_000), closed: make(chan struct{}), fail: make(chan error, 1),
	}
	n.sockets = append(n.sockets, s)
	n.segment.mu.Lock()
	defer n.segment.mu.Unlock()
	n.segment.ports = append(n.segment.ports, s)
	return s, nil
}

// first is the socket that was opened first.
func (n *fakeNode) first() *fakeSocket {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sockets[0]
}

// refusals are how often a socket was refused.
func (n *fakeNode) refusals() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.refused
}

// open are the sockets that are open, as link name and protocol.
func (n *fakeNode) open() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []string
	for _, s := range n.sockets {
		select {
		case <-s.closed:
		default:
			out = append(out, s.name()+"/"+s.protocol.String())
		}
	}
	slices.Sort(out)
	return out
}

// name is the link's now; the caller holds node.mu.
func (s *fakeSocket) name() string {
	for _, l := range s.node.links {
		if l.Index == s.link {
			return l.Name
		}
	}
	return "gone"
}

func (s *fakeSocket) mac() MAC {
	s.node.mu.Lock()
	defer s.node.mu.Unlock()
	for _, l := range s.node.links {
		if l.Index == s.link {
			return l.MAC
		}
	}
	return MAC{}
}

func (s *fakeSocket) Want(addrs []netip.Addr) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.want = slices.Clone(addrs)
	return nil
}

func (s *fakeSocket) Receive(buffer []byte) (int, error) {
	select {
	case frame := <-s.in:
		return copy(buffer, frame), nil
	case err := <-s.fail:
		return 0, err
	case <-s.closed:
		return 0, errClosed
	}
}

func (s *fakeSocket) Send(frame []byte) error {
	select {
	case <-s.closed:
		return errClosed
	default:
		return s.node.segment.send(s, frame)
	}
}

func (s *fakeSocket) Close() error {
	s.once.Do(func() {
		close(s.closed)
		s.node.segment.mu.Lock()
		defer s.node.segment.mu.Unlock()
		s.node.segment.ports = slices.DeleteFunc(s.node.segment.ports, func(p *fakeSocket) bool { return p == s })
	})
	return nil
}

// start runs an announcer on a node; stop ends it and waits.
func start(t *testing.T, o Options) (a *Announcer, stop func()) {
	t.Helper()
	a = New(o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	return a, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

// host is another host on the segment: it has its own answer to each frame.
func (s *segment) host(name string, link Link, p Protocol, answer func(frame []byte) []byte) (stop func()) {
	n := s.node(name, link)
	socket, _ := n.Listen(link, p) // it cannot fail
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buffer := make([]byte, maxFrame)
		for {
			size, err := socket.Receive(buffer)
			if err != nil {
				return
			}
			if out := answer(buffer[:size]); out != nil {
				_ = socket.Send(out) // it is being closed
			}
		}
	}()
	return func() {
		_ = socket.Close() // it cannot fail
		<-ended
	}
}

func announce(addrs ...string) []Announcement {
	var out []Announcement
	for _, a := range addrs {
		out = append(out, Announcement{Addr: netip.MustParseAddr(a)})
	}
	return out
}
