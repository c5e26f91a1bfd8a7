package l2

import "net/netip"

// Announcement is one address that this node answers for.
type Announcement struct {
	Addr netip.Addr
	// Links names the interfaces on which it is answered, sorted; nil is all usable ones.
	Links []string
}
