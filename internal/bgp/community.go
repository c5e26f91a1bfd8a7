package bgp

import (
	"fmt"
	"strconv"
	"strings"
)

// Community is a standard community (RFC 1997).
type Community uint32

// LargeCommunity is a large community (RFC 8092).
type LargeCommunity struct {
	Global, Local1, Local2 uint32
}

// wellKnown are the names FRR prints and accepts for registered communities, in FRR's spelling.
var wellKnown = map[string]Community{
	"graceful-shutdown": 0xFFFF0000, // RFC 8326
	"accept-own":        0xFFFF0001, // RFC 7611
	"blackhole":         0xFFFF029A, // RFC 7999
	"no-export":         0xFFFFFF01, // RFC 1997
	"no-advertise":      0xFFFFFF02, // RFC 1997
	"local-AS":          0xFFFFFF03, // RFC 1997, NO_EXPORT_SUBCONFED
	"no-peer":           0xFFFFFF04, // RFC 3765
}

// NewCommunity joins the two halves of a community.
func NewCommunity(high, low uint16) Community { return Community(uint32(high)<<16 | uint32(low)) }

// WellKnownCommunity looks up a registered community by name, in any case.
func WellKnownCommunity(name string) (Community, bool) {
	for known, c := range wellKnown {
		if strings.EqualFold(known, name) {
			return c, true
		}
	}
	return 0, false
}

// String prints "high:low" with decimal halves, well-known or not.
func (c Community) String() string {
	return strconv.Itoa(int(c>>16)) + ":" + strconv.Itoa(int(c&0xFFFF))
}

// String prints "global:local1:local2".
func (c LargeCommunity) String() string {
	return fmt.Sprintf("%d:%d:%d", c.Global, c.Local1, c.Local2)
}

// Compare orders large communities by their numbers.
func (c LargeCommunity) Compare(d LargeCommunity) int {
	for _, pair := range [3][2]uint32{{c.Global, d.Global}, {c.Local1, d.Local1}, {c.Local2, d.Local2}} {
		if pair[0] != pair[1] {
			if pair[0] < pair[1] {
				return -1
			}
			return 1
		}
	}
	return 0
}
