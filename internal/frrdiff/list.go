package frrdiff

import (
	"strconv"
	"strings"
)

// listLine is a line of a numbered list: prefix-list, access-list, community-list.
type listLine struct {
	list string // "ip prefix-list NAME"
	seq  int64  // 0 when the line gives none
	rest string // "permit 10.0.0.0/8 le 24", "description ..."
	yang bool   // FRR can commit it together with others
}

// parseList takes a top-level line, without "no", apart. ok is false for lines of
// no list, and for "remark" and "description", which have no number.
func parseList(text string) (l listLine, ok bool) {
	w := newWords(text)
	name := 2
	switch w.at(0) {
	case "ip", "ipv6":
		if second := w.at(1); second != "prefix-list" && second != "access-list" {
			return l, false
		}
		l.yang = true
	case "access-list":
		name, l.yang = 1, true
	case "bgp":
		switch w.at(1) {
		case "community-list", "large-community-list", "extcommunity-list":
			if kind := w.at(2); kind == "standard" || kind == "expanded" {
				name = 3
			}
		case "as-path":
			if w.at(2) != "access-list" {
				return l, false
			}
			name = 3
		default:
			return l, false
		}
	default:
		return l, false
	}
	l.list = w.first(name + 1)
	l.rest = w.from(name + 1)
	if number, found := strings.CutPrefix(l.rest, "seq "); found {
		digits, rest, _ := strings.Cut(number, " ")
		seq, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return l, false
		}
		l.seq, l.rest = seq, rest
	}
	action, _, _ := strings.Cut(l.rest, " ")
	return l, action == "permit" || action == "deny" || l.rest == "" && l.seq != 0
}

// text is the line with its number.
func (l listLine) text() string {
	return l.list + " seq " + strconv.FormatInt(l.seq, 10) + " " + l.rest
}

// prefix is the prefix of a prefix-list line, without action, "ge" and "le".
func (l listLine) prefix() string {
	return newWords(l.rest).at(1)
}

// next is the number that FRR gives to a line that comes after highest.
func (l listLine) next(highest int64) int64 {
	if l.yang {
		return highest + 5
	}
	return highest/5*5 + 5
}
