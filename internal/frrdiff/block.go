package frrdiff

// kind is what the differ knows a block to be.
type kind uint8

const (
	noBlock        kind = iota
	topBlock            // the whole configuration
	bgpBlock            // router bgp 64512 [vrf V]
	familyBlock         // address-family, inside router bgp
	routeMapBlock       // one entry of a route-map
	bfdBlock            // bfd
	profileBlock        // profile, inside bfd
	bfdPeerBlock        // peer, inside bfd
	interfaceBlock      // interface
	vrfBlock            // vrf
	vtyBlock            // line vty
	opaqueBlock         // any other; removed by "no" and its opener
)

// closer is the line that ends a block of this kind.
func (k kind) closer() string {
	if k == familyBlock {
		return "exit-address-family"
	}
	return "exit"
}

// shared reports blocks that hold lines and are nothing by themselves: FRR has no
// line that removes them, or prints them or not as it sees fit. They are removed by
// removing what is in them.
func (k kind) shared() bool {
	switch k {
	case topBlock, familyBlock, bfdBlock, interfaceBlock, vrfBlock, vtyBlock:
		return true
	default:
		return false
	}
}

// opens is the kind of block that text opens inside a block of kind k; noBlock when
// it opens none that we know.
func (k kind) opens(text string) kind {
	w := newWords(text)
	switch k {
	case topBlock:
		return opensTop(w)
	case bgpBlock:
		switch w.at(0) {
		case "address-family":
			return familyBlock
		case "bmp", "vnc", "vrf-policy":
			return opaqueBlock
		case "segment-routing":
			return opaqueBlock
		}
	case familyBlock:
		if w.at(0) == "vni" {
			return opaqueBlock
		}
	case bfdBlock:
		switch w.at(0) {
		case "profile":
			return profileBlock
		case "peer":
			return bfdPeerBlock
		}
	case interfaceBlock:
		if w.at(0) == "link-params" {
			return opaqueBlock
		}
	}
	return noBlock
}

func opensTop(w words) kind {
	switch w.at(0) {
	case "router":
		if w.at(1) == "bgp" {
			return bgpBlock
		}
		return opaqueBlock
	case "route-map":
		if action := w.at(2); action == "permit" || action == "deny" {
			return routeMapBlock
		}
	case "bfd":
		if w.len() == 1 {
			return bfdBlock
		}
	case "interface":
		return interfaceBlock
	case "vrf":
		return vrfBlock
	case "line":
		return vtyBlock
	case "key", "nexthop-group", "pbr-map", "rpki", "segment-routing", "l2vpn", "pseudowire":
		return opaqueBlock
	case "mpls":
		if w.at(1) == "ldp" {
			return opaqueBlock
		}
	}
	return noBlock
}

// accepts reports whether text, without "no", is a line that a block of kind k is
// known to take, whatever its indentation. FRR hands a line that a block does not
// know to the block around it.
func (k kind) accepts(text string) bool {
	w := newWords(text)
	first := w.at(0)
	switch k {
	case topBlock:
		return topOnly(w) || topLeaf(first)
	case bgpBlock:
		return acceptsBGP(w)
	case familyBlock:
		return acceptsFamily(w)
	case routeMapBlock:
		switch first {
		case "match", "set", "call", "continue", "on-match", "description":
			return true
		}
	case bfdBlock:
		return first == "profile" || first == "peer"
	case profileBlock, bfdPeerBlock:
		switch first {
		case "detect-multiplier", "receive-interval", "transmit-interval", "echo-mode", "echo",
			"echo-interval", "passive-mode", "minimum-ttl", "shutdown", "label", "log-session-changes":
			return true
		}
		return k == bfdPeerBlock && first == "profile" && w.len() == 2
	case interfaceBlock:
		return acceptsInterface(w)
	case vrfBlock:
		return acceptsVRF(w)
	case vtyBlock:
		return first == "exec-timeout" || first == "access-class" || first == "login"
	case opaqueBlock:
		return !topOnly(w)
	}
	return false
}

func acceptsBGP(w words) bool {
	switch w.at(0) {
	case "neighbor", "network", "address-family", "timers", "redistribute", "aggregate-address",
		"distance", "maximum-paths", "coalesce-time", "read-quanta", "write-quanta", "update-delay",
		"table-map", "bmp", "vnc", "vrf-policy", "sid", "auto-summary", "synchronization":
		return true
	case "segment-routing":
		return w.at(1) == "srv6"
	case "bgp":
		return !topBGP(w.at(1))
	}
	return false
}

func acceptsFamily(w words) bool {
	switch w.at(0) {
	case "neighbor":
		return !sessionLine(w)
	case "network", "redistribute", "aggregate-address", "distance", "maximum-paths", "import", "export",
		"rd", "rt", "label", "nexthop", "table-map", "sid", "vni", "advertise", "advertise-all-vni",
		"advertise-default-gw", "advertise-svi-ip", "autort", "default-originate", "dup-addr-detection",
		"flooding", "mac-vrf", "ead-evi-rx", "ead-evi-tx", "disable-ead-evi-rx", "disable-ead-evi-tx", "route-target":
		return true
	case "route-map":
		return w.at(1) == "vpn"
	case "bgp":
		return w.at(1) == "dampening" || w.at(1) == "nexthop" || w.at(1) == "attribute"
	}
	return false
}

func acceptsInterface(w words) bool {
	switch w.at(0) {
	case "ip", "ipv6":
		return !topOnly(w)
	case "mpls":
		return w.at(1) != "ldp"
	case "description", "shutdown", "bandwidth", "multicast", "link-detect", "link-params", "evpn", "bfd", "mtu":
		return true
	}
	return false
}

func acceptsVRF(w words) bool {
	switch w.at(0) {
	case "vni", "description", "netns":
		return true
	case "ip", "ipv6":
		switch w.at(1) {
		case "route", "router-id", "nht", "protocol", "import-table", "mroute":
			return true
		}
	case "router-id":
		return true
	}
	return false
}

// topOnly reports lines that FRR knows at top level and nowhere else that matters.
func topOnly(w words) bool {
	switch w.at(0) {
	case "route-map":
		return w.at(1) != "vpn"
	case "router", "hostname", "frr", "log", "debug", "access-list", "service":
		return true
	case "ip", "ipv6":
		switch w.at(1) {
		case "prefix-list", "access-list", "route", "nht", "protocol", "forwarding", "router-id", "import-table", "community-list":
			return true
		}
	case "bgp":
		return topBGP(w.at(1))
	case "interface", "vrf", "bfd":
		return topBlock.opens(w.text) != noBlock
	}
	return false
}

// topLeaf reports first words that open no block at top level.
func topLeaf(first string) bool {
	switch first {
	case "ip", "ipv6", "log", "debug", "hostname", "domainname", "bgp", "frr", "service", "password", "enable",
		"access-list", "agentx", "zebra", "fpm", "banner", "username", "mac", "allow-external-route-update",
		"allow-reserved-ranges", "router-id", "table", "vni", "mpls", "route-map", "evpn":
		return true
	}
	return false
}

// topBGP reports second words of "bgp" lines that live at top level, not in router bgp.
func topBGP(second string) bool {
	switch second {
	case "community-list", "large-community-list", "extcommunity-list", "as-path", "community",
		"route-map", "input-queue-limit", "output-queue-limit", "no-rib", "send-extra-data", "ipv6-auto-ra",
		"session-dscp", "update-delay":
		return true
	}
	return false
}

// sessionLine reports neighbor lines that belong to the session, not to a family.
func sessionLine(w words) bool {
	switch w.at(2) {
	case "capability":
		return w.at(3) != "orf"
	case "remote-as", "local-as", "peer-group", "interface", "password", "update-source", "ebgp-multihop",
		"port", "timers", "bfd", "description", "shutdown", "passive", "disable-connected-check",
		"graceful-restart", "graceful-restart-helper", "graceful-restart-disable", "ttl-security",
		"advertisement-interval", "enforce-first-as", "enforce-multihop", "dont-capability-negotiate",
		"override-capability", "strict-capability-match", "local-role", "extended-optional-parameters",
		"tcp-mss", "sender-as-path-loop-detection", "disable-link-bw-encoding-ieee", "path-attribute",
		"graceful-shutdown", "aigp", "oad", "solo", "rpki", "ip-transparent", "as-loop-detection":
		return true
	}
	return false
}
