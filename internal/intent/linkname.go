package intent

import (
	"net/netip"
	"strings"
)

// maxLinkName is IFNAMSIZ of the Linux kernel without its NUL.
const maxLinkName = 15

const linkNameRemedy = "use the name that `ip link` shows"

// checkLinkName complains about a name that no network interface can have, or
// that FRR would not read as one word.
func checkLinkName(name string) *complaint {
	if c := checkPlainLinkName(name); c != nil {
		return c
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return complain(linkNameRemedy, "%s is an address, and FRR would take it for one", quote(name))
	}
	return nil
}

// checkPlainLinkName complains about a name that no network interface can have.
func checkPlainLinkName(name string) *complaint {
	if len(name) > maxLinkName {
		return complain(linkNameRemedy, "%s has %d bytes, and an interface name has at most %d", quote(name), len(name), maxLinkName)
	}
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/:") || strings.ContainsFunc(name, isUnprintable) {
		return complain(linkNameRemedy, "%s is not the name of a network interface", quote(name))
	}
	return nil
}

// isUnprintable reports what is not printable ASCII, spaces included.
func isUnprintable(r rune) bool { return r <= ' ' || r > '~' }
