package rawsock

import (
	"encoding/binary"
	"fmt"
	"slices"
	"syscall"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"frr-speaker/internal/l2"
)

// events are what the kernel says about links and IPv6 addresses (rtnetlink(7)).
type events struct {
	socket *nl.NetlinkSocket
	more   []l2.LinkEvent
}

// eventBuffer is what the socket may hold, in octets: pods bring links in swarms.
const eventBuffer = 1 << 20

// Watch subscribes to changes of links and of IPv6 addresses.
func (Network) Watch() (l2.LinkEvents, error) {
	socket, err := nl.Subscribe(unix.NETLINK_ROUTE, unix.RTNLGRP_LINK, unix.RTNLGRP_IPV6_IFADDR)
	if err != nil {
		return nil, fmt.Errorf("watch links: %w", err)
	}
	if socket.SetReceiveBufferSize(eventBuffer, true) != nil {
		_ = socket.SetReceiveBufferSize(eventBuffer, false) // it is smaller then, and overflows sooner
	}
	return &events{socket: socket}, nil
}

// Next waits for the next change. That the buffer has overflowed is an error.
func (e *events) Next() (l2.LinkEvent, error) {
	for len(e.more) == 0 {
		messages, _, err := e.socket.Receive()
		if err != nil {
			return l2.LinkEvent{}, fmt.Errorf("watch links: %w", err)
		}
		for _, m := range messages {
			e.more = append(e.more, l2.LinkEvent{Again: againIn(m)})
		}
		e.more = slices.Compact(e.more)
	}
	event := e.more[0]
	e.more = e.more[1:]
	return event, nil
}

// Close ends Next.
func (e *events) Close() error {
	e.socket.Close()
	return nil
}

// Values of IFLA_EVENT (linux/if_link.h).
const (
	eventBondingFailover = 3
	eventNotifyPeers     = 4
)

// againIn is the index of the link whose neighbors must be told anew where
// addresses are, after what the message says; 0 if none must.
func againIn(m syscall.NetlinkMessage) int {
	if m.Header.Type != unix.RTM_NEWLINK || len(m.Data) < unix.SizeofIfInfomsg {
		return 0
	}
	info := nl.DeserializeIfInfomsg(m.Data)
	if info.Flags&unix.IFF_RUNNING == 0 {
		return int(info.Index)
	}
	attributes, err := nl.ParseRouteAttr(m.Data[unix.SizeofIfInfomsg:])
	if err != nil {
		return 0
	}
	for _, a := range attributes {
		if a.Attr.Type == unix.IFLA_EVENT && len(a.Value) == 4 {
			switch binary.NativeEndian.Uint32(a.Value) {
			case eventBondingFailover, eventNotifyPeers:
				return int(info.Index)
			}
		}
	}
	return 0
}
