package kube

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
)

// reviews is an API server that knows two tokens, one of which may read metrics.
type reviews struct {
	t     *testing.T
	asked int
	away  bool
}

func (s *reviews) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked++
	if s.away {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	scheme, err := newScheme()
	if err != nil {
		s.t.Error(err)
	}
	sent, _, err := serializer.NewCodecFactory(scheme).UniversalDeserializer().Decode(body, nil, nil)
	if err != nil {
		s.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
	switch review := sent.(type) {
	case *authenticationv1.TokenReview:
		review.APIVersion, review.Kind = "authentication.k8s.io/v1", "TokenReview"
		if user, ok := strings.CutSuffix(review.Spec.Token, "-token"); ok {
			review.Status = authenticationv1.TokenReviewStatus{Authenticated: true, User: authenticationv1.UserInfo{Username: user, Groups: []string{"g"}}}
		}
		sent = review
	case *authorizationv1.SubjectAccessReview:
		review.APIVersion, review.Kind = "authorization.k8s.io/v1", "SubjectAccessReview"
		asked := review.Spec.NonResourceAttributes
		review.Status.Allowed = review.Spec.User == "prometheus" && len(review.Spec.Groups) == 1 && asked.Path == "/metrics" && asked.Verb == "get"
		sent = review
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(sent); err != nil {
		s.t.Error(err)
	}
}

func TestReviewAsksOnceAndRemembersForAWhile(t *testing.T) {
	api := &reviews{t: t}
	host := httptest.NewServer(api)
	defer host.Close()
	client, err := newClient(&rest.Config{Host: host.URL}, ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReviewer(client)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1000, 0)
	r.now = func() time.Time { return now }
	steps := []struct {
		name           string
		token, path    string
		wait           time.Duration
		away           bool
		known, allowed bool
		fails          bool
		requests       int
	}{
		{name: "a token that may is asked about twice, for itself and for what it may", token: "prometheus-token", path: "/metrics", known: true, allowed: true, requests: 2},
		{name: "and then remembered", token: "prometheus-token", path: "/metrics", known: true, allowed: true},
		{name: "even while the API server is away", token: "prometheus-token", path: "/metrics", away: true, known: true, allowed: true},
		{name: "for no other path", token: "prometheus-token", path: "/secret", known: true, requests: 2},
		{name: "a token that may not", token: "someone-token", path: "/metrics", known: true, requests: 2},
		{name: "a token of nobody", token: "guess", path: "/metrics", requests: 1},
		{name: "after a minute it is asked about again", token: "prometheus-token", path: "/metrics", wait: 61 * time.Second, known: true, allowed: true, requests: 2},
		{name: "an API server that is away then is an error", token: "prometheus-token", path: "/metrics", wait: 61 * time.Second, away: true, fails: true, requests: 1},
	}
	for _, tt := range steps {
		now = now.Add(tt.wait)
		api.away, api.asked = tt.away, 0
		known, allowed, err := r.Review(t.Context(), tt.token, tt.path)
		if known != tt.known || allowed != tt.allowed || (err != nil) != tt.fails {
			t.Errorf("%s: known %t, allowed %t, error %v", tt.name, known, allowed, err)
		}
		if api.asked != tt.requests {
			t.Errorf("%s: %d requests, want %d", tt.name, api.asked, tt.requests)
		}
	}
}
