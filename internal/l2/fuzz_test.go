package l2

import (
	"bytes"
	"net/netip"
	"testing"
)

// FuzzAnswerARP holds that no frame ends the process, and that what is answered
// is an answer. The seeds are in testdata, with what was found.
func FuzzAnswerARP(f *testing.F) {
	table := testTable()
	f.Fuzz(func(t *testing.T, frame []byte) {
		a := answerARP(bytes.Clone(frame), eth0.Index, table)
		checkAnswer(t, a, table)
		if a.Frame == nil {
			return
		}
		reply, ok := parseARP(a.Frame)
		if !ok || len(a.Frame) != 42 {
			t.Fatalf("the answer is no ARP packet: %x", a.Frame)
		}
		if !bytes.Equal(a.Frame[20:22], []byte{0, 2}) || reply.senderMAC != eth0.MAC || reply.sender != a.Addr {
			t.Errorf("the answer does not say that we have %v: %x", a.Addr, a.Frame)
		}
		if !reply.destination.unicast() {
			t.Errorf("the answer goes to everybody: %x", a.Frame)
		}
	})
}

// FuzzAnswerNDP holds the same for Neighbor Discovery.
func FuzzAnswerNDP(f *testing.F) {
	table := testTable()
	f.Fuzz(func(t *testing.T, frame []byte) {
		a := answerNDP(bytes.Clone(frame), eth0.Index, table)
		checkAnswer(t, a, table)
		if a.Frame == nil {
			return
		}
		reply, why := parseNDP(a.Frame)
		if why != DropNone {
			t.Fatalf("the answer is no valid packet (%v): %x", why, a.Frame)
		}
		if reply.ip.source != eth0.LinkLocal || reply.frameSource != eth0.MAC {
			t.Errorf("the answer is not from us: %x", a.Frame)
		}
		solicited := a.Frame[58]&0x40 != 0
		if a.Frame[58]&0x20 == 0 || solicited == reply.ip.destination.IsMulticast() {
			t.Errorf("the flags are wrong: %x", a.Frame)
		}
		if solicited != reply.frameDestination.unicast() {
			t.Errorf("the frame goes to the wrong hosts: %x", a.Frame)
		}
	})
}

// checkAnswer holds what is true of every answer.
func checkAnswer(t *testing.T, a Answer, table *Table) {
	t.Helper()
	if (a.Frame == nil) == (a.Drop == DropNone) {
		t.Fatalf("neither answered nor dropped, or both: %+v", a)
	}
	for _, addr := range []netip.Addr{a.Addr, a.Claim.Addr} {
		if at, _ := table.stanceOf(addr, eth0.Index); addr.IsValid() && at == stanceNone {
			t.Errorf("it speaks of %v, which is none of ours", addr)
		}
	}
	if a.Claim.Addr.IsValid() && !table.foreign(a.Claim.MAC) {
		t.Errorf("it takes %v for another host", a.Claim.MAC)
	}
	if a.Frame != nil {
		if at, _ := table.stanceOf(a.Addr, eth0.Index); at != stanceAnswering && at != stanceLeaving {
			t.Errorf("it answers for %v, stance %d", a.Addr, at)
		}
	}
}
