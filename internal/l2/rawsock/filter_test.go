package rawsock

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"

	"frr-speaker/internal/l2"
)

func TestSpansHoldAllAddressesAndAreFew(t *testing.T) {
	addrs := func(texts ...string) []netip.Addr {
		var out []netip.Addr
		for _, text := range texts {
			out = append(out, netip.MustParseAddr(text))
		}
		return out
	}
	every := func(n, step int) []netip.Addr {
		var out []netip.Addr
		for i := range n {
			out = append(out, netip.AddrFrom4([4]byte{10, 0, byte(i * step >> 8), byte(i * step)}))
		}
		return out
	}
	for _, tt := range []struct {
		name  string
		addrs []netip.Addr
		want  []span
	}{
		{name: "addresses in a row are one", addrs: addrs("10.0.0.1", "10.0.0.3", "10.0.0.2"), want: []span{{0x0a000001, 0x0a000003}}},
		{name: "a gap makes two", addrs: addrs("10.0.0.1", "10.0.0.3"), want: []span{{0x0a000001, 0x0a000001}, {0x0a000003, 0x0a000003}}},
		{name: "of IPv6 the end counts", addrs: addrs("2001:db8::1", "2001:db8:7::2"), want: []span{{1, 2}}},
		{name: "the first and the last address there are", addrs: addrs("0.0.0.0", "255.255.255.255"), want: []span{{0, 0}, {0xffffffff, 0xffffffff}}},
		{name: "many in a row are one", addrs: every(1000, 1), want: []span{{0x0a000000, 0x0a0003e7}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, spansOf(tt.addrs), cmp.AllowUnexported(span{})); diff != "" {
				t.Errorf("spans (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("too many are widened where that costs least", func(t *testing.T) {
		scattered := append(every(maxSpans+10, 2), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.1"))
		got := spansOf(scattered)
		if len(got) != maxSpans {
			t.Errorf("%d spans, want %d", len(got), maxSpans)
		}
		for i, want := range []string{"192.0.2.1", "198.51.100.1"} {
			alone := binary.BigEndian.Uint32(netip.MustParseAddr(want).AsSlice())
			if s := got[len(got)-2+i]; s != (span{alone, alone}) {
				t.Errorf("the span of %s is %v: a wide gap is closed before a narrow one", want, s)
			}
		}
	})
}

// machine runs the part of a filter that looks at the packet; the virtual machine
// knows nothing of what the kernel notes beside it.
func machine(t *testing.T, p l2.Protocol, addrs []netip.Addr) *bpf.VM {
	t.Helper()
	vm, err := bpf.NewVM(filterOf(p, addrs)[len(ours()):])
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

func passes(t *testing.T, vm *bpf.VM, frame []byte) bool {
	t.Helper()
	n, err := vm.Run(frame)
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

func arpFrame(operation byte, sender, target netip.Addr) []byte {
	frame := make([]byte, 42)
	copy(frame[12:], []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, operation})
	copy(frame[28:], sender.AsSlice())
	copy(frame[38:], target.AsSlice())
	return frame
}

func ndFrame(next, icmpType byte, target netip.Addr) []byte {
	frame := make([]byte, 86)
	copy(frame[12:], []byte{0x86, 0xdd})
	frame[20], frame[54] = next, icmpType
	copy(frame[62:], target.AsSlice())
	return frame
}

func TestFilters(t *testing.T) {
	ip := netip.MustParseAddr
	arp := machine(t, l2.ARP, []netip.Addr{ip("192.0.2.100"), ip("192.0.2.101"), ip("198.51.100.7")})
	nd := machine(t, l2.NDP, []netip.Addr{ip("2001:db8::100"), ip("2001:db8::f00:1")})
	for _, tt := range []struct {
		name  string
		vm    *bpf.VM
		frame []byte
		want  bool
	}{
		{"a request for an address passes", arp, arpFrame(1, ip("192.0.2.9"), ip("192.0.2.101")), true},
		{"a request for another does not", arp, arpFrame(1, ip("192.0.2.9"), ip("192.0.2.102")), false},
		{"a reply in the name of an address passes", arp, arpFrame(2, ip("198.51.100.7"), ip("192.0.2.9")), true},
		{"a request in its name passes", arp, arpFrame(1, ip("192.0.2.100"), ip("192.0.2.1")), true},
		{"a reply to an address does not: it is no question", arp, arpFrame(2, ip("192.0.2.9"), ip("192.0.2.100")), false},
		{"a short packet does not", arp, arpFrame(1, ip("192.0.2.9"), ip("192.0.2.101"))[:40], false},
		{"a solicitation of an address passes", nd, ndFrame(58, 135, ip("2001:db8::100")), true},
		{"an advertisement of it passes", nd, ndFrame(58, 136, ip("2001:db8::f00:1")), true},
		{"a solicitation of another does not", nd, ndFrame(58, 135, ip("2001:db8::101")), false},
		{"another message does not", nd, ndFrame(58, 134, ip("2001:db8::100")), false},
		{"another protocol does not", nd, ndFrame(17, 135, ip("2001:db8::100")), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := passes(t, tt.vm, tt.frame); got != tt.want {
				t.Errorf("passes: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestFiltersOfAnySizeLetAllAddressesPass(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for _, n := range []int{1, 2, 3, 10, 63, 64, 65, 500, 5000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			ours := map[netip.Addr]bool{}
			var addrs []netip.Addr
			for len(addrs) < n {
				a := netip.AddrFrom4([4]byte{10, byte(random.IntN(4)), byte(random.IntN(256)), byte(random.IntN(256))})
				if !ours[a] {
					ours[a] = true
					addrs = append(addrs, a)
				}
			}
			program := filterOf(l2.ARP, addrs)
			if len(program) > 700 {
				t.Errorf("the filter has %d instructions", len(program))
			}
			vm := machine(t, l2.ARP, addrs)
			nobody := netip.MustParseAddr("192.0.2.1")
			for _, a := range addrs {
				if !passes(t, vm, arpFrame(1, nobody, a)) || !passes(t, vm, arpFrame(2, a, nobody)) {
					t.Fatalf("%v does not pass", a)
				}
			}
			for range 1000 {
				a := netip.AddrFrom4([4]byte{10, byte(random.IntN(4)), byte(random.IntN(256)), byte(random.IntN(256))})
				if n <= maxSpans && !ours[a] && passes(t, vm, arpFrame(1, nobody, a)) {
					t.Fatalf("%v passes, and is none of ours", a)
				}
			}
			if passes(t, vm, arpFrame(1, nobody, netip.MustParseAddr("192.0.2.2"))) {
				t.Error("what is far from all addresses passes")
			}
		})
	}
}
