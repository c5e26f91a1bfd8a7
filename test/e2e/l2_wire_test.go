package e2e

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"frr-speaker/internal/l2"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// arp is an ARP packet in its frame, written down by RFC 826.
func arp(destination, source l2.MAC, operation byte, senderMAC l2.MAC, sender netip.Addr, targetMAC l2.MAC, target netip.Addr) []byte {
	return slices.Concat(destination[:], source[:], []byte{0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, operation},
		senderMAC[:], sender.AsSlice(), targetMAC[:], target.AsSlice())
}

var toAll = l2.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// isNA reports whether a frame is a neighbor advertisement of an address.
func isNA(f []byte, addr netip.Addr) bool {
	return len(f) >= 78 && f[12] == 0x86 && f[13] == 0xdd && f[20] == 58 && f[54] == 136 && netip.AddrFrom16([16]byte(f[62:78])) == addr
}

func TestL2ClientsReachTheServerBehindTheAddress(t *testing.T) {
	l := newLAN(t)
	owner, other := l.node(t, "owner", l2.Options{}), l.node(t, "other", l2.Options{})
	owner.serve(t, l.vip4(), l.vip6())
	other.serve(t, l.vip4(), l.vip6())
	seen := startCapture(t, l.client, "eth0")
	owner.Set(announced(l.vip4(), l.vip6()))
	owner.answers(t, 2)
	ownerMAC, clientMAC := mac(t, owner.Host, "eth0"), mac(t, l.client, "eth0")

	for _, to := range []netip.Addr{l.vip4(), l.vip6()} {
		who, err := reach(t.Context(), l.client, to)
		if err != nil || who != "owner" {
			t.Errorf("%v is served by %q, %v; want by owner", to, who, err)
		}
		expectNeighbor(t, l.client, "eth0", to, ownerMAC)
	}

	question := arp(toAll, clientMAC, 1, clientMAC, l.client.Addr4(), l2.MAC{}, l.vip4())
	answer := arp(clientMAC, ownerMAC, 2, ownerMAC, l.vip4(), clientMAC, l.client.Addr4())
	if asked, answered := seen.count(question), seen.count(answer); asked != 1 || answered != 1 {
		t.Errorf("the kernel's question is seen %d times, the answer to it %d times, want each once", asked, answered)
	}
	solicited := seen.matching(func(f []byte) bool { return isNA(f, l.vip6()) && l2.MAC(f[:6]) == clientMAC })
	if len(solicited) != 1 {
		t.Fatalf("%d neighbor advertisements for the client, want 1", len(solicited))
	}
	f := solicited[0].frame
	want := slices.Concat(clientMAC[:], ownerMAC[:], []byte{0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 255}, f[22:54],
		[]byte{136, 0}, f[56:58], []byte{0x60, 0, 0, 0}, l.vip6().AsSlice(), []byte{2, 1}, ownerMAC[:])
	if diff := cmp.Diff(fmt.Sprintf("%x", want), fmt.Sprintf("%x", f)); diff != "" {
		t.Errorf("neighbor advertisement (-want +got):\n%s", diff)
	}
	fromOther := seen.matching(func(f []byte) bool {
		return l2.MAC(f[6:12]) == mac(t, other.Host, "eth0") && (f[13] == 0x06 || isNA(f, l.vip6()))
	})
	if len(fromOther) != 0 {
		t.Errorf("a node that owns nothing has sent %v", fromOther)
	}
}

func TestL2NothingElseIsAnswered(t *testing.T) {
	l := newLAN(t)
	second := labtest.Network(t.Context(), t, l.lab)
	owner := l.node(t, "owner", l2.Options{})
	if err := owner.Attach(lab.Attachment{Network: second}); err != nil {
		t.Fatal(err)
	}
	elsewhere := labtest.Must(l.lab.NewHost(t.Context(), lab.HostOptions{Name: "elsewhere", Networks: lab.On(second)}))(t)
	owner.Set([]l2.Announcement{{Addr: l.vip4(), Links: []string{"eth0"}}, {Addr: l.vip6(), Links: []string{"eth0"}}})
	owner.answers(t, 2)
	ownerMAC, clientMAC := mac(t, owner.Host, "eth0"), mac(t, l.client, "eth0")
	seen, seenElsewhere := startCapture(t, l.client, "eth0"), startCapture(t, elsewhere, "eth0")

	ask := func(h *lab.Host, target netip.Addr) []byte {
		m := mac(t, h, "eth0")
		return arp(toAll, m, 1, m, h.Addr4(), l2.MAC{}, target)
	}
	good := ask(l.client, l.vip4())
	tagged := slices.Concat(good[:12], []byte{0x81, 0, 0, 5}, good[12:])
	priority := slices.Concat(good[:12], []byte{0x81, 0, 0x60, 0}, good[12:])
	malformed := slices.Clone(good)
	malformed[18] = 8 // octets of a hardware address
	inject(t, elsewhere, "eth0", ask(elsewhere, l.vip4()))
	inject(t, l.client, "eth0", ask(l.client, l.number4(201)), tagged, malformed)
	inject(t, l.client, "eth0", nsFrame(clientMAC, l.vip6(), 64), nsFrame(clientMAC, l.number6(201), 255))
	// These come last, and are answered: what was before them has been looked at.
	inject(t, l.client, "eth0", good, priority, nsFrame(clientMAC, l.vip6(), 255))

	answer := arp(clientMAC, ownerMAC, 2, ownerMAC, l.vip4(), clientMAC, l.client.Addr4())
	eventually(t, func() error {
		na := seen.matching(func(f []byte) bool { return isNA(f, l.vip6()) && l2.MAC(f[:6]) == clientMAC })
		if seen.count(answer) != 2 || len(na) != 1 {
			return fmt.Errorf("%d ARP replies, want 2; %d neighbor advertisements, want 1", seen.count(answer), len(na))
		}
		return nil
	})
	replies := seen.matching(func(f []byte) bool { return f[12] == 0x08 && f[13] == 0x06 && f[21] == 2 && l2.MAC(f[:6]) == clientMAC })
	if len(replies) != 2 {
		t.Errorf("%d ARP replies in all, want 2: %v", len(replies), replies)
	}
	fromOwner := mac(t, owner.Host, "eth1")
	if stray := seenElsewhere.matching(func(f []byte) bool { return l2.MAC(f[6:12]) == fromOwner && f[12] == 0x08 && f[13] == 0x06 }); len(stray) != 0 {
		t.Errorf("on another link it has sent %v", stray)
	}
	for _, tt := range []struct {
		reason string
		want   float64
	}{{"malformed", 1}, {"hopLimit", 1}, {"announceIP", 0}, {"notMatchInterface", 0}} {
		if got := owner.figure(t, "frr_speaker_layer2_dropped_total", `"`+tt.reason+`"`); got != tt.want {
			t.Errorf("dropped as %s: %v, want %v: the filter of the kernel takes only what is about our addresses", tt.reason, got, tt.want)
		}
	}
}

// nsFrame is a neighbor solicitation to the group of an address, with its sender's
// hardware address (RFC 4861, section 4.3).
func nsFrame(from l2.MAC, target netip.Addr, hopLimit byte) []byte {
	source := netip.MustParseAddr("fe80::c1").AsSlice()
	a := target.As16()
	group := []byte{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a[13], a[14], a[15]}
	icmp := slices.Concat([]byte{135, 0, 0, 0, 0, 0, 0, 0}, a[:], []byte{1, 1}, from[:])
	sum := 58 + uint32(len(icmp))
	for _, part := range [][]byte{source, group, icmp} {
		for i := 0; i < len(part); i += 2 {
			sum += uint32(part[i])<<8 | uint32(part[i+1])
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	icmp[2], icmp[3] = byte(^sum>>8), byte(^sum)
	return slices.Concat([]byte{0x33, 0x33, 0xff, a[13], a[14], a[15]}, from[:],
		[]byte{0x86, 0xdd, 0x60, 0, 0, 0, 0, byte(len(icmp)), 58, hopLimit}, source, group, icmp)
}

func TestL2AKernelThatProbesItsNeighborIsAnswered(t *testing.T) {
	l := newLAN(t)
	owner := l.node(t, "owner", l2.Options{})
	owner.Set(announced(l.vip4(), l.vip6()))
	owner.answers(t, 2)
	ownerMAC := mac(t, owner.Host, "eth0")
	for _, addr := range []netip.Addr{l.vip4(), l.vip6()} {
		err := l.client.Do(func() error {
			link, err := netlink.LinkByName("eth0")
			if err != nil {
				return err
			}
			// The state in which the kernel asks the one it knows, by unicast.
			return netlink.NeighSet(&netlink.Neigh{
				LinkIndex: link.Attrs().Index, IP: addr.AsSlice(), HardwareAddr: ownerMAC[:], State: netlink.NUD_PROBE,
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, func() error {
			_, state, err := neighbor(l.client, "eth0", addr)
			if err == nil && state != "reachable" {
				err = fmt.Errorf("the client has %v as %s, want reachable", addr, state)
			}
			return err
		})
	}
}

func TestL2DuplicateAddressDetectionIsDefended(t *testing.T) {
	l := newLAN(t)
	owner := l.node(t, "owner", l2.Options{})
	owner.Set(announced(l.vip6()))
	owner.answers(t, 1)
	take := func(addr netip.Addr) (failed bool) {
		err := l.client.Do(func() error {
			for name, value := range map[string]string{"accept_dad": "1", "dad_transmits": "1"} {
				if err := os.WriteFile("/proc/sys/net/ipv6/conf/eth0/"+name, []byte(value), 0); err != nil {
					return err
				}
			}
			link, err := netlink.LinkByName("eth0")
			if err != nil {
				return err
			}
			whole := &net.IPNet{IP: addr.AsSlice(), Mask: net.CIDRMask(64, 128)}
			if err := netlink.AddrReplace(link, &netlink.Addr{IPNet: whole}); err != nil {
				return err
			}
			return lab.Eventually(t.Context(), patience, func() error {
				list, err := netlink.AddrList(link, netlink.FAMILY_V6)
				for _, a := range list {
					if a.IP.Equal(addr.AsSlice()) {
						failed = a.Flags&unix.IFA_F_DADFAILED != 0
						if a.Flags&unix.IFA_F_TENTATIVE != 0 && !failed {
							return fmt.Errorf("%v is tentative", addr)
						}
					}
				}
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		return failed
	}
	if !take(l.vip6()) {
		t.Error("another host's kernel takes the address for free")
	}
	if take(l.number6(201)) {
		t.Error("another host's kernel does not take an address that is free")
	}
}

func TestL2LinksChange(t *testing.T) {
	l := newLAN(t)
	second := labtest.Network(t.Context(), t, l.lab)
	elsewhere := labtest.Must(l.lab.NewHost(t.Context(), lab.HostOptions{Name: "elsewhere", Networks: lab.On(second)}))(t)
	owner := l.node(t, "owner", l2.Options{})
	want := []l2.Announcement{
		{Addr: netip.MustParseAddr("10.10.1.200"), Links: []string{"eth1"}},
		{Addr: netip.MustParseAddr("fd10:10:1::200"), Links: []string{"eth1"}},
	}
	owner.Set(want)
	reports := func(what string, links []string, unfit l2.Unfit) {
		t.Helper()
		var expected []l2.Report
		for _, w := range want {
			r := l2.Report{Addr: w.Addr, Links: links}
			if unfit != 0 {
				r.Unfit = []l2.UnfitLink{{Name: "eth1", Reason: unfit}}
			}
			expected = append(expected, r)
		}
		eventually(t, func() error {
			if diff := cmp.Diff(expected, owner.Reports(), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
				return fmt.Errorf("%s: reports (-want +got):\n%s", what, diff)
			}
			return nil
		})
	}
	change := func(f func(netlink.Link) error, name string) {
		t.Helper()
		err := owner.Do(func() error {
			link, err := netlink.LinkByName(name)
			if err != nil {
				return err
			}
			return f(link)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	resolves := func(what string, m l2.MAC) {
		t.Helper()
		for _, w := range want {
			eventually(t, func() error {
				// Nobody serves there: it is enough that the kernel finds out where to send.
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				_, _ = reach(ctx, elsewhere, w.Addr)
				got, state, err := neighbor(elsewhere, "eth0", w.Addr)
				if err == nil && got != m {
					err = fmt.Errorf("%s: %v is at %v (%s), want %v", what, w.Addr, got, state, m)
				}
				return err
			})
		}
	}

	reports("before there is a link", nil, l2.UnfitAbsent)
	if err := owner.Attach(lab.Attachment{Network: second}); err != nil {
		t.Fatal(err)
	}
	reports("a link that comes late", []string{"eth1"}, 0)
	resolves("a link that comes late", mac(t, owner.Host, "eth1"))

	seen := startCapture(t, elsewhere, "eth0")
	next := net.HardwareAddr{2, 0, 0, 0, 0x77, 1}
	change(func(link netlink.Link) error { return netlink.LinkSetHardwareAddr(link, next) }, "eth1")
	for _, w := range want { // the client asks nobody: it is told
		expectNeighbor(t, elsewhere, "eth0", w.Addr, l2.MAC(next))
	}
	if n := len(seen.matching(func(f []byte) bool { return isNA(f, want[1].Addr) && f[58] == 0x20 })); n == 0 {
		t.Error("no unsolicited advertisement of the new hardware address is seen")
	}

	change(func(link netlink.Link) error { return netlink.LinkSetName(link, "lan0") }, "eth1")
	reports("a link with another name", nil, l2.UnfitAbsent)
	change(func(link netlink.Link) error { return netlink.LinkSetName(link, "eth1") }, "lan0")
	reports("a link with its name again", []string{"eth1"}, 0)

	if err := owner.SetLink(second, false); err != nil {
		t.Fatal(err)
	}
	reports("a link without carrier", nil, l2.UnfitDown)
	before := len(seen.matching(func(f []byte) bool { return l2.MAC(f[6:12]) == l2.MAC(next) && f[13] == 0x06 && f[21] == 2 }))
	if err := owner.SetLink(second, true); err != nil {
		t.Fatal(err)
	}
	reports("a link with carrier again", []string{"eth1"}, 0)
	eventually(t, func() error {
		if n := len(seen.matching(func(f []byte) bool { return l2.MAC(f[6:12]) == l2.MAC(next) && f[13] == 0x06 && f[21] == 2 })); n == before {
			return fmt.Errorf("it is not announced again when the link comes up")
		}
		return nil
	})

	change(netlink.LinkSetARPOff, "eth1")
	reports("a link without ARP", nil, l2.UnfitNoARP)
	change(netlink.LinkSetARPOn, "eth1")
	reports("a link with ARP again", []string{"eth1"}, 0)

	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "br0"}}
	if err := owner.Do(func() error { return netlink.LinkAdd(bridge) }); err != nil {
		t.Fatal(err)
	}
	change(func(link netlink.Link) error { return netlink.LinkSetMaster(link, bridge) }, "eth1")
	reports("a port of a bridge", nil, l2.UnfitEnslaved)
	change(netlink.LinkSetNoMaster, "eth1")
	reports("no port of a bridge any more", []string{"eth1"}, 0)

	change(netlink.LinkDel, "eth1")
	reports("a link that is gone", nil, l2.UnfitAbsent)
}

func TestL2BridgesAndMacvlansAnswer(t *testing.T) {
	l := newLAN(t)
	owner := l.node(t, "owner", l2.Options{})
	for _, tt := range []struct {
		name, link string
		add        func(lower netlink.Link) error
	}{
		{
			name: "a macvlan", link: "mac0",
			add: func(lower netlink.Link) error {
				attrs := netlink.LinkAttrs{Name: "mac0", ParentIndex: lower.Attrs().Index}
				return netlink.LinkAdd(&netlink.Macvlan{LinkAttrs: attrs, Mode: netlink.MACVLAN_MODE_BRIDGE})
			},
		},
		{
			name: "a bridge whose port the link is", link: "br0",
			add: func(lower netlink.Link) error {
				// A link has macvlans or is a port.
				if err := netlink.LinkDel(&netlink.Macvlan{LinkAttrs: netlink.LinkAttrs{Name: "mac0"}}); err != nil {
					return err
				}
				bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "br0"}}
				if err := netlink.LinkAdd(bridge); err != nil {
					return err
				}
				return netlink.LinkSetMaster(lower, bridge)
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := owner.Do(func() error {
				lower, err := netlink.LinkByName("eth0")
				if err != nil {
					return err
				}
				if err := tt.add(lower); err != nil {
					return err
				}
				link, err := netlink.LinkByName(tt.link)
				if err != nil {
					return err
				}
				return netlink.LinkSetUp(link)
			})
			if err != nil {
				t.Fatal(err)
			}
			owner.Set([]l2.Announcement{{Addr: l.vip4(), Links: []string{tt.link}}, {Addr: l.vip6(), Links: []string{tt.link}}})
			owner.answers(t, 2)
			for _, addr := range []netip.Addr{l.vip4(), l.vip6()} {
				want := mac(t, owner.Host, tt.link)
				eventually(t, func() error {
					ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
					defer cancel()
					_, _ = reach(ctx, l.client, addr) // nobody serves there
					got, state, err := neighbor(l.client, "eth0", addr)
					if err == nil && got != want {
						err = fmt.Errorf("%v is at %v (%s), want %v", addr, got, state, want)
					}
					return err
				})
			}
		})
	}
}
