package rawsock

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"frr-speaker/internal/l2"
)

// Network is the one of the calling thread's network namespace.
type Network struct{}

// skipStats asks for links without their counters, most of each message
// (RTEXT_FILTER_SKIP_STATS, linux/rtnetlink.h).
const skipStats = 1 << 3

// listTries bounds how often a list is begun again that changes while it is read.
const listTries = 3

// Links lists all links with their IPv6 link-local addresses.
func (Network) Links() ([]l2.Link, error) {
	filter := nl.NewRtAttr(unix.IFLA_EXT_MASK, nl.Uint32Attr(skipStats))
	messages, err := dump(unix.RTM_GETLINK, unix.RTM_NEWLINK, nl.NewIfInfomsg(unix.AF_UNSPEC), filter)
	if err != nil {
		err = fmt.Errorf("list links: %w", err)
	}
	local, problem := linkLocals()
	problems := []error{err, problem}
	links := make([]l2.Link, 0, len(messages))
	for _, m := range messages {
		link, err := parseLink(m)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		link.LinkLocal = local[link.Index]
		links = append(links, link)
	}
	return links, errors.Join(problems...)
}

// linkLocals are the link-local addresses that may be used, by index of the link.
func linkLocals() (map[int]netip.Addr, error) {
	messages, err := dump(unix.RTM_GETADDR, unix.RTM_NEWADDR, nl.NewIfInfomsg(unix.AF_INET6))
	if err != nil {
		err = fmt.Errorf("list addresses: %w", err)
	}
	problems := []error{err}
	local := map[int]netip.Addr{}
	for _, m := range messages {
		link, addr, err := parseAddress(m)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if have := local[link]; addr.IsValid() && (!have.IsValid() || addr.Less(have)) {
			local[link] = addr
		}
	}
	return local, errors.Join(problems...)
}

// dump asks the kernel for a list. An interrupted one is asked for anew; in the end
// what there is is returned beside the error.
func dump(request int, answer uint16, data ...nl.NetlinkRequestData) ([][]byte, error) {
	for try := 1; ; try++ {
		r := nl.NewNetlinkRequest(request, unix.NLM_F_DUMP)
		for _, d := range data {
			r.AddData(d)
		}
		messages, err := r.Execute(unix.NETLINK_ROUTE, answer)
		if !errors.Is(err, netlink.ErrDumpInterrupted) || try == listTries {
			return messages, err
		}
	}
}

// parseLink reads one RTM_NEWLINK message (rtnetlink(7)).
func parseLink(message []byte) (l2.Link, error) {
	if len(message) < unix.SizeofIfInfomsg {
		return l2.Link{}, errors.New("read link: the message is too short")
	}
	info := nl.DeserializeIfInfomsg(message)
	link := l2.Link{
		Index:     int(info.Index),
		Ethernet:  info.Type == unix.ARPHRD_ETHER,
		Loopback:  info.Flags&unix.IFF_LOOPBACK != 0,
		Up:        info.Flags&unix.IFF_UP != 0,
		Running:   info.Flags&unix.IFF_RUNNING != 0,
		NoARP:     info.Flags&unix.IFF_NOARP != 0,
		Broadcast: info.Flags&unix.IFF_BROADCAST != 0,
	}
	attributes, err := nl.ParseRouteAttr(message[unix.SizeofIfInfomsg:])
	if err != nil {
		return l2.Link{}, fmt.Errorf("read link %d: %w", link.Index, err)
	}
	for _, a := range attributes {
		switch {
		case a.Attr.Type == unix.IFLA_IFNAME:
			link.Name = strings.TrimRight(string(a.Value), "\x00")
		case a.Attr.Type == unix.IFLA_ADDRESS && link.Ethernet && len(a.Value) == len(link.MAC):
			link.MAC = l2.MAC(a.Value)
		case a.Attr.Type == unix.IFLA_MASTER && len(a.Value) == 4:
			link.Master = int(binary.NativeEndian.Uint32(a.Value))
		}
	}
	return link, nil
}

// unusable are the flags of addresses that duplicate address detection has not let pass.
const unusable = unix.IFA_F_TENTATIVE | unix.IFA_F_DADFAILED

// parseAddress reads one RTM_NEWADDR message. The address is invalid if it is none
// that can be used, or not link-local.
func parseAddress(message []byte) (int, netip.Addr, error) {
	if len(message) < unix.SizeofIfAddrmsg {
		return 0, netip.Addr{}, errors.New("read address: the message is too short")
	}
	info := nl.DeserializeIfAddrmsg(message)
	link, flags := int(info.Index), uint32(info.Flags)
	attributes, err := nl.ParseRouteAttr(message[unix.SizeofIfAddrmsg:])
	if err != nil {
		return 0, netip.Addr{}, fmt.Errorf("read address of link %d: %w", link, err)
	}
	var addr netip.Addr
	for _, a := range attributes {
		switch {
		case a.Attr.Type == unix.IFA_ADDRESS:
			addr, _ = netip.AddrFromSlice(a.Value)
		case a.Attr.Type == unix.IFA_FLAGS && len(a.Value) == 4:
			flags = binary.NativeEndian.Uint32(a.Value)
		}
	}
	// An optimistic address (RFC 4429) may be used although it is tentative.
	if flags&unix.IFA_F_OPTIMISTIC != 0 {
		flags &^= unix.IFA_F_TENTATIVE
	}
	if flags&unusable != 0 || !addr.IsLinkLocalUnicast() {
		return link, netip.Addr{}, nil
	}
	return link, addr, nil
}
