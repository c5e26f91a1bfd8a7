package page

import (
	"net/netip"
	"strconv"
	"time"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/bgp"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/l2"
	"frr-speaker/internal/status"
)

// noon is the time of all tests.
func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

const password = "hunter2 and more"

// facts are those of a node with a session that is up and one that is not, and a
// service for each kind of row.
func facts() Facts {
	all := &bgp.Policy{
		Sources: []string{"advertisement public", "pool gold"},
		Exports: []bgp.Export{
			{Session: "192.0.2.1", Attributes: bgp.Attributes{LocalPref: 150, Communities: []bgp.Community{64512<<16 | 11}}},
			{Session: "192.0.2.2"},
		},
	}
	alike := *all
	version := handoff.Version{Generation: 7, Digest: "0123456789abcdef"}
	return Facts{Facts: status.Facts{
		Namespace: "metallb-system", Node: "node-1", Nodes: 3, Now: noon(), Published: version,
		State: &announce.State{
			Node: "node-1",
			BGP: bgp.Speaker{Instances: []bgp.Instance{{
				ASN: 64512,
				Sessions: []bgp.Session{
					{Peer: "tor-a", Addr: netip.MustParseAddr("192.0.2.1"), RemoteAS: bgp.RemoteAS{Number: 65001}, Password: bgp.NewSecret(password)},
					{Peer: "tor-b", Addr: netip.MustParseAddr("192.0.2.2"), RemoteAS: bgp.RemoteAS{Number: 65002}},
				},
				Routes: []bgp.Route{
					{Prefix: netip.MustParsePrefix("198.51.100.1/32"), Policy: all},
					{Prefix: netip.MustParsePrefix("198.51.100.2/32"), Policy: &alike},
				},
			}}},
			L2: []l2.Announcement{{Addr: netip.MustParseAddr("198.51.100.2"), Links: []string{"eth0", "eth1"}}},
			Verdicts: []announce.Verdict{
				verdict("web", announce.ProtocolBGP, announce.Announced, "198.51.100.1", "tor-a", "tor-b"),
				verdict("www", announce.ProtocolBGP, announce.NoEndpoints, "198.51.100.3"),
				verdict("www", announce.ProtocolL2, announce.NotOwner, "198.51.100.3"),
			},
		},
		Problems: []intent.Problem{{
			Object: intent.Ref{Kind: "BGPPeer", Namespace: "metallb-system", Name: "tor-c"}, Field: "spec.peerAddress",
			Message: "is no address", Effect: "this peer is left out", Remedy: "write an IPv4 or IPv6 address",
		}},
		Links: []l2.Report{{
			Addr: netip.MustParseAddr("198.51.100.2"), Links: []string{"eth0"},
			Unfit: []l2.UnfitLink{{Name: "eth1", Reason: l2.UnfitDown}},
		}},
		Reload: status.Reload{Known: true, Result: handoff.Result{
			Phase: handoff.PhaseIdle, Outcome: handoff.OutcomePartial, Since: noon(), Updated: noon().Add(-3 * time.Second),
			Desired: version, Running: version, FRRVersion: "10.3",
			Failures: []handoff.Failure{{Daemon: "bgpd", Line: "neighbor 192.0.2.1 password " + password, Message: "% Malformed", Object: "BGPPeer tor-a"}},
			Drift:    []handoff.DriftLine{{Daemon: "bgpd", Block: "router bgp 64512", Line: "neighbor 192.0.2.9 password " + password, Extra: true}},
			Daemons:  []handoff.Daemon{{Name: "zebra", State: "up"}, {Name: "bgpd", State: "down", Restarts: 2, LastError: "signal 9"}},
			Sessions: []handoff.Session{
				{VRF: "default", Neighbor: "192.0.2.1", RemoteASN: 65001, State: "Established", Since: noon().Add(-93 * time.Minute), PrefixSent: 2},
				{VRF: "default", Neighbor: "192.0.2.2", RemoteASN: 65002, State: "Active", Flaps: 3, LastReset: "Hold Timer Expired"},
			},
		}},
	}}
}

func verdict(name string, p announce.Protocol, r announce.Reason, address string, peers ...string) announce.Verdict {
	return announce.Verdict{
		Service:  intent.Ref{Kind: "Service", Namespace: "shop", Name: name},
		Protocol: p, Reason: r, Peers: peers, Addresses: []netip.Addr{netip.MustParseAddr(address)},
	}
}

// many are n verdicts, every tenth of a service that is not announced.
func many(n int) []announce.Verdict {
	var out []announce.Verdict
	for i := range n {
		reason := announce.Announced
		if i%10 == 0 {
			reason = announce.NoEndpoints
		}
		address := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}).String()
		out = append(out, verdict("service-"+strconv.Itoa(i), announce.ProtocolBGP, reason, address, "tor-a"))
	}
	return out
}
