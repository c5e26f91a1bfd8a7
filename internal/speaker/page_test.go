package speaker

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
)

func newTestPage(t *testing.T, dir handoff.Dir) *Page {
	t.Helper()
	p, err := NewPage("node-1", dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ask(t *testing.T, p *Page, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

func TestPageRemembersWhatWasPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := handoff.Dir(t.TempDir())
		p := newTestPage(t, dir)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		publish := func(text string) handoff.Version {
			t.Helper()
			v, _, err := dir.Publish([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			p.Published(v, time.Time{})
			synctest.Wait()
			return v
		}
		publish("router bgp 64512\n neighbor 192.0.2.1 remote-as 65001\n neighbor 192.0.2.1 password hunter2\n")
		second := publish("router bgp 64512\n neighbor 192.0.2.1 remote-as 65002\n neighbor 192.0.2.1 password hunter3\n")
		p.Published(second, time.Time{}) // a pass that changed nothing
		time.Sleep(40 * time.Millisecond)
		p.Applied(handoff.Result{
			Desired: second, Running: second, Outcome: handoff.OutcomeApplied, Phase: handoff.PhaseIdle, Since: time.Now(), Updated: time.Now(),
			Durations: map[handoff.Phase]handoff.Milliseconds{handoff.PhaseVerify: handoff.Milliseconds(2 * time.Millisecond)},
		})
		got := ask(t, p, http.MethodGet, "/status").Body.String()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		for _, want := range []string{
			"- neighbor 192.0.2.1 remote-as 65001", "&#43; neighbor 192.0.2.1 remote-as 65002", "password [redacted]",
			"in 40.0 ms (verify 2.0 ms)", "Generation 2, 0 s ago", "not reported yet",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in the page:\n%s", want, got)
			}
		}
		if strings.Contains(got, "hunter") {
			t.Error("the page holds a password")
		}
		if n := strings.Count(got, "<details>"); n != 2 {
			t.Errorf("%d configurations, want 2", n)
		}
	})
}

func TestPageForgetsOldConfigurations(t *testing.T) {
	p := newTestPage(t, handoff.Dir(t.TempDir()))
	for i := range 3 * maxApplies {
		p.Published(version(int64(i+1)), time.Time{})
	}
	got := ask(t, p, http.MethodGet, "/status").Body.String()
	if n := strings.Count(got, "<details>"); n != maxApplies {
		t.Errorf("%d configurations, want %d", n, maxApplies)
	}
	if !strings.Contains(got, "Generation 30,") || strings.Contains(got, "Generation 20,") {
		t.Error("the page does not keep the last ones")
	}
}

func TestPageKeepsTheLastDecision(t *testing.T) {
	p := newTestPage(t, handoff.Dir(t.TempDir()))
	web := announce.Verdict{
		Service:   intent.Ref{Kind: "Service", Namespace: "shop", Name: "web"},
		Protocol:  announce.ProtocolBGP,
		Reason:    announce.NoPeers,
		Addresses: []netip.Addr{netip.MustParseAddr("198.51.100.1")},
	}
	p.Observe(Report{Intent: &intent.Intent{}, State: announce.State{Node: "node-1", Verdicts: []announce.Verdict{web}}})
	p.Observe(Report{Problems: []intent.Problem{{Object: intent.Ref{Kind: "Directory", Name: "objects"}, Message: "is gone"}}})
	got := ask(t, p, http.MethodGet, "/status?q=SHOP").Body.String()
	for _, want := range []string{"shop/web", "noPeers", "is gone", `value="SHOP"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in the page", want)
		}
	}
}

func TestPageIsServedForReadingOnly(t *testing.T) {
	p := newTestPage(t, handoff.Dir(t.TempDir()))
	if got := ask(t, p, http.MethodPost, "/status"); got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") == "" {
		t.Errorf("POST is answered with %d", got.Code)
	}
	got := ask(t, p, http.MethodGet, "/status?q="+strings.Repeat("x", 10_000))
	if got.Code != http.StatusOK || got.Body.Len() > 20_000 {
		t.Errorf("a long query is answered with %d and %d bytes", got.Code, got.Body.Len())
	}
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'",
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
	} {
		if !strings.HasPrefix(got.Header().Get(name), want) {
			t.Errorf("%s is %q, want %q", name, got.Header().Get(name), want)
		}
	}
}
