package status

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/bgp"
	"frr-speaker/internal/handoff"
)

// States of a session that status tells apart from the rest.
const (
	stateEstablished = "Established"
	stateActive      = "Active"
	stateUnknown     = "Unknown" // FRR has not told it
)

// Reasons of the condition about sessions, and of the Events about each.
const (
	ReasonSessionEstablished = "sessionEstablished"
	ReasonSessionDown        = "sessionDown"
)

// stateOf keeps a neighbor that does not answer from being news every few seconds: while
// FRR tries, it goes through these states in turn.
func stateOf(s handoff.Session) string {
	switch s.State {
	case "Connect", "OpenSent", "OpenConfirm":
		return stateActive
	case "":
		return stateUnknown
	}
	return s.State
}

// defaultVRF is the name that FRR has for the default VRF.
const defaultVRF = "default"

// place is where a session is, on both sides of the volume.
type place struct{ vrf, neighbor string }

func placeOf(s handoff.Session) place {
	p := place{s.VRF, s.Neighbor}
	if p.vrf == defaultVRF {
		p.vrf = ""
	}
	if addr, err := netip.ParseAddr(s.Neighbor); err == nil {
		p.neighbor = addr.String()
	}
	return p
}

// sessionsOf joins the sessions that are wanted with what FRR says of them, and
// adds those that nobody asked for.
func sessionsOf(f Facts) []v1alpha1.Session {
	told := make(map[place]handoff.Session, len(f.Reload.Result.Sessions))
	for _, s := range f.Reload.Result.Sessions {
		told[placeOf(s)] = s
	}
	var out []v1alpha1.Session
	for _, instance := range instancesOf(f.State) {
		wanted := prefixesWanted(instance)
		for _, s := range instance.Sessions {
			at := place{s.VRF, s.Neighbor()}
			row := session(at, told[at])
			row.Peer, row.PrefixesWanted = s.Peer, wanted[s.ID()]
			row.RemoteASN = cmp.Or(row.RemoteASN, uint32(s.RemoteAS.Number))
			if f.Reload.Silent {
				row.State, row.Since = stateUnknown, nil
			}
			out = append(out, row)
			delete(told, at)
		}
	}
	for at, s := range told {
		out = append(out, session(at, s))
	}
	slices.SortFunc(out, func(a, b v1alpha1.Session) int {
		return cmp.Or(strings.Compare(a.VRF, b.VRF), strings.Compare(a.Neighbor, b.Neighbor))
	})
	return out
}

func instancesOf(state *announce.State) []bgp.Instance {
	if state == nil {
		return nil
	}
	return state.BGP.Instances
}

func session(at place, s handoff.Session) v1alpha1.Session {
	return v1alpha1.Session{
		Neighbor: at.neighbor, VRF: at.vrf, RemoteASN: s.RemoteASN,
		State: stateOf(s), Since: when(s.Since),
		LastReset: cut(s.LastReset), Flaps: int32(s.Flaps), PrefixesSent: int32(s.PrefixSent),
	}
}

// prefixesWanted counts the routes of each session's Adj-RIB-Out. Routes share
// policies, so it costs a look per route and the exports of each policy once.
func prefixesWanted(instance bgp.Instance) map[string]int32 {
	routes := map[*bgp.Policy]int32{}
	for _, r := range instance.Routes {
		routes[r.Policy]++
	}
	wanted := map[string]int32{}
	for policy, n := range routes {
		for _, export := range policy.Exports {
			wanted[export.Session] += n
		}
	}
	return wanted
}

func established(sessions []v1alpha1.Session) int {
	up := 0
	for _, s := range sessions {
		if s.State == stateEstablished {
			up++
		}
	}
	return up
}

// lastReset is the latest loss of a session, as far as FRR tells: it knows when a
// session went down while it is, and afterwards only when it came back.
func lastReset(sessions []v1alpha1.Session) *v1alpha1.Reset {
	var last *v1alpha1.Reset
	for _, s := range sessions {
		if s.Flaps == 0 || s.Since == nil || last != nil && !last.Time.Before(s.Since) {
			continue
		}
		last = &v1alpha1.Reset{Time: *s.Since, Peer: cmp.Or(s.Peer, s.Neighbor), Reason: s.LastReset}
	}
	return last
}
