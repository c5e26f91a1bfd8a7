package frrdiff

// onByDefault reports lines, without "no", that FRR has switched on and prints only
// with "no": 8.4 and 10.3, profile "traditional".
func onByDefault(k kind, w words) bool {
	switch k {
	case topBlock:
		switch w.at(0) {
		case "route-map":
			return w.at(2) == "optimization"
		case "log":
			return w.at(1) == "error-category" || w.at(1) == "unique-id"
		}
	case bgpBlock:
		switch w.text {
		case "bgp ebgp-requires-policy", "bgp network import-check", "bgp default ipv4-unicast",
			"bgp client-to-client reflection", "bgp fast-external-failover", "bgp suppress-duplicates",
			"bgp graceful-restart notification", "bgp hard-administrative-reset":
			return true
		}
	case familyBlock:
		return w.at(0) == "neighbor" && w.at(2) == "send-community"
	case interfaceBlock:
		return w.text == "ipv6 nd suppress-ra" || w.text == "link-detect"
	}
	return false
}

// onSince10 reports lines that FRR 10 has switched on by default and prints only
// with "no", and that FRR 8.4 has switched off and prints when they are on.
func onSince10(k kind, w words) bool {
	switch k {
	case topBlock, vrfBlock:
		return w.at(1) == "nht" && w.at(2) == "resolve-via-default"
	case bgpBlock:
		return w.text == "bgp enforce-first-as" || w.at(0) == "neighbor" && w.at(2) == "enforce-first-as"
	}
	return false
}

// silentWhenOn reports lines, without "no", that this FRR prints only when they are off.
func silentWhenOn(k kind, w words, major int) bool {
	if k == topBlock && (w.text == "ip forwarding" || w.text == "ipv6 forwarding") {
		return true
	}
	return major >= 10 && onSince10(k, w)
}

// offByDefault reports lines, without "no", that are known to be off unless they
// are written: "no" in front of them sets nothing that FRR would print.
func offByDefault(k kind, w words) bool {
	if onByDefault(k, w) || onSince10(k, w) {
		return false
	}
	switch k {
	case topBlock:
		return offAtTop(w)
	case bgpBlock:
		return offInInstance(w)
	case familyBlock:
		return acceptsFamily(w) && w.at(2) != "activate"
	case routeMapBlock, profileBlock, bfdPeerBlock, bfdBlock, vtyBlock:
		return k.accepts(w.text)
	case vrfBlock:
		return acceptsVRF(w)
	case interfaceBlock:
		switch w.at(0) {
		case "shutdown", "description", "bandwidth", "mpls":
			return true
		case "ip", "ipv6":
			return w.at(1) == "address"
		}
	}
	return false
}

func offAtTop(w words) bool {
	switch w.at(0) {
	case "route-map", "router", "vrf", "interface", "bfd", "access-list", "debug", "log":
		return true
	case "ip", "ipv6":
		switch w.at(1) {
		case "prefix-list", "access-list", "route", "router-id", "protocol", "nht", "import-table":
			return true
		}
	case "bgp":
		return topBGP(w.at(1))
	}
	return false
}

func offInInstance(w words) bool {
	switch w.at(0) {
	case "neighbor":
		return w.at(2) == "" || sessionLine(w) && w.at(2) != "capability"
	case "timers", "coalesce-time", "read-quanta", "write-quanta", "update-delay", "address-family":
		return true
	case "bgp":
		switch w.at(1) {
		case "router-id", "cluster-id", "graceful-restart", "graceful-restart-disable", "bestpath", "always-compare-med",
			"confederation", "listen", "max-med", "minimum-holdtime", "shutdown", "graceful-shutdown":
			return true
		}
		return w.at(1) == "default" && w.at(2) == "local-preference"
	}
	return false
}

// setsDefault reports lines that set what is set anyway: FRR takes them and prints nothing.
func setsDefault(k kind, text string) bool {
	switch k {
	case topBlock:
		switch text {
		case "bgp route-map delay-timer 5", "bgp input-queue-limit 10000", "bgp output-queue-limit 10000",
			"bgp session-dscp 48", "log timestamp precision 0", "log facility daemon", "log monitor":
			return true
		}
		return newWords(text).first(2) == "log monitor"
	case bgpBlock:
		return defaultInInstance(text)
	case familyBlock:
		return text == "distance bgp 20 200 200"
	case profileBlock:
		w := newWords(text)
		return text == defaultLine(k, slotOf(k, text)) && w.len() > 1
	case bfdPeerBlock, vtyBlock:
		return text == defaultLine(k, slotOf(k, text))
	}
	return false
}

func defaultInInstance(text string) bool {
	switch text {
	case "timers bgp 60 180", "bgp graceful-restart restart-time 120", "bgp graceful-restart stalepath-time 360",
		"bgp default local-preference 100", "bgp listen limit 100", "write-quanta 64", "read-quanta 10":
		return true
	}
	w := newWords(text)
	return w.at(0) == "neighbor" && w.at(2) == "port" && w.at(3) == "179"
}

// defaultLine is the line that brings a slot back to its default where FRR (8.4) has
// no "no" for it, or "".
func defaultLine(k kind, slot string) string {
	if k == vtyBlock && slot == "exec-timeout" {
		return slot + " 10 0"
	}
	if k != profileBlock && k != bfdPeerBlock {
		return ""
	}
	switch slot {
	case "receive-interval", "transmit-interval":
		return slot + " 300"
	case "detect-multiplier":
		return slot + " 3"
	case "echo transmit-interval", "echo receive-interval":
		return slot + " 50"
	case "minimum-ttl":
		return slot + " 254"
	}
	return ""
}
