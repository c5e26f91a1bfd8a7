package status

import (
	"strconv"
	"time"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
)

// sessionEvents tells which sessions were lost and which are up, on the BGPPeers
// that ask for them. A session that was lost and made again between two looks is
// both. While nothing is known of FRR's sessions, nothing is told: what was known stays.
func sessionEvents(before Memory, now *Memory, f Facts) []Event {
	r := f.Reload
	if !r.Known || r.Silent || r.Result.Phase == handoff.PhaseStarting {
		now.sessions = before.sessions
		return nil
	}
	var out []Event
	now.sessions = map[place]seen{}
	for _, s := range sessionsOf(f) {
		if s.Peer == "" {
			continue
		}
		at := place{s.VRF, s.Neighbor}
		was, known := before.sessions[at]
		known = known && was.peer == s.Peer
		up := s.State == stateEstablished
		if known && !was.down && (!up || lostBetween(was, s)) {
			out = append(out, f.peerEvent(s, true, ReasonSessionDown, lost(f.Node, s)))
		}
		if up && (!known || was.down || lostBetween(was, s)) {
			out = append(out, f.peerEvent(s, false, ReasonSessionEstablished, "session of node "+strconv.Quote(f.Node)+" with "+neighborOf(s)+" is established"))
		}
		switch {
		case up:
			now.sessions[at] = seenNow(s)
		case known:
			was.down = true
			now.sessions[at] = was
		}
	}
	return out
}

// lostBetween tells whether an established session is another one than before.
// FRR counts from zero when it starts anew.
func lostBetween(was seen, s v1alpha1.Session) bool {
	if was.flaps != s.Flaps {
		return true
	}
	return s.Since != nil && !was.since.IsZero() && s.Since.Sub(was.since).Abs() > wobble
}

// wobble is by how much the time of one event may differ between two looks: FRR says
// how long ago it was, in whole seconds.
const wobble = 3 * time.Second

func seenNow(s v1alpha1.Session) seen {
	is := seen{peer: s.Peer, flaps: s.Flaps}
	if s.Since != nil {
		is.since = s.Since.Time
	}
	return is
}

func (f Facts) peerEvent(s v1alpha1.Session, warning bool, reason, message string) Event {
	return Event{
		Object:  intent.Ref{Kind: "BGPPeer", Namespace: f.Namespace, Name: s.Peer},
		Warning: warning, Reason: reason, Message: message,
	}
}

func lost(node string, s v1alpha1.Session) string {
	message := "session of node " + strconv.Quote(node) + " with " + neighborOf(s) + " went down"
	if s.LastReset != "" {
		message += ": " + s.LastReset
	}
	return message
}

func neighborOf(s v1alpha1.Session) string {
	if s.VRF == "" {
		return s.Neighbor
	}
	return s.Neighbor + " in VRF " + s.VRF
}
