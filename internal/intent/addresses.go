package intent

import (
	"net/netip"
	"strings"
)

// parseAddresses reads one entry of a pool, a CIDR or "first-last", as the
// fewest CIDRs that cover it. Host bits of a CIDR are masked; IPv4-mapped
// addresses (RFC 4291, section 2.5.5.2) are IPv4.
func parseAddresses(text string) ([]netip.Prefix, *complaint) {
	text = strings.TrimSpace(text)
	if first, last, isRange := strings.Cut(text, "-"); isRange {
		return parseRange(text, strings.TrimSpace(first), strings.TrimSpace(last))
	}
	if !strings.Contains(text, "/") {
		return nil, noPrefixLength(text)
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return nil, complain(`write a CIDR such as 192.0.2.0/24, or a range such as 192.0.2.10-192.0.2.20`,
			"%s is not a CIDR", quote(text))
	}
	if !prefix.Addr().Is4In6() {
		return []netip.Prefix{prefix.Masked()}, nil
	}
	const mapped = 96 // length of ::ffff:0:0/96
	if prefix.Bits() < mapped {
		return nil, complain("write the IPv4 or the IPv6 prefix that is meant",
			"%s covers more than the IPv4-mapped addresses", quote(text))
	}
	return []netip.Prefix{netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-mapped).Masked()}, nil
}

// noPrefixLength complains about a bare address, and says how to write it.
func noPrefixLength(text string) *complaint {
	addr, c := parseAddr(text)
	if c != nil {
		return complain(`write a CIDR such as 192.0.2.0/24, or a range such as 192.0.2.10-192.0.2.20`,
			"%s is neither a CIDR nor a range", quote(text))
	}
	return complain("write "+netip.PrefixFrom(addr, addr.BitLen()).String(), "%s is an address without a prefix length", quote(text))
}

func parseRange(text, first, last string) ([]netip.Prefix, *complaint) {
	const example = "write two addresses of one family, such as 192.0.2.10-192.0.2.20"
	from, c := parseAddr(first)
	if c != nil {
		return nil, complain(example, "the start of range %s is not an address", quote(text))
	}
	to, c := parseAddr(last)
	if c != nil {
		return nil, complain(example, "the end of range %s is not an address", quote(text))
	}
	if from.Is4() != to.Is4() {
		return nil, complain("write one range for each family", "range %s starts in one address family and ends in the other", quote(text))
	}
	if to.Less(from) {
		return nil, complain("write "+to.String()+"-"+from.String(), "range %s ends before it starts", quote(text))
	}
	return summarize(from, to), nil
}

// parseAddr reads an address without a zone; IPv4-mapped addresses are IPv4.
func parseAddr(text string) (netip.Addr, *complaint) {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, complain("write an IPv4 or IPv6 address", "%s is not an IP address", quote(text))
	}
	if addr.Zone() != "" {
		return netip.Addr{}, complain("write the address without "+quote("%"+addr.Zone()), "%s has a zone", quote(text))
	}
	return addr.Unmap(), nil
}

// summarize covers the addresses from first to last, of one family and in
// order, with the fewest prefixes.
func summarize(first, last netip.Addr) []netip.Prefix {
	var prefixes []netip.Prefix
	for {
		widest := widestPrefix(first, last)
		prefixes = append(prefixes, widest)
		end := lastAddr(widest)
		if end == last {
			return prefixes
		}
		first = end.Next()
	}
}

// widestPrefix is the widest prefix that starts at first and does not pass last.
func widestPrefix(first, last netip.Addr) netip.Prefix {
	widest := netip.PrefixFrom(first, first.BitLen())
	for bits := first.BitLen() - 1; bits >= 0; bits-- {
		wider := netip.PrefixFrom(first, bits)
		if wider.Masked().Addr() != first || last.Less(lastAddr(wider)) {
			break
		}
		widest = wider
	}
	return widest
}

// lastAddr is the highest address of a prefix.
func lastAddr(p netip.Prefix) netip.Addr {
	bytes := p.Addr().AsSlice()
	for i := range bytes {
		if host := (i+1)*8 - p.Bits(); host >= 8 {
			bytes[i] = 0xFF
		} else if host > 0 {
			bytes[i] |= 1<<host - 1
		}
	}
	addr, _ := netip.AddrFromSlice(bytes)
	return addr
}
