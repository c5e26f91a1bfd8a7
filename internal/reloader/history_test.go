package reloader

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/reloader/frrmetrics"
	"frr-speaker/internal/vty"
	"frr-speaker/internal/vty/vtytest"
)

// told is the one session of these tests, as bgpd tells of it.
func told(state string, established, dropped int, why reset) observed {
	return observed{
		Session:     handoff.Session{VRF: "default", Neighbor: "192.0.2.1", State: state, Flaps: dropped},
		established: established, reset: why,
	}
}

func TestWhatOutlivesBgpd(t *testing.T) {
	start := time.Date(2026, time.December, 1, 12, 0, 0, 0, time.UTC)
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	closed := reset{"Peer closed the session", at(5)}
	waiting := reset{"Waiting for peer OPEN", at(20)}
	up := told(stateEstablished, 1, 0, reset{})

	type step struct {
		at  int
		end bool // bgpd is gone
		out bool // the neighbor is not configured
		is  observed
	}
	tests := []struct {
		name  string
		steps []step
		want  frrmetrics.Past
	}{
		{"a session that came up and stayed", []step{{at: 1, is: up}}, frrmetrics.Past{}},
		{"a session that was lost", []step{{at: 6, is: told("Active", 1, 1, closed)}}, frrmetrics.Past{Flaps: 1, Reason: closed.reason, Reset: closed.at}},
		{
			"a session that was up when bgpd ended has gone down once",
			[]step{{at: 1, is: up}, {at: 10, end: true}, {at: 11, end: true}, {at: 20, is: told("Active", 0, 0, waiting)}, {at: 21, is: up}},
			frrmetrics.Past{Flaps: 1, Reason: "bgpd ended", Reset: at(10)},
		},
		{
			"a session that was down when bgpd ended has not gone down again, and why it did is kept",
			[]step{{at: 6, is: told("Active", 1, 1, closed)}, {at: 10, end: true}, {at: 20, is: told("Active", 0, 0, waiting)}},
			frrmetrics.Past{Flaps: 1, Reason: closed.reason, Reset: closed.at},
		},
		{
			"that goes on when it is up",
			[]step{{at: 6, is: told("Active", 1, 1, closed)}, {at: 10, end: true}, {at: 20, is: up}},
			frrmetrics.Past{Flaps: 1, Reason: closed.reason, Reset: closed.at},
		},
		{
			"until bgpd has a reason of its own",
			[]step{{at: 1, is: up}, {at: 3, end: true}, {at: 6, is: told("Active", 1, 1, closed)}},
			frrmetrics.Past{Flaps: 2, Reason: closed.reason, Reset: closed.at},
		},
		{
			"a session that never came up has only waited",
			[]step{{at: 21, is: told("Active", 0, 0, waiting)}, {at: 22, end: true}},
			frrmetrics.Past{},
		},
		{
			"that it waits is said as long as there is no other word",
			[]step{{at: 21, is: told("Active", 0, 0, waiting)}},
			frrmetrics.Past{Reason: waiting.reason, Reset: waiting.at},
		},
		{
			"a neighbor that was made anew has lost its session",
			[]step{{at: 1, is: up}, {at: 9, is: told("Connect", 0, 0, reset{})}, {at: 20, is: up}},
			frrmetrics.Past{Flaps: 1, Reason: "the neighbor was made anew", Reset: at(9)},
		},
		{
			"one that is up again before anybody looks has, too",
			[]step{{at: 1, is: up}, {at: 9, out: true}, {at: 10, out: true}, {at: 20, is: up}},
			frrmetrics.Past{Flaps: 1, Reason: "the neighbor was made anew", Reset: at(9)},
		},
		{
			"one that was away when its session was down has not lost it again",
			[]step{{at: 6, is: told("Active", 1, 1, closed)}, {at: 9, out: true}, {at: 20, is: up}},
			frrmetrics.Past{Flaps: 1, Reason: closed.reason, Reset: closed.at},
		},
		{
			"bgpd died three times",
			[]step{{at: 1, is: up}, {at: 2, end: true}, {at: 3, is: up}, {at: 4, end: true}, {at: 5, is: up}, {at: 6, end: true}},
			frrmetrics.Past{Flaps: 3, Reason: "bgpd ended", Reset: at(6)},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHistory()
			for _, s := range tt.steps {
				switch {
				case s.end:
					h.end(at(s.at))
					continue
				case s.out:
					h.observe(nil, at(s.at))
					continue
				}
				list := h.observe([]observed{s.is}, at(s.at))
				past, _ := h.of("default", "192.0.2.1")
				if got := (frrmetrics.Past{Flaps: list[0].Flaps, Reason: list[0].LastReset, Reset: past.Reset}); got != past {
					t.Errorf("status.json has %+v, metrics have %+v", got, past)
				}
			}
			got, _ := h.of("default", "192.0.2.1")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("past (-want +got):\n%s", diff)
			}
		})
	}
}

func TestANeighborThatIsGoneIsForgottenAfterAnHour(t *testing.T) {
	h, now := newHistory(), time.Now()
	h.observe([]observed{told(stateEstablished, 1, 0, reset{})}, now)
	h.end(now)
	for _, tt := range []struct {
		after time.Duration
		want  bool
	}{{59 * time.Minute, true}, {61 * time.Minute, false}} {
		h.observe(nil, now.Add(tt.after))
		if _, known := h.of("default", "192.0.2.1"); known != tt.want {
			t.Errorf("known after %s: %t, want %t", tt.after, known, tt.want)
		}
	}
}

// neighborSays is what bgpd says of its one session.
func neighborSays(established, dropped int) vty.Reply {
	return vty.Reply{Text: fmt.Sprintf(`{"default":{"vrfId":0,"vrfName":"default","192.0.2.1":{"remoteAs":65001,"bgpState":"Established",`+
		`"connectionsEstablished":%d,"connectionsDropped":%d,"lastResetTimerMsecs":9000,"lastResetDueTo":"Peer closed the session"}}}`, established, dropped)}
}

func TestABgpdThatHungHasNotEnded(t *testing.T) {
	l := &link{name: "bgpd", path: filepath.Join(t.TempDir(), "bgpd.vty")}
	bgpd := vtytest.Start(t, l.path)
	bgpd.Answer("show bgp vrf all neighbors json", neighborSays(6, 5))
	s := &sessions{link: l, board: newBoard(nil, nil), history: newHistory(), log: slog.New(slog.DiscardHandler)}
	defer s.drop()
	steps := []struct {
		name string
		do   func()
		want handoff.Session // flaps and last reset
	}{
		{"it is there", func() { l.epoch, l.up = 1, true }, handoff.Session{Flaps: 5, LastReset: "Peer closed the session"}},
		{"it hangs", func() { l.up = false }, handoff.Session{}},
		{"it answers again", func() { l.epoch, l.up = 2, true }, handoff.Session{Flaps: 5, LastReset: "Peer closed the session"}},
		{"it hung and answers again before anybody looks", func() { l.epoch = 3 }, handoff.Session{Flaps: 5, LastReset: "Peer closed the session"}},
		{"it ends", func() { l.up = false; bgpd.Stop() }, handoff.Session{}},
		{"there is another", func() {
			bgpd.Answer("show bgp vrf all neighbors json", neighborSays(1, 0))
			bgpd.Listen(t)
			l.epoch, l.up = 4, true
		}, handoff.Session{Flaps: 6, LastReset: "bgpd ended"}},
	}
	for _, step := range steps {
		step.do()
		s.poll(t.Context())
		var got handoff.Session
		for _, is := range s.board.snapshot().Sessions {
			got.Flaps, got.LastReset = is.Flaps, is.LastReset
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s: flaps and last reset (-want +got):\n%s", step.name, diff)
		}
	}
}

// Whatever happens to bgpd and to the session, each time that it went down is counted once.
func TestEachLossIsCountedOnce(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		h, now, walk := newHistory(), time.Now(), ""
		up, established, dropped, losses := false, 0, 0, 0
		for range 40 {
			now = now.Add(time.Second)
			event := []string{"up", "down", "bgpd ends", "the neighbor is made anew", "nothing"}[r.IntN(5)]
			walk += event + ", "
			switch event {
			case "up":
				if !up {
					up, established = true, established+1
				}
			case "down":
				if up {
					up, dropped, losses = false, dropped+1, losses+1
				}
			case "bgpd ends":
				if up {
					losses++
				}
				up, established, dropped = false, 0, 0
				h.end(now)
			case "the neighbor is made anew":
				if up {
					losses++
				}
				h.observe(nil, now)
				now = now.Add(time.Second)
				up = r.IntN(2) == 0 // before anybody looks
				established, dropped = 0, 0
				if up {
					established = 1
				}
			}
			state := "Active"
			if up {
				state = stateEstablished
			}
			if got := h.observe([]observed{told(state, established, dropped, reset{})}, now)[0].Flaps; got != losses {
				t.Fatalf("seed %d: after %s%d losses are counted, want %d", seed, walk, got, losses)
			}
		}
	}
}

// sessions are those of status.json.
func (n *node) sessions() []handoff.Session {
	r, err := n.options.Handoff.ReadResult()
	if err != nil {
		return nil
	}
	return r.Sessions
}

// metric reads one series of this process; "" when there is none.
func (n *node) metric(name string) string {
	n.t.Helper()
	body := get(n.t, "http://"+n.options.MetricsAddr+"/metrics")
	for line := range strings.Lines(body) {
		if value, is := strings.CutPrefix(strings.TrimSpace(line), name+" "); is {
			return value
		}
	}
	return ""
}

func TestFlapsOutliveBgpd(t *testing.T) {
	n := newNode(t)
	n.options.MetricsAddr = freeAddr(t)
	c := text{peer: n.router.addr, prefixes: prefixes(3)}
	v := n.publish(c.String())
	n.start()
	n.settled(v, handoff.OutcomeApplied)
	n.router.has(c.prefixes...)

	label := fmt.Sprintf(`{peer="%s:179",vrf="default"}`, n.router.addr)
	info := func(reason string) string {
		return fmt.Sprintf(`frr_speaker_bgp_session_last_reset_info{peer="%s:179",reason="%s",vrf="default"}`, n.router.addr, reason)
	}
	steps := []struct {
		name   string
		do     func()
		flaps  string
		reason string
	}{
		{"nothing happens", func() {}, "0", "never"},
		{"bgpd is killed", func() { n.signal("bgpd", syscall.SIGKILL) }, "1", "bgpd ended"},
		{"the router resets the session", func() { query(t, n.router.socket, "enable", "clear bgp *") }, "2", "BGP Notification received"},
		{"bgpd is killed again", func() { n.signal("bgpd", syscall.SIGKILL) }, "3", "bgpd ended"},
	}
	last := 0.0
	for _, s := range steps {
		s.do()
		// The counter never goes back, not while bgpd is away either.
		eventually(t, time.Minute, s.name, func() bool {
			if value := n.metric("frr_speaker_bgp_session_flaps_total" + label); value != "" {
				flaps, err := strconv.ParseFloat(value, 64)
				if err != nil || flaps < last {
					t.Fatalf("%s: %s flaps (%v), after %v", s.name, value, err, last)
				}
				last = flaps
			}
			list := n.sessions() // what is up for less than a second may not have been seen
			return len(list) == 1 && list[0].State == stateEstablished && n.metric("metallb_bgp_session_up"+label) == "1" &&
				n.metric("frr_speaker_bgp_session_flaps_total"+label) == s.flaps && n.metric(info(s.reason)) == "1"
		}, func() string { return get(t, "http://"+n.options.MetricsAddr+"/metrics") })
	}
	n.router.has(c.prefixes...)
	r := n.result("flaps in status.json", func(r handoff.Result) bool {
		return len(r.Sessions) == 1 && r.Sessions[0].Flaps == 3 && r.Sessions[0].LastReset == "bgpd ended"
	})
	if drops := n.router.drops(); drops != r.Sessions[0].Flaps {
		t.Errorf("%d flaps, and the router has counted %d", r.Sessions[0].Flaps, drops)
	}
}

// A session that was down when bgpd ended went down once, and why it did is known when bgpd is back.
func TestALostSessionIsNotLostAgainWithBgpd(t *testing.T) {
	n := newNode(t)
	c := text{peer: n.router.addr, prefixes: prefixes(3)}
	v := n.publish(c.String())
	n.start()
	n.settled(v, handoff.OutcomeApplied)
	n.router.has(c.prefixes...)
	query(t, n.router.socket, "enable", "configure terminal", "router bgp 65001", "neighbor "+n.router.local+" shutdown")
	lost := n.result("session lost", func(r handoff.Result) bool {
		return len(r.Sessions) == 1 && r.Sessions[0].State != stateEstablished && r.Sessions[0].Flaps == 1
	})
	n.signal("bgpd", syscall.SIGKILL)
	n.result("bgpd restarted", func(r handoff.Result) bool {
		return restarts(r, "bgpd") == 1 && r.Outcome == handoff.OutcomeApplied && r.Phase == handoff.PhaseIdle &&
			len(r.Sessions) == 1 && r.Sessions[0].Flaps == 1 && r.Sessions[0].LastReset == lost.Sessions[0].LastReset
	})
	query(t, n.router.socket, "enable", "configure terminal", "router bgp 65001", "no neighbor "+n.router.local+" shutdown")
	n.router.has(c.prefixes...)
	n.result("session back", func(r handoff.Result) bool {
		return len(r.Sessions) == 1 && r.Sessions[0].State == stateEstablished && r.Sessions[0].Flaps == 1
	})
}

func restarts(r handoff.Result, daemon string) int {
	for _, d := range r.Daemons {
		if d.Name == daemon {
			return d.Restarts
		}
	}
	return 0
}

// freeAddr is where a server can listen.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// get reads a page; "" while nobody serves it.
func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
