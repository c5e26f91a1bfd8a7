package l2

import (
	"net/netip"
	"testing"
)

func TestAnswerARP(t *testing.T) {
	v4 := netip.MustParseAddr
	for _, tt := range []packetTest{
		{
			name: "a broadcast request for an address is answered to who asked",
			in:   "ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c0000264",
			out:  "0200000000c1 020000000002 0806 0001 0800 06 04 0002 020000000002 c0000264 0200000000c1 c0000209",
		},
		{
			name: "a request to the link alone, as a host sends to keep its cache, is answered",
			in:   "020000000002 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c0000264",
			out:  "0200000000c1 020000000002 0806 0001 0800 06 04 0002 020000000002 c0000264 0200000000c1 c0000209",
		},
		{
			name: "what pads the frame does not matter",
			in:   "ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c0000264 0000000000000000000000000000",
			out:  "0200000000c1 020000000002 0806 0001 0800 06 04 0002 020000000002 c0000264 0200000000c1 c0000209",
		},
		{
			name: "the answer goes to the hardware address in the packet, whoever sent the frame",
			in:   "ffffffffffff 0200000000c2 0806 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c0000264",
			out:  "0200000000c1 020000000002 0806 0001 0800 06 04 0002 020000000002 c0000264 0200000000c1 c0000209",
		},
		{
			name: "a probe of an address in use is answered, which defends it",
			in:   "ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 00000000 000000000000 c0000264",
			out:  "0200000000c1 020000000002 0806 0001 0800 06 04 0002 020000000002 c0000264 0200000000c1 00000000",
		},
		{
			name: "an address that is handed over is still answered",
			in:   "ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c0000267",
			out:  "0200000000c1 020000000002 0806 0001 0800 06 04 0002 020000000002 c0000267 0200000000c1 c0000209",
		},
		{
			name: "an address that is handed over is not defended against a probe",
			in:   "ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 00000000 000000000000 c0000267",
			drop: DropHandover,
		},
		{
			name: "a request for another address is not ours",
			in:   "ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c00002c8",
			drop: DropAnnounceIP,
		},
		{
			name: "a request on another link is not answered",
			in:   "ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c0000265",
			drop: DropNotMatchInterface,
		},
		{
			name: "an address that is not claimed yet is not answered",
			in:   "ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c0000266",
			drop: DropNotClaimed,
		},
		{
			name:  "a probe of an address that is not claimed yet competes",
			in:    "ffffffffffff 0200000000d1 0806 0001 0800 06 04 0001 0200000000d1 00000000 000000000000 c0000266",
			drop:  DropNotClaimed,
			claim: Claim{Addr: v4("192.0.2.102"), MAC: otherHost, Probe: true},
		},
		{
			name:  "a host that has an address that is not claimed yet says so in reply to a probe",
			in:    "020000000002 0200000000d1 0806 0001 0800 06 04 0002 0200000000d1 c0000266 020000000002 00000000",
			drop:  DropARPReply,
			claim: Claim{Addr: v4("192.0.2.102"), MAC: otherHost},
		},
		{
			name:  "another host that announces an address by a request claims it",
			in:    "ffffffffffff 0200000000d1 0806 0001 0800 06 04 0001 0200000000d1 c0000264 000000000000 c0000264",
			drop:  DropAnnouncement,
			claim: Claim{Addr: v4("192.0.2.100"), MAC: otherHost},
		},
		{
			name:  "another host that announces an address by a reply claims it",
			in:    "ffffffffffff 0200000000d1 0806 0001 0800 06 04 0002 0200000000d1 c0000264 ffffffffffff c0000264",
			drop:  DropARPReply,
			claim: Claim{Addr: v4("192.0.2.100"), MAC: otherHost},
		},
		{
			name:  "another host that asks for a router in the name of an address claims it",
			in:    "ffffffffffff 0200000000d1 0806 0001 0800 06 04 0001 0200000000d1 c0000264 000000000000 c0000201",
			drop:  DropAnnounceIP,
			claim: Claim{Addr: v4("192.0.2.100"), MAC: otherHost},
		},
		{
			name:  "who asks for one address in the name of another gets an answer, and claims",
			in:    "ffffffffffff 0200000000d1 0806 0001 0800 06 04 0001 0200000000d1 c0000267 000000000000 c0000264",
			out:   "0200000000d1 020000000002 0806 0001 0800 06 04 0002 020000000002 c0000264 0200000000d1 c0000267",
			claim: Claim{Addr: v4("192.0.2.103"), MAC: otherHost},
		},
		{
			name: "our own announcement that comes back by another link is no claim",
			in:   "ffffffffffff 020000000003 0806 0001 0800 06 04 0001 020000000003 c0000264 000000000000 c0000264",
			drop: DropAnnouncement,
		},
		{
			name: "this node that asks by another link is not answered",
			in:   "ffffffffffff 020000000003 0806 0001 0800 06 04 0001 020000000003 00000000 000000000000 c0000264",
			drop: DropOwn,
		},
		{
			name: "a reply to somebody else is no question",
			in:   "020000000002 0200000000c1 0806 0001 0800 06 04 0002 0200000000c1 c0000209 020000000002 c0000264",
			drop: DropARPReply,
		},
		{
			name: "an operation other than request and reply is no question",
			in:   "ffffffffffff 0200000000c1 0806 0001 0800 06 04 0003 0200000000c1 c0000209 000000000000 c0000264",
			drop: DropMessageType,
		},
		{
			name: "a frame for another host, seen by a link that takes all, is not answered",
			in:   "020000000077 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c0000264",
			drop: DropEthernetDestination,
		},
		{
			name: "a frame for a group is not answered: ARP is sent to all or to one",
			in:   "01005e000001 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c0000264",
			drop: DropEthernetDestination,
		},
		{
			name: "nobody is answered at a broadcast address",
			in:   "ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 ffffffffffff c0000209 000000000000 c0000264",
			drop: DropSourceAddress,
		},
		{
			name: "nobody is answered at no address",
			in:   "ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 000000000000 c0000209 000000000000 c0000264",
			drop: DropSourceAddress,
		},
		{
			name: "a frame of another type is malformed",
			in:   "ffffffffffff 0200000000c1 86dd 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c0000264",
			drop: DropMalformed,
		},
		{
			name: "hardware other than Ethernet is malformed",
			in:   "ffffffffffff 0200000000c1 0806 0006 0800 06 04 0001 0200000000c1 c0000209 000000000000 c0000264",
			drop: DropMalformed,
		},
		{
			name: "a protocol other than IPv4 is malformed",
			in:   "ffffffffffff 0200000000c1 0806 0001 86dd 06 04 0001 0200000000c1 c0000209 000000000000 c0000264",
			drop: DropMalformed,
		},
		{
			name: "hardware addresses of another length are malformed",
			in:   "ffffffffffff 0200000000c1 0806 0001 0800 08 04 0001 0200000000c1 c0000209 000000000000 c0000264",
			drop: DropMalformed,
		},
		{
			name: "protocol addresses of another length are malformed",
			in:   "ffffffffffff 0200000000c1 0806 0001 0800 06 10 0001 0200000000c1 c0000209 000000000000 c0000264",
			drop: DropMalformed,
		},
		{
			name: "a packet that is cut off is malformed",
			in:   "ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c00002",
			drop: DropMalformed,
		},
		{name: "half a header is malformed", in: "ffffffffffff 0200", drop: DropMalformed},
		{name: "nothing is malformed", in: "", drop: DropMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, answerARP) })
	}
}

func TestNoAnswerOnALinkThatIsGone(t *testing.T) {
	in := octets(t, "ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000209 000000000000 c0000264")
	if got := answerARP(in, 77, testTable()); got.Drop != DropClosed || got.Frame != nil {
		t.Errorf("got %+v, want it dropped as closed", got)
	}
}

func TestARPFramesThatNobodyAskedFor(t *testing.T) {
	addr := netip.MustParseAddr("192.0.2.100")
	for _, tt := range []struct {
		name string
		got  []byte
		want string
	}{
		{
			name: "a probe has no sender address",
			got:  arpProbe(eth0, addr),
			want: "ffffffffffff 020000000002 0806 0001 0800 06 04 0001 020000000002 00000000 000000000000 c0000264",
		},
		{
			name: "an announcement asks for the address of its sender",
			got:  arpAnnouncement(eth0, addr),
			want: "ffffffffffff 020000000002 0806 0001 0800 06 04 0001 020000000002 c0000264 000000000000 c0000264",
		},
		{
			name: "a reply to all has the sender as its target",
			got:  arpReplyToAll(eth0, addr),
			want: "ffffffffffff 020000000002 0806 0001 0800 06 04 0002 020000000002 c0000264 020000000002 c0000264",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if want := octets(t, tt.want); string(tt.got) != string(want) {
				t.Errorf("frame (-want +got):\n- %x\n+ %x", want, tt.got)
			}
		})
	}
}
