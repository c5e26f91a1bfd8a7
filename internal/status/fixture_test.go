package status

import (
	"net/netip"
	"time"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/bgp"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/l2"
)

const (
	ours = "metallb-system"
	node = "node-1"
)

// noon is the time of all tests.
func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// facts are those of a node with two sessions and two services, one of them by both
// protocols, after edits. Everything works.
func facts(edits ...func(*Facts)) Facts {
	f := Facts{
		Namespace: ours, Node: node, NodeUID: "uid-of-node-1", Nodes: 3, Now: noon(),
		State:     state(),
		Published: handoff.Version{Generation: 7, Digest: "0123456789abcdef"},
		Reload:    Reload{Known: true, Result: result()},
	}
	for _, edit := range edits {
		edit(&f)
	}
	return f
}

func state() *announce.State {
	both := &bgp.Policy{Exports: []bgp.Export{{Session: "192.0.2.1"}, {Session: "2001:db8::1-red"}}}
	one := &bgp.Policy{Exports: []bgp.Export{{Session: "192.0.2.1"}}}
	return &announce.State{
		Node: node,
		BGP: bgp.Speaker{Instances: []bgp.Instance{
			{
				ASN: 64512, Sessions: []bgp.Session{{Peer: "tor-a", Addr: addr("192.0.2.1"), RemoteAS: bgp.RemoteAS{Number: 65001}, Password: bgp.NewSecret("hunter2")}},
				Routes: []bgp.Route{{Prefix: prefix("198.51.100.1/32"), Policy: both}, {Prefix: prefix("198.51.100.2/32"), Policy: one}},
			},
			{
				VRF: "red", ASN: 64512, Sessions: []bgp.Session{{Peer: "tor-b", Addr: addr("2001:db8::1"), VRF: "red"}},
				Routes: []bgp.Route{{Prefix: prefix("198.51.100.1/32"), Policy: both}},
			},
		}},
		L2: []l2.Announcement{{Addr: addr("198.51.100.2"), Links: []string{"eth1", "eth0"}}},
		Verdicts: []announce.Verdict{
			announced("web", announce.ProtocolBGP, "198.51.100.1", "tor-a", "tor-b"),
			announced("www", announce.ProtocolBGP, "198.51.100.2", "tor-a"),
			announced("www", announce.ProtocolL2, "198.51.100.2"),
		},
	}
}

func result() handoff.Result {
	return handoff.Result{
		Phase: handoff.PhaseIdle, Outcome: handoff.OutcomeApplied, Since: noon().Add(-time.Hour), Updated: noon(),
		Desired:    handoff.Version{Generation: 7, Digest: "0123456789abcdef"},
		Running:    handoff.Version{Generation: 7, Digest: "0123456789abcdef"},
		FRRVersion: "10.3",
		Daemons:    []handoff.Daemon{{Name: "bgpd", State: "up"}},
		Sessions: []handoff.Session{
			{VRF: "default", Neighbor: "192.0.2.1", RemoteASN: 65001, State: "Established", Since: noon().Add(-time.Hour), PrefixSent: 2},
			{VRF: "red", Neighbor: "2001:db8::1", RemoteASN: 65002, State: "Established", Since: noon().Add(-time.Hour), PrefixSent: 1},
		},
	}
}

func announced(name string, p announce.Protocol, address string, peers ...string) announce.Verdict {
	return announce.Verdict{Service: service(name), Protocol: p, Reason: announce.Announced, Addresses: []netip.Addr{addr(address)}, Peers: peers}
}

func service(name string) intent.Ref {
	return intent.Ref{Kind: "Service", Namespace: "shop", Name: name}
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// verdict changes the verdict of a service by BGP.
func verdict(name string, reason announce.Reason, detail string) func(*Facts) {
	return func(f *Facts) {
		f.State = state()
		for i := range f.State.Verdicts {
			if v := &f.State.Verdicts[i]; v.Service == service(name) && v.Protocol == announce.ProtocolBGP {
				v.Reason, v.Detail, v.Peers = reason, detail, nil
			}
		}
	}
}

// reload changes what frr-reloader reports.
func reload(edit func(*handoff.Result)) func(*Facts) {
	return func(f *Facts) {
		f.Reload.Result = result()
		edit(&f.Reload.Result)
	}
}

// refusal is a report of a refused line.
func refusal(r *handoff.Result) {
	r.Outcome = handoff.OutcomePartial
	r.Failures = []handoff.Failure{{
		Phase: handoff.PhaseApply, Daemon: "bgpd", Object: "BGPPeer tor-b", Number: 17,
		Line: "neighbor 2001:db8::1 remote-as 65002", Message: "% AS number mismatch",
	}}
}
