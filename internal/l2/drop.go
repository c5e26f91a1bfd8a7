package l2

// DropReason is why a packet gets no answer. Names that MetalLB has as well are its own.
type DropReason uint8

// The reasons.
const (
	DropNone                DropReason = iota
	DropClosed                         // the link is not answered on any more
	DropError                          // the answer could not be sent
	DropMalformed                      // not a packet that the RFC allows
	DropMessageType                    // an ARP operation or an ICMPv6 message that asks for nothing
	DropARPReply                       // somebody else's answer
	DropEthernetDestination            // the frame is for another host
	DropDestination                    // the IPv6 destination is neither the target nor its group
	DropSourceAddress                  // nobody can be answered at the sender's hardware address
	DropNoSourceLL                     // a solicitation to a group without its sender's hardware address
	DropHopLimit                       // it came through a router (RFC 4861, section 7.1.1)
	DropChecksum                       // it was damaged on its way
	DropAnnounceIP                     // the address is none of ours
	DropNotMatchInterface              // the address is ours, but not on this link
	DropNotClaimed                     // the address is still probed, or another host has it
	DropAnnouncement                   // the sender asks for its own address: it claims it
	DropOwn                            // this node asks, by another of its links
	DropHandover                       // a probe, while the address passes to another node
)

var dropNames = map[DropReason]string{
	DropNone:                "none",
	DropClosed:              "closed",
	DropError:               "error",
	DropMalformed:           "malformed",
	DropMessageType:         "messageType",
	DropARPReply:            "arpReply",
	DropEthernetDestination: "ethernetDestination",
	DropDestination:         "destination",
	DropSourceAddress:       "sourceAddress",
	DropNoSourceLL:          "noSourceLL",
	DropHopLimit:            "hopLimit",
	DropChecksum:            "checksum",
	DropAnnounceIP:          "announceIP",
	DropNotMatchInterface:   "notMatchInterface",
	DropNotClaimed:          "notClaimed",
	DropAnnouncement:        "announcement",
	DropOwn:                 "own",
	DropHandover:            "handover",
}

// String prints the reason as metrics have it.
func (d DropReason) String() string { return dropNames[d] }
