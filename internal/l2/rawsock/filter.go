package rawsock

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"

	"golang.org/x/net/bpf"

	"frr-speaker/internal/l2"
)

// Filters let only those packets wake us that are about our addresses: a busy
// segment is full of requests for others. They run in the kernel, for each packet,
// and may let through too much, but never too little: package l2 looks again.

// Offsets in an Ethernet frame, in octets.
const (
	offARPOperation = 14 + 6
	offARPSender    = 14 + 14
	offARPTarget    = 14 + 24
	offNextHeader   = 14 + 6
	offICMPType     = 14 + 40
	// The last 32 bits of the target address of a solicitation or advertisement.
	offNDTarget = 14 + 40 + 8 + 12
)

const (
	arpRequest = 1
	nextICMPv6 = 58
	icmpNS     = 135
	icmpNA     = 136
	otherHost  = 3 // PACKET_OTHERHOST (packet(7))
)

// accept is more than the longest frame.
const accept = 1 << 18

// maxSpans bounds the filter: two of this size fit into the 20 KiB that
// net.core.optmem_max used to allow a socket, and one is exchanged for another.
const maxSpans = 64

// span is a range of the last 32 bits of addresses, both ends included.
type span struct{ low, high uint32 }

// spansOf are the ranges that hold all addresses and as little else as a filter of
// so many ranges can.
func spansOf(addrs []netip.Addr) []span {
	words := make([]uint32, 0, len(addrs))
	for _, a := range addrs {
		b := a.AsSlice()
		words = append(words, binary.BigEndian.Uint32(b[len(b)-4:]))
	}
	slices.Sort(words)
	var spans []span
	for _, w := range slices.Compact(words) {
		if last := len(spans) - 1; last >= 0 && spans[last].high+1 == w {
			spans[last].high = w
			continue
		}
		spans = append(spans, span{w, w})
	}
	return widen(spans)
}

// widen closes the narrowest gaps until there are few enough spans.
func widen(spans []span) []span {
	excess := len(spans) - maxSpans
	if excess <= 0 {
		return spans
	}
	gaps := make([]int, len(spans)-1) // i is the gap between spans i and i+1
	for i := range gaps {
		gaps[i] = i
	}
	gap := func(i int) uint32 { return spans[i+1].low - spans[i].high }
	slices.SortFunc(gaps, func(i, j int) int { return cmp.Or(cmp.Compare(gap(i), gap(j)), cmp.Compare(i, j)) })
	closed := make([]bool, len(spans))
	for _, i := range gaps[:excess] {
		closed[i] = true
	}
	out := spans[:1]
	for i, s := range spans[1:] {
		if closed[i] {
			out[len(out)-1].high = s.high
			continue
		}
		out = append(out, s)
	}
	return out
}

// filterOf is the program for a protocol that lets packets about addresses pass.
func filterOf(p l2.Protocol, addrs []netip.Addr) []bpf.Instruction {
	if len(addrs) == 0 {
		return []bpf.Instruction{bpf.RetConstant{Val: 0}}
	}
	spans := spansOf(addrs)
	if p == l2.NDP {
		return slices.Concat(ours(), ndFilter(spans))
	}
	return slices.Concat(ours(), arpFilter(spans))
}

// ours drops frames for other hosts, and those of a VLAN that the link is not in:
// the kernel hands them on with their tag taken off.
func ours() []bpf.Instruction {
	return []bpf.Instruction{
		bpf.LoadExtension{Num: bpf.ExtType},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: otherHost, SkipTrue: 4},
		bpf.LoadExtension{Num: bpf.ExtVLANTagPresent},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: 3},
		bpf.LoadExtension{Num: bpf.ExtVLANTag},
		bpf.JumpIf{Cond: bpf.JumpBitsNotSet, Val: 0x0fff, SkipTrue: 1}, // only a priority (IEEE 802.1Q)
		bpf.RetConstant{Val: 0},
	}
}

// arpFilter accepts requests for an address, and whatever is sent in its name.
func arpFilter(spans []span) []bpf.Instruction {
	target := search(spans)
	return slices.Concat(
		[]bpf.Instruction{
			bpf.LoadAbsolute{Off: offARPOperation, Size: 2},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: arpRequest, SkipTrue: 1},
			bpf.Jump{Skip: uint32(len(target)) + 1},
			bpf.LoadAbsolute{Off: offARPTarget, Size: 4},
		},
		target,
		[]bpf.Instruction{bpf.LoadAbsolute{Off: offARPSender, Size: 4}},
		target,
		[]bpf.Instruction{bpf.RetConstant{Val: 0}},
	)
}

// ndFilter accepts solicitations and advertisements of an address.
func ndFilter(spans []span) []bpf.Instruction {
	return slices.Concat(
		[]bpf.Instruction{
			bpf.LoadAbsolute{Off: offNextHeader, Size: 1},
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: nextICMPv6, SkipTrue: 3},
			bpf.LoadAbsolute{Off: offICMPType, Size: 1},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: icmpNS, SkipTrue: 2},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: icmpNA, SkipTrue: 1},
			bpf.RetConstant{Val: 0},
			bpf.LoadAbsolute{Off: offNDTarget, Size: 4},
		},
		search(spans),
		[]bpf.Instruction{bpf.RetConstant{Val: 0}},
	)
}

// search accepts the packet if the loaded word is in one of the sorted spans, and
// else goes on behind itself. It halves the spans at each step.
func search(spans []span) []bpf.Instruction {
	if len(spans) == 0 {
		return nil
	}
	middle := len(spans) / 2
	below, above := search(spans[:middle]), search(spans[middle+1:])
	var program []bpf.Instruction
	program = append(program,
		bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: spans[middle].high, SkipFalse: 1},
		bpf.Jump{Skip: uint32(len(below)) + 3}, // to above
		bpf.JumpIf{Cond: bpf.JumpLessThan, Val: spans[middle].low, SkipTrue: 1},
		bpf.RetConstant{Val: accept},
	)
	program = append(program, below...)
	program = append(program, bpf.Jump{Skip: uint32(len(above))}) // past it
	return append(program, above...)
}
