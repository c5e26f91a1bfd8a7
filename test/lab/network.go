package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Network is a switch: one broadcast domain with at most one prefix per family.
type Network struct {
	name             string
	lab              *Lab
	bridge           int // link index
	prefix4, prefix6 netip.Prefix
	// guarded by lab.mu
	ports int
	taken []netip.Addr
}

// NetworkOptions describe a network.
type NetworkOptions struct {
	Name string // default "net" and a number
	// Prefix4 and Prefix6 are where its hosts get addresses; with both missing,
	// 10.10.N.0/24 and fd10:10:N::/64.
	Prefix4, Prefix6 netip.Prefix
}

// link is one attachment of a host.
type link struct {
	name    string // in the host
	port    string // its other end, at the switch
	network *Network
	addrs   []netip.Prefix
}

// NewNetwork makes a network.
func (l *Lab) NewNetwork(ctx context.Context, o NetworkOptions) (*Network, error) {
	n, err := l.newNetwork(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("make network %s: %w", o.Name, err)
	}
	return n, nil
}

func (l *Lab) newNetwork(ctx context.Context, o NetworkOptions) (*Network, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errors.New("the lab is closed")
	}
	if l.ports == nil {
		ports, err := l.startHost(ctx, "switch", "")
		if err != nil {
			return nil, err
		}
		l.ports = ports
	}
	number := len(l.networks)
	if o.Name == "" {
		o.Name = fmt.Sprintf("net%d", number)
	}
	if !o.Prefix4.IsValid() && !o.Prefix6.IsValid() {
		o.Prefix4 = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 10, byte(number), 0}), 24)
		o.Prefix6 = netip.MustParsePrefix(fmt.Sprintf("fd10:10:%x::/64", number))
	}
	n := &Network{name: o.Name, lab: l, prefix4: o.Prefix4, prefix6: o.Prefix6}
	handle, err := l.ports.netlink()
	if err != nil {
		return nil, err
	}
	defer handle.Close()
	attrs := netlink.NewLinkAttrs()
	attrs.Name = fmt.Sprintf("br%d", number)
	noSnooping := false // a switch that floods needs no querier for neighbor discovery to work
	bridge := &netlink.Bridge{LinkAttrs: attrs, MulticastSnooping: &noSnooping}
	if err := handle.LinkAdd(bridge); err != nil {
		return nil, fmt.Errorf("add bridge: %w", err)
	}
	if err := handle.LinkSetUp(bridge); err != nil {
		return nil, fmt.Errorf("set bridge up: %w", err)
	}
	n.bridge = bridge.Attrs().Index
	l.networks = append(l.networks, n)
	return n, nil
}

// Name is the network's name.
func (n *Network) Name() string { return n.name }

// Prefix4 is where its hosts get IPv4 addresses; invalid if they get none.
func (n *Network) Prefix4() netip.Prefix { return n.prefix4 }

// Prefix6 is where its hosts get IPv6 addresses; invalid if they get none.
func (n *Network) Prefix6() netip.Prefix { return n.prefix6 }

// Attach gives the host one more link.
func (h *Host) Attach(a Attachment) error {
	if a.Network == nil || a.Network.lab != h.lab {
		return fmt.Errorf("attach %s: the network is not of this lab", h.name)
	}
	if err := h.attach(a); err != nil {
		return fmt.Errorf("attach %s to %s: %w", h.name, a.Network.name, err)
	}
	return nil
}

func (h *Host) attach(a Attachment) error {
	port, addrs, err := a.Network.take(a, h.name)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	added := link{name: fmt.Sprintf("eth%d", len(h.links)), port: port, network: a.Network, addrs: addrs}
	if err := a.Network.connect(h, added); err != nil {
		return err
	}
	handle, err := h.netlink()
	if err != nil {
		return err
	}
	defer handle.Close()
	if err := setUp(handle, added.name, added.addrs); err != nil {
		return err
	}
	h.links = append(h.links, added)
	return nil
}

// take reserves a port and the addresses of one attachment.
func (n *Network) take(a Attachment, host string) (port string, addrs []netip.Prefix, err error) {
	n.lab.mu.Lock()
	defer n.lab.mu.Unlock()
	for _, family := range []struct {
		prefix netip.Prefix
		want   netip.Addr
	}{{n.prefix4, a.Addr4}, {n.prefix6, a.Addr6}} {
		if !family.prefix.IsValid() {
			continue
		}
		addr := family.want
		if !addr.IsValid() {
			addr = n.free(family.prefix)
		}
		if !family.prefix.Contains(addr) || slices.Contains(n.taken, addr) {
			return "", nil, fmt.Errorf("address %v is taken or not in %v", addr, family.prefix)
		}
		n.taken = append(n.taken, addr)
		addrs = append(addrs, netip.PrefixFrom(addr, family.prefix.Bits()))
	}
	n.ports++
	return fmt.Sprintf("%.9s.%d.%d", host, n.bridge, n.ports), addrs, nil // at most 15 characters
}

// free is the first address of a prefix, from .1, that no host has.
func (n *Network) free(prefix netip.Prefix) netip.Addr {
	addr := prefix.Masked().Addr().Next()
	for slices.Contains(n.taken, addr) {
		addr = addr.Next()
	}
	return addr
}

// connect makes the cable between switch and host. It is made in the switch's
// namespace, so that nothing shows up in the machine's own, not even for a moment.
func (n *Network) connect(h *Host, l link) error {
	handle, err := n.lab.ports.netlink()
	if err != nil {
		return err
	}
	defer handle.Close()
	peer, err := netns.GetFromPid(h.PID())
	if err != nil {
		return err
	}
	defer peer.Close()
	attrs := netlink.NewLinkAttrs()
	attrs.Name = l.port
	attrs.MasterIndex = n.bridge
	veth := &netlink.Veth{LinkAttrs: attrs, PeerName: l.name, PeerNamespace: netlink.NsFd(int(peer))}
	if err := handle.LinkAdd(veth); err != nil {
		return fmt.Errorf("add link: %w", err)
	}
	if err := handle.LinkSetUp(veth); err != nil {
		return fmt.Errorf("set port up: %w", err)
	}
	return nil
}

// SetLink plugs the host into a network or, with up false, unplugs it at the
// switch: the host sees its carrier go.
func (h *Host) SetLink(n *Network, up bool) error {
	l, err := h.link(n)
	if err != nil {
		return err
	}
	handle, err := h.lab.ports.netlink()
	if err != nil {
		return err
	}
	defer handle.Close()
	port, err := handle.LinkByName(l.port)
	if err != nil {
		return fmt.Errorf("find port of %s: %w", h.name, err)
	}
	set := handle.LinkSetDown
	if up {
		set = handle.LinkSetUp
	}
	if err := set(port); err != nil {
		return fmt.Errorf("set link of %s: %w", h.name, err)
	}
	return nil
}

// Addr4 is the host's IPv4 address on its first network that has one.
func (h *Host) Addr4() netip.Addr { return h.addr(netip.Addr.Is4) }

// Addr6 is the host's IPv6 address on its first network that has one.
func (h *Host) Addr6() netip.Addr { return h.addr(netip.Addr.Is6) }

// Addrs are the host's addresses on a network, IPv4 first.
func (h *Host) Addrs(n *Network) []netip.Addr {
	l, err := h.link(n)
	if err != nil {
		return nil
	}
	var addrs []netip.Addr
	for _, p := range l.addrs {
		addrs = append(addrs, p.Addr())
	}
	return addrs
}

// LinkName is what the host calls its link to a network: "eth0".
func (h *Host) LinkName(n *Network) string {
	l, err := h.link(n)
	if err != nil {
		return ""
	}
	return l.name
}

// AddAddress gives the host's link to a network one more address. The host dials
// from it only where it is told to.
func (h *Host) AddAddress(n *Network, addr netip.Addr) error {
	l, err := h.link(n)
	if err != nil {
		return err
	}
	handle, err := h.netlink()
	if err != nil {
		return err
	}
	defer handle.Close()
	device, err := handle.LinkByName(l.name)
	if err != nil {
		return fmt.Errorf("find link of %s: %w", h.name, err)
	}
	prefix := n.prefix4
	if addr.Is6() {
		prefix = n.prefix6
	}
	// Deprecated (RFC 4862, section 5.5.4): no choice for what does not name it.
	more := &netlink.Addr{
		IPNet: ipNet(netip.PrefixFrom(addr, prefix.Bits())), Flags: unix.IFA_F_NODAD,
		ValidLft: int(time.Hour / time.Second * 24), PreferedLft: 0,
	}
	if err := handle.AddrReplace(device, more); err != nil {
		return fmt.Errorf("add address %v to %s: %w", addr, h.name, err)
	}
	return nil
}

// AddRoute adds a static route to the host's kernel.
func (h *Host) AddRoute(to netip.Prefix, via netip.Addr) error {
	handle, err := h.netlink()
	if err != nil {
		return err
	}
	defer handle.Close()
	route := &netlink.Route{Dst: ipNet(to), Gw: via.AsSlice()}
	if err := handle.RouteAdd(route); err != nil {
		return fmt.Errorf("add route to %v via %v on %s: %w", to, via, h.name, err)
	}
	return nil
}

func (h *Host) addr(want func(netip.Addr) bool) netip.Addr {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.links {
		for _, p := range l.addrs {
			if want(p.Addr()) {
				return p.Addr()
			}
		}
	}
	return netip.Addr{}
}

func (h *Host) link(n *Network) (link, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.links {
		if l.network == n {
			return l, nil
		}
	}
	return link{}, fmt.Errorf("%s is not attached to %s", h.name, n.name)
}

// netlink opens a handle in the host's network namespace.
func (h *Host) netlink() (*netlink.Handle, error) {
	ns, err := netns.GetFromPid(h.PID())
	if err != nil {
		return nil, fmt.Errorf("open network of %s: %w", h.name, err)
	}
	defer ns.Close()
	handle, err := netlink.NewHandleAt(ns)
	if err != nil {
		return nil, fmt.Errorf("open network of %s: %w", h.name, err)
	}
	return handle, nil
}

func setUp(handle *netlink.Handle, name string, addrs []netip.Prefix) error {
	l, err := handle.LinkByName(name)
	if err != nil {
		return err
	}
	if err := handle.LinkSetUp(l); err != nil {
		return fmt.Errorf("set %s up: %w", name, err)
	}
	for _, a := range addrs {
		if err := handle.AddrReplace(l, &netlink.Addr{IPNet: ipNet(a), Flags: unix.IFA_F_NODAD}); err != nil {
			return fmt.Errorf("add address %v: %w", a, err)
		}
	}
	return nil
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// prepareNetwork sets up a new network namespace; it runs in it. Without
// duplicate address detection IPv6 addresses work at once.
func prepareNetwork() error {
	for _, setting := range []struct{ name, value string }{
		{"net/ipv6/conf/default/accept_dad", "0"},
		{"net/ipv6/conf/all/accept_dad", "0"},
		{"net/ipv6/conf/default/dad_transmits", "0"},
		{"net/ipv6/conf/default/accept_ra", "0"},
		{"net/ipv4/conf/default/rp_filter", "0"},
		{"net/ipv4/conf/all/rp_filter", "0"},
		{"net/ipv4/ip_forward", "1"},
		{"net/ipv6/conf/all/forwarding", "1"},
	} {
		if err := os.WriteFile("/proc/sys/"+setting.name, []byte(setting.value), 0); err != nil {
			return fmt.Errorf("prepare network: %w", err)
		}
	}
	handle, err := netlink.NewHandle()
	if err != nil {
		return fmt.Errorf("prepare network: %w", err)
	}
	defer handle.Close()
	return setUp(handle, "lo", nil)
}
