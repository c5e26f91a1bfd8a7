package rawsock

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"github.com/mdlayher/packet"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"frr-speaker/internal/l2"
)

// receiveBuffer is what a socket may hold, in octets: a burst of some thousand requests.
const receiveBuffer = 4 << 20

// socket is a packet socket (packet(7)) for one protocol on one link.
type socket struct {
	protocol l2.Protocol
	conn     *packet.Conn
	raw      syscall.RawConn
	groups   groups
}

// Listen opens a socket. It receives nothing until it is told what matters.
func (Network) Listen(link l2.Link, p l2.Protocol) (l2.Socket, error) {
	s, err := listen(link, p)
	if err != nil {
		return nil, fmt.Errorf("open %v socket on %s: %w", p, link.Name, err)
	}
	return s, nil
}

func listen(link l2.Link, p l2.Protocol) (*socket, error) {
	etherType := unix.ETH_P_ARP
	if p == l2.NDP {
		etherType = unix.ETH_P_IPV6
	}
	nothing, err := bpf.Assemble(filterOf(p, nil))
	if err != nil {
		return nil, err
	}
	// The filter is in place before the socket is bound, so that nothing slips in.
	device := &net.Interface{Index: link.Index, HardwareAddr: link.MAC[:]}
	var conn *packet.Conn
	err = withNetRaw(func() (err error) {
		conn, err = packet.Listen(device, packet.Raw, etherType, &packet.Config{Filter: nothing})
		return err
	})
	if err != nil {
		return nil, err
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	s := &socket{protocol: p, conn: conn, raw: raw, groups: groups{link: link.Index}}
	return s, s.enlarge()
}

// enlarge asks for a large receive buffer: by force, which needs CAP_NET_ADMIN, or
// as far as net.core.rmem_max goes.
func (s *socket) enlarge() error {
	var err error
	control := s.raw.Control(func(fd uintptr) {
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
			err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
		}
	})
	return errors.Join(control, err)
}

// Want replaces the filter, and joins and leaves groups. New groups are joined
// first: who asks then is waited for.
func (s *socket) Want(addrs []netip.Addr) error {
	program, err := bpf.Assemble(filterOf(s.protocol, addrs))
	if err != nil {
		return fmt.Errorf("assemble filter: %w", err)
	}
	if err := s.conn.SetBPF(program); err != nil {
		return fmt.Errorf("set filter: %w", err)
	}
	if s.protocol == l2.NDP {
		return s.groups.set(addrs)
	}
	return nil
}

// Receive waits for a frame.
func (s *socket) Receive(buffer []byte) (int, error) {
	n, _, err := s.conn.ReadFrom(buffer)
	return n, err
}

// Send sends a frame without waiting.
func (s *socket) Send(frame []byte) error {
	var err error
	control := s.raw.Write(func(fd uintptr) bool {
		err = unix.Send(int(fd), frame, unix.MSG_DONTWAIT)
		return true // done, whatever came of it
	})
	switch {
	case control != nil:
		return control
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.ENOBUFS), errors.Is(err, unix.EINTR):
		return l2.ErrBusy
	case err != nil:
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// Close ends Receive and leaves all groups.
func (s *socket) Close() error { return errors.Join(s.conn.Close(), s.groups.close()) }
