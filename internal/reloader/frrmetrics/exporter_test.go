package frrmetrics_test

import (
	"bufio"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/reloader/frrmetrics"
	"frr-speaker/internal/vty"
	"frr-speaker/internal/vty/vtytest"
)

const (
	askSessions = "show bgp vrf all neighbors json"
	askBFD      = "show bfd peers json"
	askCounters = "show bfd peers counters json"
)

// established and idle are neighbors as FRR prints them, of which nothing is left out that matters.
const (
	established = `{"bgpState":"Established","bgpTimerUpMsec":61000,"connectionsEstablished":3,"connectionsDropped":2,
		"lastResetTimerMsecs":62000,"lastResetDueTo":"Peer closed the session","portForeign":179,
		"messageStats":{"opensSent":3,"opensRecv":3,"notificationsSent":1,"notificationsRecv":4,"updatesSent":12,"updatesRecv":5,
			"keepalivesSent":21,"keepalivesRecv":22,"routeRefreshSent":6,"routeRefreshRecv":0,"totalSent":43,"totalRecv":34},
		"addressFamilyInfo":{"ipv4Unicast":{"sentPrefixCounter":10,"acceptedPrefixCounter":1},"ipv6Unicast":{"sentPrefixCounter":7}}}`
	idle = `{"bgpState":"Idle","lastReset":"never","portForeign":-1,"messageStats":{"totalSent":0},"addressFamilyInfo":{"ipv4Unicast":{"sentPrefixCounter":0}}}`
)

// place is a directory with two fake daemons.
type place struct {
	dir         string
	bgpd, bfdd  *vtytest.Daemon
	result      handoff.Result
	running     string
	unavailable bool                       // the text cannot be read
	past        map[string]frrmetrics.Past // by neighbor
	handler     http.Handler
}

func newPlace(t *testing.T) *place {
	t.Helper()
	dir := t.TempDir()
	p := &place{
		dir: dir, bgpd: vtytest.Start(t, filepath.Join(dir, "bgpd.vty")), bfdd: vtytest.Start(t, filepath.Join(dir, "bfdd.vty")),
	}
	p.bgpd.Answer(askSessions, vty.Reply{Text: `{"default":{"vrfId":0,"vrfName":"default"}}`})
	p.bfdd.Answer(askBFD, vty.Reply{Text: "[]"})
	p.bfdd.Answer(askCounters, vty.Reply{Text: "[]"})
	p.handler = frrmetrics.Handler(frrmetrics.Options{
		RunDir: p.dir, Log: slog.New(slog.DiscardHandler),
		Result: func() handoff.Result { return p.result },
		Past: func(_, neighbor string) (frrmetrics.Past, bool) {
			past, known := p.past[neighbor]
			return past, known
		},
		Running: func() (handoff.Text, error) {
			if p.unavailable {
				return handoff.Text{}, fs.ErrNotExist
			}
			return handoff.Text{Version: p.result.Running, Body: []byte(p.running)}, nil
		},
	})
	return p
}

// scrape gives the lines of a scrape that begin with one of the prefixes.
func (p *place) scrape(t *testing.T, prefixes ...string) []string {
	t.Helper()
	answer := httptest.NewRecorder()
	p.handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if answer.Code != 200 {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	var lines []string
	for in := bufio.NewScanner(answer.Body); in.Scan(); {
		if slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(in.Text(), prefix) }) {
			lines = append(lines, in.Text())
		}
	}
	return lines
}

func expect(t *testing.T, want, got []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func TestASessionHasTheFiguresThatMetalLBHas(t *testing.T) {
	p := newPlace(t)
	p.bgpd.Answer(askSessions, vty.Reply{Text: `{"default":{"vrfId":0,"vrfName":"default","192.0.2.1":` + established + `}}`})
	const labels = `{peer="192.0.2.1:179",vrf="default"} `
	expect(t, []string{
		"metallb_bgp_announced_prefixes_total" + labels + "17",
		"metallb_bgp_keepalives_received" + labels + "22",
		"metallb_bgp_keepalives_sent" + labels + "21",
		"metallb_bgp_notifications_sent" + labels + "1",
		"metallb_bgp_opens_received" + labels + "3",
		"metallb_bgp_opens_sent" + labels + "3",
		"metallb_bgp_route_refresh_sent" + labels + "6",
		"metallb_bgp_session_up" + labels + "1",
		"metallb_bgp_total_received" + labels + "34",
		"metallb_bgp_total_sent" + labels + "43",
		"metallb_bgp_updates_total" + labels + "12",
		"metallb_bgp_updates_total_received" + labels + "5",
	}, p.scrape(t, "metallb_bgp_"))
	expect(t, []string{
		"frr_speaker_bgp_accepted_prefixes" + labels + "1",
		"frr_speaker_bgp_notifications_received_total" + labels + "4",
		"frr_speaker_bgp_session_flaps_total" + labels + "2",
		`frr_speaker_bgp_session_last_reset_info{peer="192.0.2.1:179",reason="Peer closed the session",vrf="default"} 1`,
		"frr_speaker_bgp_session_last_reset_seconds" + labels + "62",
		"frr_speaker_bgp_session_uptime_seconds" + labels + "61",
	}, p.scrape(t, "frr_speaker_bgp_"))
}

// FRR 8.4 keeps what delayed a session at first as the reason of a reset that never was.
func TestASessionThatCameUpAndStayedWasNeverReset(t *testing.T) {
	p := newPlace(t)
	p.bgpd.Answer(askSessions, vty.Reply{Text: `{"default":{"192.0.2.1":{"bgpState":"Established","connectionsDropped":0,
		"lastResetTimerMsecs":62000,"lastResetDueTo":"Waiting for NHT"},"192.0.2.2":{"bgpState":"Idle","connectionsDropped":0,
		"lastResetTimerMsecs":62000,"lastResetDueTo":"Waiting for NHT"}}}`})
	expect(t, []string{
		`frr_speaker_bgp_session_last_reset_info{peer="192.0.2.1:179",reason="never",vrf="default"} 1`,
		`frr_speaker_bgp_session_last_reset_info{peer="192.0.2.2:179",reason="Waiting for NHT",vrf="default"} 1`,
		`frr_speaker_bgp_session_last_reset_seconds{peer="192.0.2.1:179",vrf="default"} 0`,
		`frr_speaker_bgp_session_last_reset_seconds{peer="192.0.2.2:179",vrf="default"} 62`,
	}, p.scrape(t, "frr_speaker_bgp_session_last_reset"))
}

func TestWhatBgpdHasForgottenIsShown(t *testing.T) {
	p := newPlace(t)
	p.bgpd.Answer(askSessions, vty.Reply{Text: `{"default":{"192.0.2.1":{"bgpState":"Established","connectionsDropped":0},
		"192.0.2.2":{"bgpState":"Idle","connectionsDropped":1,"lastResetTimerMsecs":62000,"lastResetDueTo":"Peer closed the session"}}}`})
	p.past = map[string]frrmetrics.Past{
		"192.0.2.1": {Flaps: 3, Reason: "bgpd ended", Reset: time.Now().Add(-30 * time.Hour)},
		// bgpd itself is asked of a neighbor that is new.
	}
	expect(t, []string{
		`frr_speaker_bgp_session_flaps_total{peer="192.0.2.1:179",vrf="default"} 3`,
		`frr_speaker_bgp_session_flaps_total{peer="192.0.2.2:179",vrf="default"} 1`,
		`frr_speaker_bgp_session_last_reset_info{peer="192.0.2.1:179",reason="bgpd ended",vrf="default"} 1`,
		`frr_speaker_bgp_session_last_reset_info{peer="192.0.2.2:179",reason="Peer closed the session",vrf="default"} 1`,
		`frr_speaker_bgp_session_last_reset_seconds{peer="192.0.2.1:179",vrf="default"} 108000`,
		`frr_speaker_bgp_session_last_reset_seconds{peer="192.0.2.2:179",vrf="default"} 62`,
	}, p.scrape(t, "frr_speaker_bgp_session_flaps", "frr_speaker_bgp_session_last_reset"))
}

func TestABFDSessionHasTheFiguresThatMetalLBHas(t *testing.T) {
	p := newPlace(t)
	p.bfdd.Answer(askBFD, vty.Reply{Text: `[{"peer":"192.0.2.1","vrf":"default","interface":"eth0","status":"up"},{"peer":"2001:db8::1","vrf":"red","status":"down"}]`})
	p.bfdd.Answer(askCounters, vty.Reply{Text: `[{"peer":"192.0.2.1","vrf":"default","control-packet-input":1,"control-packet-output":2,
		"echo-packet-input":3,"echo-packet-output":4,"session-up":5,"session-down":6,"zebra-notifications":7}]`})
	const labels = `{peer="192.0.2.1",vrf="default"} `
	got := p.scrape(t, "metallb_bfd_")
	got = slices.DeleteFunc(got, func(line string) bool { return strings.Contains(line, "db8") && !strings.Contains(line, "session_up{") })
	expect(t, []string{
		"metallb_bfd_control_packet_input" + labels + "1",
		"metallb_bfd_control_packet_output" + labels + "2",
		"metallb_bfd_echo_packet_input" + labels + "3",
		"metallb_bfd_echo_packet_output" + labels + "4",
		"metallb_bfd_session_down_events" + labels + "6",
		"metallb_bfd_session_up" + labels + "1",
		`metallb_bfd_session_up{peer="2001:db8::1",vrf="red"} 0`,
		"metallb_bfd_session_up_events" + labels + "5",
		"metallb_bfd_zebra_notifications" + labels + "7",
	}, got)
}

func TestLabels(t *testing.T) {
	p := newPlace(t)
	p.result.Running.Digest = "one"
	p.running = "router bgp 64512\n neighbor 192.0.2.2 port 1179\nexit\nrouter bgp 64512 vrf red\n neighbor 192.0.2.2 port 2179\nexit\n"
	p.bgpd.Answer(askSessions, vty.Reply{Text: `{"default":{"vrfId":0,"vrfName":"default","192.0.2.2":` + established + `,"192.0.2.3":` + idle + `,"eth0":` + idle + `,"2001:db8::1":` + established + `},
		"red":{"vrfId":7,"vrfName":"red","192.0.2.2":` + idle + `}}`})
	up := []string{
		`metallb_bgp_session_up{peer="192.0.2.2:1179",vrf="default"} 1`,
		`metallb_bgp_session_up{peer="192.0.2.2:2179",vrf="red"} 0`,
		`metallb_bgp_session_up{peer="192.0.2.3:179",vrf="default"} 0`,
		`metallb_bgp_session_up{peer="2001:db8::1:179",vrf="default"} 1`,
		`metallb_bgp_session_up{peer="eth0:179",vrf="default"} 0`,
	}
	expect(t, up, p.scrape(t, "metallb_bgp_session_up"))

	// While a session is down FRR reports port -1.
	p.bgpd.Answer(askSessions, vty.Reply{Text: `{"default":{"192.0.2.2":` + idle + `}}`})
	expect(t, []string{`metallb_bgp_session_up{peer="192.0.2.2:1179",vrf="default"} 0`}, p.scrape(t, "metallb_bgp_session_up"))
}

// Two sessions that MetalLB's labels do not tell apart would fail the whole scrape.
func TestLinkLocalBFDSessionsOfTwoLinksAreOneSeries(t *testing.T) {
	p := newPlace(t)
	p.bfdd.Answer(askBFD, vty.Reply{Text: `[{"peer":"fe80::1","vrf":"default","interface":"eth0","status":"up"},{"peer":"fe80::1","vrf":"default","interface":"eth1","status":"down"}]`})
	p.bfdd.Answer(askCounters, vty.Reply{Text: `[{"peer":"fe80::1","vrf":"default","interface":"eth0","session-up":2},{"peer":"fe80::1","vrf":"default","interface":"eth1","session-up":3}]`})
	expect(t, []string{
		`metallb_bfd_session_up{peer="fe80::1",vrf="default"} 0`,
		`metallb_bfd_session_up_events{peer="fe80::1",vrf="default"} 5`,
	}, p.scrape(t, "metallb_bfd_session_up"))
}

func TestWhatADaemonDoesNotSayCostsNothingElse(t *testing.T) {
	for _, row := range []struct {
		name string
		do   func(*place)
		want []string // of what says who answers, and of the sessions of each
	}{
		{"both answer", func(*place) {}, []string{"bfdd 1", "bgpd 1", "bfd session", "bgp session"}},
		{"bgpd is gone", func(p *place) { p.bgpd.Stop() }, []string{"bfdd 1", "bgpd 0", "bfd session"}},
		{"bfdd is gone", func(p *place) { p.bfdd.Stop() }, []string{"bfdd 0", "bgpd 1", "bgp session"}},
		{"bgpd hangs", func(p *place) { p.bgpd.Misbehave(askSessions, vtytest.Hang) }, []string{"bfdd 1", "bgpd 0", "bfd session"}},
		{"bgpd answers what is no JSON", func(p *place) { p.bgpd.Answer(askSessions, vty.Reply{Text: "{"}) }, []string{"bfdd 1", "bgpd 0", "bfd session"}},
		{
			"bgpd has no instance", func(p *place) {
				p.bgpd.Answer(askSessions, vty.Reply{Text: "BGP instance not found", Status: vty.StatusWarning})
			},
			[]string{"bfdd 1", "bgpd 1", "bfd session"},
		},
		{"the configuration cannot be read", func(p *place) { p.unavailable = true }, []string{"bfdd 1", "bgpd 1", "bfd session", "bgp session"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newPlace(t)
			p.bgpd.Answer(askSessions, vty.Reply{Text: `{"default":{"192.0.2.1":` + established + `}}`})
			p.bfdd.Answer(askBFD, vty.Reply{Text: `[{"peer":"192.0.2.1","vrf":"default","status":"up"}]`})
			row.do(p)
			var got []string
			for _, line := range p.scrape(t, "frr_speaker_frr_answers", "metallb_bgp_session_up{", "metallb_bfd_session_up{") {
				line = strings.NewReplacer(`frr_speaker_frr_answers{daemon="`, "", `"}`, "").Replace(line)
				switch {
				case strings.HasPrefix(line, "metallb_bgp"):
					line = "bgp session"
				case strings.HasPrefix(line, "metallb_bfd"):
					line = "bfd session"
				}
				got = append(got, line)
			}
			expect(t, row.want, got)
		})
	}
}

func TestWhatTheReloaderDid(t *testing.T) {
	p := newPlace(t)
	p.result = handoff.Result{
		Desired: handoff.Version{Generation: 8}, Running: handoff.Version{Generation: 7}, Outcome: handoff.OutcomeRolledBack,
		Failures:  []handoff.Failure{{Line: "neighbor x"}},
		Drift:     []handoff.DriftLine{{}, {}},
		Durations: map[handoff.Phase]handoff.Milliseconds{handoff.PhaseCheck: handoff.Milliseconds(50 * time.Millisecond)},
		Counters:  handoff.Counters{Applied: 7, Refused: 1, RolledBack: 2, Drifts: 3, DaemonRestarts: 4},
		Daemons:   []handoff.Daemon{{Name: "zebra", State: "up"}, {Name: "bgpd", State: "hung", Restarts: 4}}, FRRVersion: "10.3",
	}
	expect(t, []string{
		`frr_speaker_daemon_restarts_total{daemon="bgpd"} 4`,
		`frr_speaker_daemon_restarts_total{daemon="zebra"} 0`,
		`frr_speaker_daemon_up{daemon="bgpd"} 0`,
		`frr_speaker_daemon_up{daemon="zebra"} 1`,
		`frr_speaker_frr_info{version="10.3"} 1`,
		"frr_speaker_reload_desired_generation 8",
		"frr_speaker_reload_drift_lines 2",
		"frr_speaker_reload_drifts_total 3",
		`frr_speaker_reload_duration_seconds{phase="check"} 0.05`,
		"frr_speaker_reload_failures 1",
		`frr_speaker_reload_outcome{outcome="applied"} 0`,
		`frr_speaker_reload_outcome{outcome="failed"} 0`,
		`frr_speaker_reload_outcome{outcome="partial"} 0`,
		`frr_speaker_reload_outcome{outcome="refused"} 0`,
		`frr_speaker_reload_outcome{outcome="rolledBack"} 1`,
		`frr_speaker_reload_results_total{result="applied"} 7`,
		`frr_speaker_reload_results_total{result="refused"} 1`,
		`frr_speaker_reload_results_total{result="rolledBack"} 2`,
		"frr_speaker_reload_running_generation 7",
	}, p.scrape(t, "frr_speaker_reload", "frr_speaker_daemon", "frr_speaker_frr_info"))
}

func TestPortsAreReadAgainWhenTheConfigurationIsAnother(t *testing.T) {
	p := newPlace(t)
	p.bgpd.Answer(askSessions, vty.Reply{Text: `{"default":{"192.0.2.1":` + idle + `}}`})
	for _, port := range []string{"1179", "2179"} {
		p.result.Running.Digest, p.running = port, "router bgp 64512\n neighbor 192.0.2.1 port "+port+"\n"
		expect(t, []string{fmt.Sprintf(`metallb_bgp_session_up{peer="192.0.2.1:%s",vrf="default"} 0`, port)}, p.scrape(t, "metallb_bgp_session_up"))
	}
}
