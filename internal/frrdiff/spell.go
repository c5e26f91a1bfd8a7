package frrdiff

import (
	"net/netip"
	"strconv"
	"strings"
)

// spelling is a line as FRR prints it. A few lines mean several (more), a few
// belong to another block than the one they are written in (vrf).
type spelling struct {
	text string
	more string // a second line, or ""
	vrf  string // the VRF block a top-level line belongs to, or ""
}

// spell gives a line, without "no", the words that FRR prints for it.
func spell(k kind, text string) spelling {
	switch k {
	case topBlock:
		return spellTop(text)
	case bgpBlock:
		return spellBGP(text)
	case familyBlock:
		return spellFamily(text)
	case routeMapBlock:
		return spelling{text: spellRouteMap(text)}
	case profileBlock, bfdPeerBlock:
		if interval, ok := strings.CutPrefix(text, "echo-interval "); ok {
			return spelling{text: "echo transmit-interval " + interval, more: "echo receive-interval " + interval}
		}
	case vrfBlock:
		s := spellTop(text)
		s.vrf = ""
		return s
	}
	return spelling{text: text}
}

func spellTop(text string) spelling {
	w := newWords(text)
	switch w.at(0) {
	case "ip", "ipv6":
		switch w.at(1) {
		case "route":
			return spellRoute(w)
		case "prefix-list":
			return spelling{text: spellPrefixList(text)}
		}
	case "router-id":
		return spelling{text: "ip " + text}
	case "access-list":
		if strings.Contains(text, " ip ") {
			return spelling{text: text} // with source and destination: FRR prints "host" in those
		}
		return spelling{text: strings.Replace(text, " host ", " ", 1)}
	case "log":
		if w.last() == "debugging" && w.at(1) != "commands" {
			return spelling{text: strings.TrimSuffix(text, " debugging")}
		}
	case "debug":
		if text == "debug bgp updates" {
			return spelling{text: "debug bgp updates in", more: "debug bgp updates out"}
		}
	}
	return spelling{text: text}
}

// spellRoute: "ip route 10.1.2.3 255.0.0.0 192.0.2.1 1 vrf red".
func spellRoute(w words) spelling {
	fields := strings.Fields(w.text)
	if len(fields) < 4 {
		return spelling{text: w.text}
	}
	if bits, ok := maskBits(fields[3]); ok && len(fields) > 4 {
		fields[2] += "/" + strconv.Itoa(bits)
		fields = append(fields[:3], fields[4:]...)
	}
	fields[2] = prefix(fields[2])
	fields[3] = address(fields[3])
	s := spelling{}
	kept := fields[:4]
	for i := 4; i < len(fields); i++ {
		switch {
		case fields[i] == "1" && fields[i-1] != "tag" && fields[i-1] != "table" && fields[i-1] != "vrf" && fields[i-1] != "label":
		case fields[i] == "vrf" && i+1 < len(fields):
			s.vrf = fields[i+1]
			i++
		default:
			kept = append(kept, fields[i])
		}
	}
	s.text = strings.Join(kept, " ")
	return s
}

// spellPrefixList: masked prefix, "ge" before "le".
func spellPrefixList(text string) string {
	fields := strings.Fields(text)
	action := 3
	if len(fields) > 4 && fields[3] == "seq" {
		action = 5
	}
	if len(fields) < action+2 || fields[action] != "permit" && fields[action] != "deny" {
		return text
	}
	fields[action+1] = prefix(fields[action+1])
	if len(fields) == action+6 && fields[action+2] == "le" && fields[action+4] == "ge" {
		fields[action+2], fields[action+4] = "ge", "le"
		fields[action+3], fields[action+5] = fields[action+5], fields[action+3]
	}
	return strings.Join(fields, " ")
}

func spellBGP(text string) spelling {
	w := newWords(text)
	switch w.at(0) {
	case "neighbor":
		return spellNeighbor(newWords(spellName(text)))
	case "network":
		return spellFamily(text)
	case "aggregate-address", "distance", "maximum-paths":
		return spellFamily(text)
	case "timers":
		return spelling{text: spellTimers(w, 2)}
	case "bgp":
		switch {
		case w.at(1) == "cluster-id":
			return spelling{text: spellClusterID(w)}
		case w.at(1) == "listen" && w.at(2) == "range":
			return spelling{text: replaceWord(text, 3, prefix(w.at(3)))}
		}
	}
	return spelling{text: text}
}

// spellTimers: a keepalive time, word i, is cut to a third of the hold time behind it.
func spellTimers(w words, i int) string {
	keepalive, err1 := strconv.ParseUint(w.at(i), 10, 16)
	hold, err2 := strconv.ParseUint(w.at(i+1), 10, 16)
	if err1 != nil || err2 != nil || keepalive <= hold/3 {
		return w.text
	}
	return replaceWord(w.text, i, strconv.FormatUint(hold/3, 10))
}

// spellClusterID: a number is printed as an address.
func spellClusterID(w words) string {
	n, err := strconv.ParseUint(w.at(2), 10, 32)
	if err != nil {
		return w.text
	}
	return "bgp cluster-id " + netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}).String()
}

func spellNeighbor(w words) spelling {
	switch w.at(2) {
	case "ebgp-multihop":
		if w.at(3) == "255" {
			return spelling{text: w.first(3)}
		}
	case "bfd":
		if c := w.at(3); c != "" && c[0] >= '0' && c[0] <= '9' {
			return spelling{text: w.first(3)}
		}
	case "update-source":
		return spelling{text: replaceWord(w.text, 3, address(w.at(3)))}
	case "timers":
		return spelling{text: spellTimers(w, 3)}
	}
	if !sessionLine(w) {
		return spellFamilyNeighbor(w)
	}
	return spelling{text: w.text}
}

func spellFamily(text string) spelling {
	w := newWords(text)
	switch w.at(0) {
	case "network":
		return spelling{text: spellNetwork(text)}
	case "neighbor":
		return spellFamilyNeighbor(newWords(spellName(text)))
	case "aggregate-address":
		if bits, ok := maskBits(w.at(2)); ok {
			text = w.first(2) + "/" + strconv.Itoa(bits) + strings.TrimPrefix(w.text, w.first(3))
			w = newWords(text)
		}
		return spelling{text: spellAggregate(newWords(replaceWord(text, 1, prefix(w.at(1)))))}
	}
	return spelling{text: text}
}

// spellAggregate: FRR prints options in an order of its own.
func spellAggregate(w words) string {
	given := map[string]string{}
	for rest := w.from(2); rest != ""; {
		option, length := newWords(rest), 1
		switch option.at(0) {
		case "route-map", "origin", "suppress-map":
			length = 2
		case "as-set", "summary-only", "matching-MED-only":
		default:
			return w.text
		}
		given[option.at(0)] = " " + option.first(length)
		rest = option.from(length)
	}
	text := w.first(2)
	for _, name := range []string{"as-set", "summary-only", "route-map", "origin", "matching-MED-only", "suppress-map"} {
		text += given[name]
	}
	return text
}

// spellNetwork is the hot one: nearly always the line is right as it is.
func spellNetwork(text string) string {
	w := newWords(text)
	written := w.at(1)
	if strings.IndexByte(written, '/') < 0 {
		return spellClassful(w)
	}
	if spelled := prefix(written); spelled != written {
		return replaceWord(text, 1, spelled)
	}
	return text
}

// spellClassful: "network 10.0.0.0 mask 255.255.0.0" and "network 10.0.0.0".
func spellClassful(w words) string {
	a, err := netip.ParseAddr(w.at(1))
	if err != nil || !a.Is4() {
		return w.text
	}
	rest := w.from(2)
	bits := 24
	switch first := a.As4()[0]; {
	case first < 128:
		bits = 8
	case first < 192:
		bits = 16
	}
	if w.at(2) == "mask" {
		given, ok := maskBits(w.at(3))
		if !ok {
			return w.text
		}
		bits, rest = given, w.from(4)
	}
	text := "network " + netip.PrefixFrom(a, bits).Masked().String()
	if rest != "" {
		text += " " + rest
	}
	return text
}

func spellFamilyNeighbor(w words) spelling {
	third := w.first(3)
	switch w.at(2) {
	case "next-hop-self":
		if w.at(3) == "all" {
			return spelling{text: third + " force"}
		}
	case "allowas-in":
		if w.at(3) == "3" {
			return spelling{text: third}
		}
	case "maximum-prefix":
		if w.at(4) == "75" {
			return spelling{text: strings.Replace(w.text, " 75", "", 1)}
		}
	case "attribute-unchanged":
		return spelling{text: spellUnchanged(w)}
	case "send-community":
		return spellSendCommunity(w)
	}
	return spelling{text: w.text}
}

func spellUnchanged(w words) string {
	listed := " " + w.from(3) + " "
	text := w.first(3)
	for _, attribute := range []string{"as-path", "next-hop", "med"} {
		if w.from(3) == "" || strings.Contains(listed, " "+attribute+" ") {
			text += " " + attribute
		}
	}
	return text
}

// spellSendCommunity splits "both"; "all" is split into three by the builder.
func spellSendCommunity(w words) spelling {
	third := w.first(3)
	switch w.at(3) {
	case "both":
		return spelling{text: third, more: third + " extended"}
	case "standard":
		return spelling{text: third}
	}
	return spelling{text: w.text}
}

// spellName gives an IPv6 neighbor its canonical address.
func spellName(text string) string {
	w := newWords(text)
	name := w.at(1)
	if strings.IndexByte(name, ':') < 0 {
		return text
	}
	return replaceWord(text, 1, address(name))
}

// address is the canonical text of an address; anything else stays as it is.
func address(s string) string {
	if strings.IndexByte(s, ':') < 0 {
		return s
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return s
	}
	return a.String()
}

// prefix is the canonical text of a prefix, host bits cleared; anything else stays as it is.
func prefix(s string) string {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return s
	}
	if masked := p.Masked(); masked != p || p.Addr().Is6() {
		return masked.String()
	}
	return s
}

// maskBits is the length of a dotted mask.
func maskBits(s string) (bits int, ok bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() {
		return 0, false
	}
	b := a.As4()
	v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	for v&(1<<31) != 0 {
		v <<= 1
		bits++
	}
	return bits, v == 0 && bits > 0
}

// replaceWord is text with word i, counted from 0, replaced.
func replaceWord(text string, i int, word string) string {
	w := newWords(text)
	if w.at(i) == word {
		return text
	}
	head := w.first(i)
	if tail := w.from(i + 1); tail != "" {
		return head + " " + word + " " + tail
	}
	return head + " " + word
}
