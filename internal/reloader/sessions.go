package reloader

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/vty"
)

// sessionInterval is how often bgpd is asked for its sessions. The answer costs it a fraction of a millisecond
// and does not grow with the number of prefixes.
const sessionInterval = time.Second

// sessions reports the BGP sessions, over a connection of its own.
type sessions struct {
	link    *link
	board   *board
	history *history
	log     *slog.Logger

	conn  *vty.Conn
	epoch int       // the life of bgpd that conn is of, as the link has it
	bgpd  socketID  // of the bgpd that history is about
	lost  time.Time // when the link to that one was lost; zero: it was not, or it is the same again
}

// socketID tells a socket from one that another process has made in its place; zero: unknown. A link
// is also lost to a bgpd that hangs, and that has forgotten nothing when it answers again.
type socketID struct {
	inode uint64
	made  int64 // ns
}

func socketOf(path string) socketID {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return socketID{}
	}
	return socketID{st.Ino, st.Mtim.Nano()}
}

func (s *sessions) String() string { return "session poller" }

// Run polls until ctx ends.
func (s *sessions) Run(ctx context.Context) error {
	tick := time.NewTicker(sessionInterval)
	defer tick.Stop()
	defer s.drop()
	for {
		s.poll(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *sessions) drop() {
	if s.conn != nil {
		_ = s.conn.Close()
		s.conn = nil
	}
}

// poll asks once. While bgpd is down there are no sessions.
func (s *sessions) poll(ctx context.Context) {
	epoch, up := s.link.state()
	if epoch != s.epoch || !up {
		s.drop()
		s.epoch = epoch
		if s.lost.IsZero() {
			s.lost = time.Now()
		}
	}
	if !up {
		s.publish(nil)
		return
	}
	bgpd := socketOf(s.link.path)
	list, err := s.ask(ctx)
	if err != nil {
		s.drop()
		if ctx.Err() == nil {
			s.log.Warn("cannot read the BGP sessions", "error", frrdiff.Redact(err.Error()))
		}
		return
	}
	if now, up := s.link.state(); now != epoch || !up {
		return // one bgpd is not taken for another
	}
	if !s.lost.IsZero() && (bgpd == socketID{} || bgpd != s.bgpd) {
		s.history.end(s.lost)
	}
	s.bgpd, s.lost = bgpd, time.Time{}
	s.publish(s.history.observe(list, time.Now()))
}

func (s *sessions) ask(ctx context.Context) ([]observed, error) {
	if s.conn == nil {
		c, err := vty.Dial(ctx, s.link.path)
		if err != nil {
			return nil, err
		}
		s.conn = c
		if err := s.version(ctx); err != nil {
			return nil, err
		}
	}
	r, err := s.conn.Do(ctx, "show bgp vrf all neighbors json")
	if err != nil {
		return nil, err
	}
	// Status 1 is "no BGP instance", with a text that is no JSON on some versions.
	if r.Status == vty.StatusWarning {
		return nil, nil
	}
	if r.Status != vty.StatusSuccess {
		return nil, r.Err()
	}
	return parseSessions([]byte(r.Text), time.Now())
}

// version reads which FRR this is: "FRRouting 8.4.4 (host) on Linux(...)."
func (s *sessions) version(ctx context.Context) error {
	text, err := s.conn.Query(ctx, "show version")
	if err != nil {
		return err
	}
	if fields := strings.Fields(text); len(fields) > 1 {
		s.board.update(func(r *handoff.Result) { r.FRRVersion = fields[1] })
	}
	return nil
}

// publish writes what changed on the board, and nothing when nothing did.
func (s *sessions) publish(list []handoff.Session) {
	old := s.board.snapshot().Sessions
	for k := range list {
		steady(&list[k], old)
	}
	if !slices.Equal(list, old) {
		s.board.update(func(r *handoff.Result) { r.Sessions = list })
	}
}

// steady keeps the time of a state that has not changed since the last look: FRR says how long ago it was, and
// that wobbles.
func steady(s *handoff.Session, old []handoff.Session) {
	for _, o := range old {
		if o.VRF == s.VRF && o.Neighbor == s.Neighbor && o.State == s.State && o.Flaps == s.Flaps && s.Since.Sub(o.Since).Abs() < 3*time.Second {
			s.Since = o.Since
		}
	}
}

// neighbor is what is read of "show bgp vrf all neighbors json" (FRR 8.4 and 10.x).
type neighbor struct {
	RemoteAS       uint32 `json:"remoteAs"`
	State          string `json:"bgpState"`
	EstablishedAt  int64  `json:"bgpTimerUpEstablishedEpoch"` // s
	LastReset      string `json:"lastResetDueTo"`
	LastResetAgo   int64  `json:"lastResetTimerMsecs"` // ms
	Dropped        int    `json:"connectionsDropped"`
	EstablishedCnt int    `json:"connectionsEstablished"`
	Families       map[string]struct {
		Sent int `json:"sentPrefixCounter"`
	} `json:"addressFamilyInfo"`
}

// observed is a session as bgpd tells of it. Flaps and LastReset are of this bgpd.
type observed struct {
	handoff.Session
	established int   // how often it came up
	reset       reset // the last one; none of a session that came up and stayed so
}

// stateEstablished is RFC 4271, section 8.2.2.
const stateEstablished = "Established"

// parseSessions reads the reply at time now.
func parseSessions(text []byte, now time.Time) ([]observed, error) {
	var vrfs map[string]map[string]json.RawMessage
	if err := json.Unmarshal(text, &vrfs); err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	var list []observed
	for vrf, neighbors := range vrfs {
		for name, raw := range neighbors {
			if name == "vrfId" || name == "vrfName" {
				continue
			}
			var n neighbor
			if err := json.Unmarshal(raw, &n); err != nil {
				return nil, fmt.Errorf("read session with %s: %w", name, err)
			}
			list = append(list, n.observed(vrf, name, now))
		}
	}
	slices.SortFunc(list, func(a, b observed) int {
		return cmp.Or(cmp.Compare(a.VRF, b.VRF), cmp.Compare(a.Neighbor, b.Neighbor))
	})
	return list, nil
}

func (n neighbor) observed(vrf, name string, now time.Time) observed {
	o := observed{Session: n.session(vrf, name, now), established: n.EstablishedCnt}
	// FRR 8 says of a session that is up what kept it from coming up at first.
	if n.LastReset != "" && (n.State != stateEstablished || n.Dropped > 0) {
		o.reset = reset{o.LastReset, now.Add(-time.Duration(n.LastResetAgo) * time.Millisecond)}
	}
	return o
}

func (n neighbor) session(vrf, name string, now time.Time) handoff.Session {
	s := handoff.Session{
		VRF: vrf, Neighbor: name, RemoteASN: n.RemoteAS, State: n.State, LastReset: frrdiff.Redact(n.LastReset), Flaps: n.Dropped,
	}
	switch {
	case n.State == stateEstablished && n.EstablishedAt > 0:
		s.Since = time.Unix(n.EstablishedAt, 0)
	case n.LastResetAgo > 0:
		s.Since = now.Add(-time.Duration(n.LastResetAgo) * time.Millisecond).Truncate(time.Second)
	}
	for _, f := range n.Families {
		s.PrefixSent += f.Sent
	}
	return s
}
