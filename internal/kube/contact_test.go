package kube

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answers is a transport that says what a test wants.
type answers func(*http.Request) (*http.Response, error)

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) { return a(r) }

func reply(status int) answers {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: io.NopCloser(strings.NewReader("body"))}, nil
	}
}

func fault(err error) answers { return func(*http.Request) (*http.Response, error) { return nil, err } }

func TestContactKnowsWhenTheAPIServerIsAway(t *testing.T) {
	refused := fault(errors.New("connect: connection refused"))
	type step struct {
		after  time.Duration
		answer answers // nil: nothing is asked
		away   bool
	}
	tests := []struct {
		name  string
		steps []step
		pokes int
	}{
		{"answers are contact", []step{{0, reply(200), false}, {time.Hour, reply(404), false}, {0, reply(403), false}}, 0},
		{"silence is not absence", []step{{0, reply(200), false}, {time.Hour, nil, false}}, 0},
		{"one broken connection is nobody's business", []step{{0, reply(200), false}, {0, refused, false}, {100 * time.Millisecond, reply(200), false}, {time.Hour, nil, false}}, 0},
		{"refusals for a second are absence, said once", []step{{0, reply(200), false}, {0, refused, false}, {2 * time.Second, refused, true}, {time.Minute, refused, true}}, 1},
		{"nobody need ask again for it", []step{{0, refused, false}, {2 * time.Second, nil, true}}, 1},
		{"a proxy without a server behind it is absence", []step{{0, reply(503), false}, {2 * time.Second, reply(502), true}}, 1},
		{"an answer ends it, said once", []step{{0, refused, false}, {2 * time.Second, nil, true}, {0, reply(200), false}, {time.Second, reply(200), false}}, 2},
		{"what we cancel ourselves says nothing", []step{{0, fault(context.Canceled), false}, {2 * time.Second, nil, false}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newContact("https://192.0.2.1", time.Now)
				pokes := 0
				c.watch(func() { pokes++ })
				for i, s := range tt.steps {
					time.Sleep(s.after) // the bubble's clock, not the machine's
					if s.answer != nil {
						ask(t, c.wrap(s.answer))
					}
					c.check()
					if _, away := c.problem(); away != s.away {
						t.Errorf("step %d: away is %t, want %t", i, away, s.away)
					}
				}
				if pokes != tt.pokes {
					t.Errorf("poked %d times, want %d", pokes, tt.pokes)
				}
			})
		})
	}
}

func ask(t *testing.T, transport http.RoundTripper) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://192.0.2.1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		return
	}
	if _, err := io.ReadAll(response.Body); err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestContactSaysWhatItHeardLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newContact("https://192.0.2.1", time.Now)
		if connected, last := c.state(); connected || !last.IsZero() {
			t.Errorf("connected %t at %v before the first answer", connected, last)
		}
		ask(t, c.wrap(reply(200)))
		then := time.Now()
		time.Sleep(time.Minute)
		if connected, last := c.state(); !connected || !last.Equal(then) {
			t.Errorf("connected %t at %v, want true at %v", connected, last, then)
		}
		ask(t, c.wrap(fault(errors.New("connect: no route to host"))))
		time.Sleep(time.Minute)
		c.check()
		problem, _ := c.problem()
		want := "APIServer https://192.0.2.1: does not answer: connect: no route to host; " +
			"what is announced stays as it is, and no change is seen; restore the API server or the way to it; speaker goes on by itself"
		if diff := cmp.Diff(want, problem.String()); diff != "" {
			t.Errorf("problem (-want +got):\n%s", diff)
		}
	})
}
