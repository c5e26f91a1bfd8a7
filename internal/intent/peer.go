package intent

import (
	"net/netip"

	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/bgp"
)

// Peer is a BGPPeer: a session to make on each node that it selects.
type Peer struct {
	Ref       Ref
	MyASN     bgp.ASN
	RouterID  netip.Addr // invalid: not set
	Nodes     Selector
	Session   bgp.Session // complete but for what depends on the node: nothing does today
	DualStack bool
}

// peerDraft is a peer that still needs what it refers to.
type peerDraft struct {
	peer   Peer
	secret string // name of the Secret with the password; "": none
}

// defaultPort is FRR's own. bgp.Session has 0 for it, for FRR does not print it.
const (
	defaultPort = 179
	maxPort     = 16384 // as the CRD has it
)

func parsePeer(o *v1beta2.BGPPeer, f *findings) peerDraft {
	spec := &o.Spec
	draft := peerDraft{peer: Peer{
		Ref:       f.ref,
		MyASN:     bgp.ASN(spec.MyASN),
		RouterID:  parseRouterID(f, spec.RouterID),
		Nodes:     parseSelectors(f, "spec.nodeSelectors", spec.NodeSelectors),
		DualStack: spec.DualStackAddressFamily,
	}}
	if spec.MyASN == 0 {
		f.refuse("spec.myASN", "set it to the AS of the nodes", "is missing")
	}
	session := &draft.peer.Session
	session.Peer = o.Name
	session.RemoteAS = parseRemoteAS(f, spec)
	session.LocalAS = parseLocalAS(f, spec)
	session.Port = parsePort(f, spec.Port)
	session.VRF = parseVRF(f, spec.VRFName)
	session.Timers = parseTimers(f, spec.HoldTime, spec.KeepaliveTime)
	session.ConnectTime = parseConnectTime(f, spec.ConnectTime)
	session.BFD = spec.BFDProfile != ""
	session.BFDProfile = spec.BFDProfile
	session.GracefulRestart = spec.EnableGracefulRestart
	parseNeighbor(f, spec, session)
	session.Families = familiesOf(*session, spec.DualStackAddressFamily)
	session.EBGPMultiHop = parseMultiHop(f, spec, draft.peer)
	session.DisableConnectedCheck = needsNoConnectedCheck(draft.peer)
	draft.secret = parsePassword(f, spec, session)
	if spec.DisableMP {
		f.note("spec.disableMP", "it is ignored", "remove it", "has no meaning any more: a session carries one family unless dualStackAddressFamily is set")
	}
	return draft
}

func parseRouterID(f *findings, text string) netip.Addr {
	if text == "" {
		return netip.Addr{}
	}
	const field = "spec.routerID"
	id, c := parseAddr(text)
	if c == nil && (!id.Is4() || id.IsUnspecified()) {
		c = complain("write four numbers such as 192.0.2.1", "%s is not a BGP identifier", quote(text)) // RFC 6286, section 2.1
	}
	f.object(field, c)
	return id
}

func parseRemoteAS(f *findings, spec *v1beta2.BGPPeerSpec) bgp.RemoteAS {
	switch {
	case spec.ASN != 0 && spec.DynamicASN != "":
		f.refuse("spec.peerASN", "remove one of the two", "is set together with spec.dynamicASN")
	case spec.ASN == 0 && spec.DynamicASN == "":
		f.refuse("spec.peerASN", "set the AS of the neighbor here, or spec.dynamicASN", "is missing")
	case spec.ASN != 0:
		return bgp.RemoteAS{Number: bgp.ASN(spec.ASN)}
	case spec.DynamicASN == v1beta2.InternalASNMode:
		return bgp.RemoteAS{Kind: bgp.RemoteASInternal}
	case spec.DynamicASN == v1beta2.ExternalASNMode:
		return bgp.RemoteAS{Kind: bgp.RemoteASExternal}
	default:
		f.refuse("spec.dynamicASN", "write internal or external", "%s is neither internal nor external", quote(string(spec.DynamicASN)))
	}
	return bgp.RemoteAS{}
}

// parseLocalAS refuses what FRR does: a local-as that is the instance's own, one
// on an internal session, and, up to FRR 8, one that is the neighbor's.
func parseLocalAS(f *findings, spec *v1beta2.BGPPeerSpec) bgp.ASN {
	const field = "spec.localASN"
	switch local := spec.LocalASN; {
	case local == 0:
	case local == spec.MyASN:
		f.refuse(field, "remove it, or set another AS than spec.myASN", "is the same as spec.myASN")
	case spec.DynamicASN == v1beta2.InternalASNMode || spec.ASN == spec.MyASN:
		f.refuse(field, "remove it: inside an AS there is no other AS to show", "is set on an internal session")
	case local == spec.ASN:
		f.refuse(field, "remove it, or set another AS than spec.peerASN", "is the same as spec.peerASN")
	}
	return bgp.ASN(spec.LocalASN)
}

func parsePort(f *findings, port uint16) uint16 {
	if port > maxPort {
		f.refuse("spec.peerPort", "use a port from 1 to 16384", "%d is above %d", port, maxPort)
	}
	if port == defaultPort {
		return 0
	}
	return port
}

// parseVRF reads a VRF name; FRR has "default" for the default one.
func parseVRF(f *findings, name string) string {
	if name == "" || name == "default" {
		return ""
	}
	f.object("spec.vrf", checkLinkName(name))
	return name
}

// parseMultiHop refuses multihop where there are no hops to count. FRR itself
// ignores it on an internal session, and refuses it on one over an interface.
func parseMultiHop(f *findings, spec *v1beta2.BGPPeerSpec, p Peer) bool {
	const field = "spec.ebgpMultiHop"
	if !spec.EBGPMultiHop {
		return false
	}
	const internalRemedy = "remove it: internal sessions may cross hops anyway"
	if spec.ASN != 0 && spec.ASN == spec.MyASN {
		f.refuse(field, internalRemedy, "is set on an internal session")
	}
	if p.Session.RemoteAS.Kind == bgp.RemoteASInternal {
		f.warn(field, "it is ignored", internalRemedy, "is set on an internal session")
		return false
	}
	if p.Session.Interface != "" {
		f.refuse(field, "remove it, or set spec.peerAddress in place of spec.interface", "is set on a session over an interface, which crosses one hop")
	}
	return true
}

// needsNoConnectedCheck reports whether bgpd would take the neighbor for one that
// is not connected although it is: an external IPv6 session of one hop, whose
// link the nodes may know by its link-local addresses only. Whether the session
// carries IPv4 as well does not matter (MetalLB thinks it does).
func needsNoConnectedCheck(p Peer) bool {
	return p.Session.Addr.Is6() && !p.Session.EBGPMultiHop && p.Session.RemoteAS.ExternalTo(p.MyASN)
}

// familiesOf lists what a session carries: the family of its address, or both.
func familiesOf(s bgp.Session, dualStack bool) []bgp.Family {
	switch {
	case dualStack || s.Interface != "":
		return []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast}
	case s.Addr.Is6():
		return []bgp.Family{bgp.IPv6Unicast}
	default:
		return []bgp.Family{bgp.IPv4Unicast}
	}
}

// parsePassword reads a password in the object, or returns the name of the
// Secret that has it.
func parsePassword(f *findings, spec *v1beta2.BGPPeerSpec, s *bgp.Session) (secret string) {
	if spec.Password != "" && spec.PasswordSecret.Name != "" {
		f.refuse("spec.password", "remove one of the two", "is set together with spec.passwordSecret")
		return ""
	}
	if spec.Password != "" {
		f.object("spec.password", checkPassword(spec.Password))
		s.Password = bgp.NewSecret(spec.Password)
	}
	checkSecretReference(f, spec)
	return spec.PasswordSecret.Name
}

// checkSecretReference warns of what a reference says in vain: only the own namespace is read.
func checkSecretReference(f *findings, spec *v1beta2.BGPPeerSpec) {
	const field = "spec.passwordSecret"
	ref := spec.PasswordSecret
	if ref.Name == "" && ref.Namespace != "" {
		f.warn(field+".name", "the session has no password", "set the name of the Secret", "is missing")
		return
	}
	if ref.Namespace != "" && ref.Namespace != f.ref.Namespace {
		f.warn(field+".namespace", "the Secret is read in namespace "+f.ref.Namespace, "remove it",
			"%s is not the namespace of the speaker", quote(ref.Namespace))
	}
}
