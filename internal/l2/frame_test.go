package l2

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
)

// octets reads a frame as it is written down: hexadecimal, with spaces between fields.
func octets(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The node of these tests has two links; the address that ends in 100 is answered on
// the first, 101 on the second, 102 is not claimed yet and 103 is handed over.
var (
	eth0 = Link{
		Index: 2, Name: "eth0", MAC: MAC{2, 0, 0, 0, 0, 2}, LinkLocal: netip.MustParseAddr("fe80::2"),
		Ethernet: true, Up: true, Running: true, Broadcast: true,
	}
	eth1 = Link{
		Index: 3, Name: "eth1", MAC: MAC{2, 0, 0, 0, 0, 3}, LinkLocal: netip.MustParseAddr("fe80::3"),
		Ethernet: true, Up: true, Running: true, Broadcast: true,
	}
	otherHost = MAC{2, 0, 0, 0, 0, 0xd1}
)

func testTable() *Table {
	places := map[netip.Addr][]place{}
	for _, prefix := range []string{"192.0.2.", "2001:db8::"} {
		places[netip.MustParseAddr(prefix+"100")] = []place{{eth0.Index, stanceAnswering}}
		places[netip.MustParseAddr(prefix+"101")] = []place{{eth1.Index, stanceAnswering}}
		places[netip.MustParseAddr(prefix+"102")] = []place{{eth0.Index, stanceHolding}}
		places[netip.MustParseAddr(prefix+"103")] = []place{{eth0.Index, stanceLeaving}}
	}
	return newTable([]Link{eth0, eth1}, []Link{eth0, eth1}, places)
}

// packetTest is one row of a table about packets that come in on eth0.
type packetTest struct {
	name  string
	in    string
	out   string // "": no answer
	drop  DropReason
	claim Claim
}

func (tt packetTest) run(t *testing.T, answer func([]byte, int, *Table) Answer) {
	got := answer(octets(t, tt.in), eth0.Index, testTable())
	if want := octets(t, tt.out); string(got.Frame) != string(want) {
		t.Errorf("answer (-want +got):\n- %x\n+ %x", want, got.Frame)
	}
	if got.Drop != tt.drop {
		t.Errorf("dropped as %v, want %v", got.Drop, tt.drop)
	}
	if got.Claim != tt.claim {
		t.Errorf("claim %+v, want %+v", got.Claim, tt.claim)
	}
}
