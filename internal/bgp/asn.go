package bgp

import "strconv"

// ASN is a four-octet autonomous system number (RFC 6793). Zero is no AS (RFC 7607).
type ASN uint32

// String prints the number in asplain notation (RFC 5396, section 2).
func (a ASN) String() string { return strconv.FormatUint(uint64(a), 10) }

// RemoteAS is what a session expects of its neighbor's AS: one number, or any
// AS that makes the session internal or external (FRR: neighbor remote-as).
type RemoteAS struct {
	Number ASN // set when Kind is RemoteASNumber
	Kind   RemoteASKind
}

// RemoteASKind says how a neighbor's AS is given.
type RemoteASKind uint8

// The ways in which a neighbor's AS is given.
const (
	RemoteASNumber RemoteASKind = iota
	RemoteASInternal
	RemoteASExternal
)

// String prints the value as FRR's "remote-as" takes it.
func (r RemoteAS) String() string {
	switch r.Kind {
	case RemoteASInternal:
		return "internal"
	case RemoteASExternal:
		return "external"
	default:
		return r.Number.String()
	}
}

// ExternalTo reports whether a session with this neighbor leaves the AS local.
func (r RemoteAS) ExternalTo(local ASN) bool {
	switch r.Kind {
	case RemoteASInternal:
		return false
	case RemoteASExternal:
		return true
	default:
		return r.Number != local
	}
}
