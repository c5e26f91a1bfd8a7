package reload

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"frr-speaker/internal/bgp"
)

// addSession makes a session with a neighbor that has none yet.
func (r random) addSession(w *world) {
	var free []bgp.Session
	offer := func(s bgp.Session) {
		if !slices.ContainsFunc(w.sessions, func(have bgp.Session) bool { return have.ID() == s.ID() }) {
			free = append(free, s)
		}
	}
	for _, p := range peersThatAnswer {
		offer(bgp.Session{Addr: p.addr4, Port: p.port, ConnectTime: time.Second})
		offer(bgp.Session{Addr: p.addr6, Port: p.port, ConnectTime: time.Second})
	}
	for _, a := range absent {
		offer(bgp.Session{Addr: a, RemoteAS: bgp.RemoteAS{Number: 65009}, EBGPMultiHop: true})
	}
	offer(bgp.Session{Interface: link, RemoteAS: bgp.RemoteAS{Kind: bgp.RemoteASExternal}})
	if len(free) == 0 {
		return
	}
	s := free[r.IntN(len(free))]
	s.Peer = fmt.Sprintf("tor-%d", r.IntN(1000))
	s.Families = r.families(s)
	w.sessions = append(w.sessions, s)
	// Adjust some of what can be adjusted, so that new sessions are not all alike.
	for range r.IntN(4) {
		r.adjust(w, len(w.sessions)-1)
	}
}

func (r random) families(s bgp.Session) []bgp.Family {
	both := []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast}
	if s.Interface != "" || r.coin() {
		return both
	}
	return []bgp.Family{bgp.FamilyOf(s.Addr)}
}

func (r random) removeSession(w *world) {
	if len(w.sessions) == 0 {
		return
	}
	n := r.IntN(len(w.sessions))
	w.sessions = slices.Delete(w.sessions, n, n+1)
}

func (r random) adjust(w *world, n int) {
	if r.coin() {
		r.easy(&w.sessions[n], w)
	} else {
		r.hard(&w.sessions[n])
	}
}

// easySession changes what a session takes without a reset.
func (r random) easySession(w *world) {
	if len(w.sessions) > 0 {
		r.easy(&w.sessions[r.IntN(len(w.sessions))], w)
	}
}

// hardSession changes what a session is reset for.
func (r random) hardSession(w *world) {
	if len(w.sessions) > 0 {
		r.hard(&w.sessions[r.IntN(len(w.sessions))])
	}
}

func (r random) easy(s *bgp.Session, w *world) {
	_, answers := answering(*s)
	switch r.IntN(6) {
	case 0:
		s.Timers = nil
		if r.coin() {
			keepalive := r.seconds(10, 60) // long enough for a machine that is busy
			s.Timers = &bgp.Timers{Keepalive: keepalive, Hold: keepalive * time.Duration(2+r.IntN(3))}
		}
	case 1:
		s.ConnectTime = r.seconds(1, 3)
		if !answers && r.coin() {
			s.ConnectTime = 0
		}
	case 2:
		if !answers && s.Interface == "" {
			s.Port = []uint16{0, 1790, 16384}[r.IntN(3)]
		}
	case 3:
		s.Peer = fmt.Sprintf("tor-%d", r.IntN(1000))
	case 4:
		// FRR 10 does not open a session before BFD is up, and the peers that answer have none.
		s.BFD, s.BFDProfile = !answers && !s.BFD, ""
	case 5:
		if s.BFD && len(w.profiles) > 0 {
			s.BFDProfile = w.profiles[r.IntN(len(w.profiles))].Name
		}
	}
}

func (r random) hard(s *bgp.Session) {
	_, answers := answering(*s)
	switch r.IntN(7) {
	case 0:
		s.Password = bgp.Secret{}
		if r.coin() {
			s.Password = bgp.NewSecret([]string{"s3cret", "!p?a$s|s#w'o\"r{d", "no", "exit"}[r.IntN(4)])
		}
	case 1:
		s.EBGPMultiHop = s.Interface == "" && !s.EBGPMultiHop
		s.EBGPMultiHop = s.EBGPMultiHop || !answers && s.Interface == "" // or FRR looks for a link to it
	case 2:
		s.SourceAddr = netip.Addr{}
		if s.Interface == "" && r.coin() {
			s.SourceAddr = other4
			if s.Addr.Is6() {
				s.SourceAddr = other6
			}
		}
	case 3:
		s.LocalAS = []bgp.ASN{0, 64999, 4200000099}[r.IntN(3)]
		if !answers && s.RemoteAS.Kind == bgp.RemoteASInternal {
			s.LocalAS = 0
		}
	case 4:
		s.Families = r.families(*s)
	case 5:
		s.GracefulRestart = !s.GracefulRestart
	case 6:
		if answers && s.RemoteAS.Kind == bgp.RemoteASNumber {
			s.RemoteAS = bgp.RemoteAS{Kind: bgp.RemoteASExternal}
		} else if answers {
			s.RemoteAS = bgp.RemoteAS{}
		}
	}
}

func (r random) changeInstance(w *world) {
	if r.coin() {
		w.asn = []bgp.ASN{nodeASN, 64513, 4200000001}[r.IntN(3)]
		return
	}
	w.routerID = netip.Addr{}
	if r.coin() {
		w.routerID = netip.AddrFrom4([4]byte{10, 255, 0, byte(1 + r.IntN(3))})
	}
}

func (r random) changeProfile(w *world) {
	p := bgp.BFDProfile{
		Name: fmt.Sprintf("profile-%d", r.IntN(3)), ReceiveInterval: r.interval(), TransmitInterval: r.interval(),
		EchoInterval: r.interval(), EchoMode: r.one(4), PassiveMode: r.one(4),
	}
	if r.coin() {
		p.DetectMultiplier = uint8(2 + r.IntN(20))
	}
	if r.one(3) {
		p.MinimumTTL = uint8(1 + r.IntN(254))
	}
	w.profiles = slices.DeleteFunc(w.profiles, func(old bgp.BFDProfile) bool { return old.Name == p.Name })
	if !r.one(4) {
		w.profiles = append(w.profiles, p)
	}
}

// interval in milliseconds, or none.
func (r random) interval() time.Duration {
	if r.coin() {
		return 0
	}
	return time.Duration(10+r.IntN(2000)) * time.Millisecond
}
