package rawsock

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/mdlayher/ndp"
	"golang.org/x/sys/unix"
)

// groups are the solicited-node groups (RFC 4291, section 2.7.1) that are joined
// on a link. They are joined by IPv6 sockets, not by the packet socket: only so
// does the kernel report them to switches that snoop (RFC 2710, RFC 3810).
type groups struct {
	link    int // index
	members map[netip.Addr]int
	sockets []int // never bound: nothing arrives there
}

// set joins and leaves groups until they are those of the addresses. Addresses
// share a group if their last 24 bits are equal. All that can be joined is.
func (g *groups) set(addrs []netip.Addr) error {
	want := make(map[netip.Addr]bool, len(addrs))
	for _, a := range addrs {
		group, err := ndp.SolicitedNodeMulticast(a)
		if err != nil {
			return err
		}
		want[group] = true
	}
	if g.members == nil {
		g.members = map[netip.Addr]int{}
	}
	var problems []error
	for group := range want {
		if _, member := g.members[group]; !member {
			problems = append(problems, g.join(group))
		}
	}
	for group, fd := range g.members {
		if !want[group] {
			problems = append(problems, g.leave(group, fd))
		}
	}
	return errors.Join(problems...)
}

// join uses the last socket as long as it takes more: how many groups one may join
// depends on net.core.optmem_max.
func (g *groups) join(group netip.Addr) error {
	request := &unix.IPv6Mreq{Multiaddr: group.As16(), Interface: uint32(g.link)}
	if last := len(g.sockets) - 1; last >= 0 {
		err := unix.SetsockoptIPv6Mreq(g.sockets[last], unix.IPPROTO_IPV6, unix.IPV6_JOIN_GROUP, request)
		if err == nil {
			g.members[group] = g.sockets[last]
			return nil
		}
		if !errors.Is(err, unix.ENOMEM) && !errors.Is(err, unix.ENOBUFS) {
			return fmt.Errorf("join %v: %w", group, err)
		}
	}
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("join %v: %w", group, err)
	}
	g.sockets = append(g.sockets, fd)
	if err := unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, unix.IPV6_JOIN_GROUP, request); err != nil {
		return fmt.Errorf("join %v: %w", group, err)
	}
	g.members[group] = fd
	return nil
}

func (g *groups) leave(group netip.Addr, fd int) error {
	delete(g.members, group)
	request := &unix.IPv6Mreq{Multiaddr: group.As16(), Interface: uint32(g.link)}
	if err := unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, unix.IPV6_LEAVE_GROUP, request); err != nil {
		return fmt.Errorf("leave %v: %w", group, err)
	}
	return nil
}

// close leaves all groups.
func (g *groups) close() error {
	var problems []error
	for _, fd := range g.sockets {
		problems = append(problems, unix.Close(fd))
	}
	g.sockets, g.members = nil, nil
	return errors.Join(problems...)
}
