package kube

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"frr-speaker/internal/intent"
)

// awayAfter is how long requests fail before the API server counts as away: one
// connection that breaks, as behind a load balancer, is nobody's business.
const awayAfter = time.Second

// contact knows whether the API server answers, from every request that is made anyway.
type contact struct {
	host string
	now  func() time.Time

	mu      sync.Mutex // guards what follows
	changed func()     // pokes whoever wants to know
	last    time.Time  // when anything was heard last; zero: never
	failing time.Time  // since when every request fails; zero: the last one did not
	cause   string     // of the first failure
	away    bool
}

func newContact(host string, now func() time.Time) *contact {
	return &contact{host: host, now: now, changed: func() {}}
}

// watch has changed called whenever the API server goes or returns.
func (c *contact) watch(changed func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = changed
}

// wrap looks at every request of a transport.
func (c *contact) wrap(next http.RoundTripper) http.RoundTripper { return observer{c, next} }

// heard notes that the API server said something.
func (c *contact) heard() {
	c.mu.Lock()
	c.last, c.failing = c.now(), time.Time{}
	returned, changed := c.away, c.changed
	c.away = false
	c.mu.Unlock()
	if returned {
		changed()
	}
}

// failed notes a request without an answer.
func (c *contact) failed(cause string) {
	c.mu.Lock()
	if c.failing.IsZero() {
		c.failing, c.cause = c.now(), cause
	}
	c.mu.Unlock()
	c.check()
}

// check decides whether failures have lasted for long enough. It is called now and
// then: the next request may be half a minute away.
func (c *contact) check() {
	c.mu.Lock()
	gone := !c.away && !c.failing.IsZero() && c.now().Sub(c.failing) >= awayAfter
	c.away = c.away || gone
	changed := c.changed
	c.mu.Unlock()
	if gone {
		changed()
	}
}

// problem says that the API server is away, while it is.
func (c *contact) problem() (intent.Problem, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.away {
		return intent.Problem{}, false
	}
	return intent.Problem{
		Object:  intent.Ref{Kind: "APIServer", Name: c.host},
		Message: "does not answer: " + c.cause,
		Effect:  "what is announced stays as it is, and no change is seen",
		Remedy:  "restore the API server or the way to it; speaker goes on by itself",
	}, true
}

// state returns whether the API server answers and when it was heard last.
func (c *contact) state() (connected bool, last time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.away && !c.last.IsZero(), c.last
}

// observer is a transport that tells contact what it sees.
type observer struct {
	contact *contact
	next    http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (o observer) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := o.next.RoundTrip(r)
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			o.contact.failed(err.Error())
		}
		return response, err
	}
	switch response.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		o.contact.failed(response.Status)
	default:
		o.contact.heard()
		response.Body = stream{response.Body, o.contact}
	}
	return response, nil
}

// WrappedRoundTripper lets client-go reach the transport below.
func (o observer) WrappedRoundTripper() http.RoundTripper { return o.next }

// stream is the body of a response; that of a watch goes on for minutes.
type stream struct {
	io.ReadCloser
	contact *contact
}

// Read implements io.Reader.
func (s stream) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if n > 0 {
		s.contact.heard()
	}
	return n, err
}
