package frrdiff

import "strings"

// slotOf is what a line sets, inside a block of kind k: writing another line of the
// same slot replaces it. text is without "no". For lines that are not known it is
// the whole line. It is almost always a prefix of text and then costs nothing.
func slotOf(k kind, text string) string {
	w := newWords(text)
	switch k {
	case topBlock:
		return slotTop(w)
	case bgpBlock:
		return slotBGP(w)
	case familyBlock:
		return slotFamily(w)
	case routeMapBlock:
		return slotRouteMap(w)
	case bfdBlock:
		return text
	case profileBlock, bfdPeerBlock:
		if w.at(0) == "echo" {
			return w.first(2)
		}
		return w.first(1)
	case interfaceBlock:
		if w.at(0) == "description" || w.at(0) == "bandwidth" {
			return w.first(1)
		}
	case vrfBlock:
		return slotVRF(w)
	case vtyBlock:
		return w.first(1)
	}
	return text
}

func slotTop(w words) string {
	switch w.at(0) {
	case "router":
		return slotRouter(w)
	case "route-map":
		if opensTop(w) == routeMapBlock {
			return "route-map " + w.at(1) + " " + w.at(3)
		}
	case "hostname", "domainname", "password":
		return w.first(1)
	case "log":
		return slotLog(w)
	case "ip", "ipv6":
		return slotIP(w)
	case "router-id":
		return w.first(1)
	case "bgp":
		return slotTopBGP(w)
	case "enable", "frr":
		return w.first(2)
	}
	return w.text
}

// slotRouter: one instance per VRF or view, whatever its AS number.
func slotRouter(w words) string {
	if w.at(1) != "bgp" {
		return w.text
	}
	if where := w.at(3); where == "vrf" || where == "view" {
		return "router bgp " + where + " " + w.at(4)
	}
	return "router bgp"
}

func slotLog(w words) string {
	switch w.at(1) {
	case "stdout", "syslog", "file", "facility", "monitor":
		return w.first(2)
	case "timestamp":
		return w.first(3)
	}
	return w.text
}

func slotIP(w words) string {
	switch w.at(1) {
	case "prefix-list", "access-list":
		if w.at(3) == "seq" {
			return w.first(5)
		}
		if w.at(3) == "description" {
			return w.first(4)
		}
	case "router-id", "forwarding":
		return w.first(2)
	case "route":
		return slotRoute(w.text)
	case "protocol":
		return w.first(3)
	case "nht":
		if w.at(2) == "resolve-via-default" {
			return w.first(3)
		}
		if w.at(3) == "route-map" {
			return w.first(4)
		}
	}
	return w.text
}

// slotRoute: tag and distance are values of a route to a next hop.
func slotRoute(text string) string {
	fields := strings.Fields(text)
	slot := make([]string, 0, len(fields))
	for i := 0; i < len(fields); i++ {
		switch {
		case fields[i] == "tag":
			i++
		case i > 3 && isNumber(fields[i]) && fields[i-1] != "label" && fields[i-1] != "table" && fields[i-1] != "color":
		default:
			slot = append(slot, fields[i])
		}
	}
	if len(slot) == len(fields) {
		return text
	}
	return strings.Join(slot, " ")
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func slotTopBGP(w words) string {
	switch w.at(1) {
	case "route-map":
		return w.first(3)
	case "input-queue-limit", "output-queue-limit", "session-dscp":
		return w.first(2)
	case "community", "as-path":
		return w.text
	case "community-list", "large-community-list", "extcommunity-list":
		// bgp community-list standard NAME seq 5 permit ...
		if w.at(4) == "seq" {
			return w.first(6)
		}
		if w.at(3) == "seq" {
			return w.first(5)
		}
	}
	return w.text
}

func slotVRF(w words) string {
	if w.at(0) == "ip" || w.at(0) == "ipv6" {
		return slotIP(w)
	}
	if w.at(0) == "router-id" || w.at(0) == "vni" {
		return w.first(1)
	}
	return w.text
}

func slotBGP(w words) string {
	switch w.at(0) {
	case "neighbor":
		return slotSession(w)
	case "bgp":
		return slotInstance(w)
	case "timers":
		return w.first(2)
	case "coalesce-time", "read-quanta", "write-quanta", "update-delay":
		return w.first(1)
	}
	return w.text
}

// slotInstance: lines that begin with "bgp" inside router bgp.
func slotInstance(w words) string {
	switch w.at(1) {
	case "router-id", "cluster-id", "ebgp-requires-policy", "suppress-fib-pending", "suppress-duplicates",
		"always-compare-med", "deterministic-med", "fast-external-failover", "fast-convergence", "log-neighbor-changes",
		"minimum-holdtime", "tcp-keepalive", "labeled-unicast", "reject-as-sets", "shutdown",
		"allow-martian-nexthop", "hard-administrative-reset", "use-underlays-nexthop-weight", "lu-ipv4-explicit-null",
		"graceful-shutdown", "retain", "enforce-first-as":
		return w.first(2)
	case "graceful-restart":
		if w.len() == 2 {
			return w.text
		}
		return w.first(3)
	case "graceful-restart-disable":
		return "bgp graceful-restart"
	case "default", "network", "client-to-client", "max-med", "conditional-advertisement", "long-lived-graceful-restart",
		"route-reflector", "snmp":
		return w.first(3)
	case "confederation":
		if w.at(2) == "identifier" {
			return w.first(3)
		}
	case "listen":
		if w.at(2) == "limit" {
			return w.first(3)
		}
		return w.first(4)
	}
	return w.text
}

// slotSession: neighbor lines of router bgp. A neighbor is created by the line in
// its slot "neighbor X remote-as" or "neighbor X peer-group".
func slotSession(w words) string {
	switch w.at(2) {
	case "interface":
		if w.at(3) == "v6only" && (w.at(4) == "remote-as" || w.at(4) == "") || w.at(3) == "remote-as" {
			return "neighbor " + w.at(1) + " remote-as"
		}
		return w.first(3)
	case "timers":
		switch w.at(3) {
		case "connect", "delayopen":
			return w.first(4)
		}
		return w.first(3)
	case "bfd":
		switch w.at(3) {
		case "profile", "check-control-plane-failure":
			return w.first(4)
		}
		return w.first(3)
	case "capability":
		return w.first(4)
	case "graceful-restart", "graceful-restart-helper", "graceful-restart-disable":
		return "neighbor " + w.at(1) + " graceful-restart"
	}
	return w.first(3)
}

func slotFamily(w words) string {
	switch w.at(0) {
	case "network", "aggregate-address":
		return w.first(2)
	case "neighbor":
		return slotFamilyNeighbor(w)
	case "redistribute":
		if next := w.at(2); next == "" || next == "metric" || next == "route-map" {
			return w.first(2)
		}
		return w.first(3)
	case "maximum-paths":
		if w.at(1) == "ibgp" {
			return w.first(2)
		}
		return w.first(1)
	case "table-map", "sid":
		return w.first(1)
	case "distance":
		return w.first(2)
	case "rd", "rt", "label", "nexthop", "route-map":
		return w.first(3)
	case "import":
		if w.at(1) == "vrf" && w.at(2) == "route-map" {
			return w.first(3)
		}
	case "bgp":
		if w.at(1) == "dampening" {
			return w.first(2)
		}
	}
	return w.text
}

func slotFamilyNeighbor(w words) string {
	switch w.at(2) {
	case "route-map", "prefix-list", "filter-list", "distribute-list", "unsuppress-map":
		if w.len() == 5 {
			return "neighbor " + w.at(1) + " " + w.at(2) + " " + w.at(4)
		}
	case "send-community", "capability", "next-hop-self":
		return w.first(4)
	case "addpath-tx-all-paths", "addpath-tx-bestpath-per-AS", "addpath-tx-best-selected":
		return w.first(2) + " addpath-tx"
	}
	return w.first(3)
}

func slotRouteMap(w words) string {
	switch w.at(0) {
	case "match":
		return slotMatch(w)
	case "set":
		return slotSet(w)
	case "call", "on-match", "description":
		return w.first(1)
	case "continue":
		return "on-match"
	}
	return w.text
}

func slotMatch(w words) string {
	switch w.at(1) {
	case "ip", "ipv6":
		switch w.at(3) {
		case "prefix-list", "prefix-len", "type", "address":
			return w.first(4)
		}
		return w.first(3)
	case "evpn":
		return w.first(3)
	}
	return w.first(2)
}

func slotSet(w words) string {
	switch w.at(1) {
	case "extcommunity", "as-path", "ip", "evpn":
		return w.first(3)
	case "ipv6":
		return w.first(4)
	}
	return w.first(2)
}

// neighborOf is the neighbor that a line of router bgp or a family speaks of, or "".
func neighborOf(text string) string {
	text, _ = bare(text)
	rest, found := strings.CutPrefix(text, "neighbor ")
	if !found {
		return ""
	}
	name, _, _ := strings.Cut(rest, " ")
	return name
}
