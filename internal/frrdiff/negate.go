package frrdiff

import "strings"

// negation is the line that takes n, a line or block inside a block of kind k, back:
// "no" and the line, where FRR wants nothing else. For a "no" line it is the line
// without "no". It is "" when there is nothing to say.
func negation(k kind, n *node) string {
	if ambient(k, n) {
		return ""
	}
	if text, no := bare(n.text); no {
		return text
	}
	w := newWords(n.text)
	switch k {
	case topBlock:
		return negationTop(w)
	case bgpBlock:
		return negationBGP(n, w)
	case routeMapBlock:
		return negationRouteMap(w)
	case profileBlock, bfdPeerBlock, vtyBlock:
		if line := defaultLine(k, n.slot); line != "" {
			return line
		}
	case interfaceBlock:
		if w.at(0) == "description" || w.at(0) == "bandwidth" {
			return "no " + w.first(1)
		}
	}
	return "no " + n.text
}

func negationTop(w words) string {
	switch w.at(0) {
	case "password":
		return "no password"
	case "enable":
		return "no enable password"
	case "debug":
		if w.first(3) == "debug zebra dplane" {
			return "no " + w.first(3)
		}
	}
	return "no " + w.text
}

func negationBGP(n *node, w words) string {
	if name := neighborOf(n.text); name != "" {
		switch {
		case creates(n) && w.at(2) == "peer-group" && w.len() == 3:
			return "no " + n.text
		case creates(n):
			return "no neighbor " + name
		case w.at(2) == "password", w.at(2) == "bfd" && w.len() == 3, w.at(2) == "description", w.at(2) == "shutdown":
			return "no " + w.first(3)
		case w.at(2) == "bfd":
			return "no " + w.first(4)
		}
	}
	return "no " + n.text
}

func negationRouteMap(w words) string {
	switch w.at(0) {
	case "description", "call":
		return "no " + w.first(1)
	case "on-match":
		return "no " + w.first(2)
	case "set":
		switch w.at(1) {
		case "table":
			return "no " + w.first(2)
		case "as-path":
			return "no " + w.first(3)
		}
	}
	return "no " + w.text
}

// overwrites reports whether writing to replaces from, which has the same slot. If
// not, from has to be taken back first.
func overwrites(k kind, from, to *node) bool {
	if from.block != to.block {
		return false
	}
	if strings.HasPrefix(from.text, "no ") || strings.HasPrefix(to.text, "no ") {
		return true
	}
	w := newWords(from.text)
	switch k {
	case bgpBlock:
		return w.at(0) != "neighbor" || w.at(2) != "shutdown"
	case familyBlock:
		switch w.at(0) {
		case "redistribute":
			return false
		case "network":
			return !strings.Contains(from.text, " label-index ") && !strings.Contains(to.text, " label-index ")
		case "neighbor":
			return w.at(2) != "remove-private-AS" && w.at(2) != "capability"
		}
	}
	return true
}
