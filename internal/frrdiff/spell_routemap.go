package frrdiff

import (
	"slices"
	"strconv"
	"strings"
)

// spellRouteMap gives a line of a route-map entry the words that FRR prints.
func spellRouteMap(text string) string {
	w := newWords(text)
	switch w.at(0) {
	case "continue":
		return "on-match goto " + w.from(1)
	case "set":
		switch {
		case w.at(1) == "community":
			return spellCommunities(w)
		case w.at(1) == "ipv6" && w.len() == 5:
			return replaceWord(text, 4, address(w.at(4)))
		}
	case "match":
		if w.at(1) == "ipv6" && w.at(3) == "address" {
			return replaceWord(text, 4, address(w.at(4)))
		}
	}
	return text
}

// spellCommunities: FRR prints a set of communities sorted by value, each once,
// and the well-known ones by name.
func spellCommunities(w words) string {
	list := strings.Fields(w.from(2))
	additive := false
	if n := len(list); n > 0 && list[n-1] == "additive" {
		list, additive = list[:n-1], true
	}
	values := make([]uint32, 0, len(list))
	for _, c := range list {
		v, ok := communityValue(c)
		if !ok {
			return w.text
		}
		values = append(values, v)
	}
	slices.Sort(values)
	text := "set community"
	for _, v := range slices.Compact(values) {
		text += " " + communityName(v)
	}
	if additive {
		text += " additive"
	}
	return text
}

// wellKnown is the communities that FRR names (IANA, BGP Well-known Communities).
func wellKnown(value uint32) string {
	if value>>16 != 0xffff {
		return ""
	}
	switch value & 0xffff {
	case 0:
		return "graceful-shutdown"
	case 1:
		return "accept-own"
	case 2:
		return "route-filter-translated-v4"
	case 3:
		return "route-filter-v4"
	case 4:
		return "route-filter-translated-v6"
	case 5:
		return "route-filter-v6"
	case 6:
		return "llgr-stale"
	case 7:
		return "no-llgr"
	case 8:
		return "accept-own-nexthop"
	case 666:
		return "blackhole"
	case 0xff01:
		return "no-export"
	case 0xff02:
		return "no-advertise"
	case 0xff03:
		return "local-AS"
	case 0xff04:
		return "no-peer"
	}
	return ""
}

func communityName(value uint32) string {
	if name := wellKnown(value); name != "" {
		return name
	}
	return strconv.FormatUint(uint64(value>>16), 10) + ":" + strconv.FormatUint(uint64(value&0xffff), 10)
}

// communityValue is the value of "64512:11" or of a well-known name.
func communityValue(c string) (value uint32, ok bool) {
	high, low, found := strings.Cut(c, ":")
	if !found {
		return namedCommunity(c)
	}
	h, err1 := strconv.ParseUint(high, 10, 16)
	l, err2 := strconv.ParseUint(low, 10, 16)
	return uint32(h)<<16 | uint32(l), err1 == nil && err2 == nil
}

func namedCommunity(name string) (value uint32, ok bool) {
	if name == "internet" { // FRR 8.4's name for 0:0; FRR 10 refuses it
		return 0, true
	}
	for _, low := range []uint32{0, 1, 2, 3, 4, 5, 6, 7, 8, 666, 0xff01, 0xff02, 0xff03, 0xff04} {
		if v := uint32(0xffff)<<16 | low; strings.EqualFold(wellKnown(v), name) {
			return v, true
		}
	}
	return 0, false
}
