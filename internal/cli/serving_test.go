package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/client-go/kubernetes/scheme"

	"frr-speaker/internal/kube"
)

// reviews answers as an API server does: the token is the name of its owner, who may
// read one path.
func reviews(t *testing.T, allowed map[string]string) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		sent, _, err := scheme.Codecs.UniversalDeserializer().Decode(body, nil, nil)
		if err != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		switch review := sent.(type) {
		case *authenticationv1.TokenReview:
			review.APIVersion, review.Kind = "authentication.k8s.io/v1", "TokenReview"
			_, known := allowed[review.Spec.Token]
			review.Status = authenticationv1.TokenReviewStatus{Authenticated: known, User: authenticationv1.UserInfo{Username: review.Spec.Token}}
		case *authorizationv1.SubjectAccessReview:
			review.APIVersion, review.Kind = "authorization.k8s.io/v1", "SubjectAccessReview"
			review.Status.Allowed = allowed[review.Spec.User] == review.Spec.NonResourceAttributes.Path
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(sent); err != nil {
			t.Error(err)
		}
	})
}

// clientOf is a client of an API server at an address.
func clientOf(t *testing.T, address string) *kube.Client {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: test,
contexts: [{name: test, context: {cluster: test, user: test}}], users: [{name: test}],
clusters: [{name: test, cluster: {server: %q}}]}`, address)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := kube.Connect(kube.ClientOptions{Kubeconfig: file})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestPageAndMetricsHaveOneGuardEach(t *testing.T) {
	api := httptest.NewServer(reviews(t, map[string]string{"prometheus": "/metrics", "reader": "/status"}))
	defer api.Close()
	flags := runFlags{metrics: metricsHTTPS, port: 9120}
	answer := func(body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
	}
	server, err := flags.metricsServer(served{
		registry: prometheus.NewRegistry(), probes: answer("probes"), page: answer("page"),
		client: clientOf(t, api.URL), log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if server.TLS == nil {
		t.Error("tokens would be sent in clear")
	}
	tests := []struct {
		name, path string
		with       func(*http.Request)
		status     int
	}{
		{"the page wants a token", "/status", func(*http.Request) {}, http.StatusUnauthorized},
		{"the page knows who may read it", "/status", bearer("reader"), http.StatusOK},
		{"a browser sends the token as password", "/status", func(r *http.Request) { r.SetBasicAuth("me", "reader") }, http.StatusOK},
		{"who may read metrics may not read the page", "/status", bearer("prometheus"), http.StatusForbidden},
		{"who may read the page may not read metrics", "/metrics", bearer("reader"), http.StatusForbidden},
		{"metrics take no password", "/metrics", func(r *http.Request) { r.SetBasicAuth("me", "prometheus") }, http.StatusUnauthorized},
		{"metrics know who may read them", "/metrics", bearer("prometheus"), http.StatusOK},
		{"a token of nobody", "/status", bearer("stranger"), http.StatusUnauthorized},
		{"probes ask nothing", "/healthz", func(*http.Request) {}, http.StatusOK},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, tt.path, nil)
			tt.with(r)
			w := httptest.NewRecorder()
			server.Handler.ServeHTTP(w, r)
			if w.Code != tt.status {
				t.Errorf("status %d, want %d: %s", w.Code, tt.status, w.Body)
			}
		})
	}
}

func bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}
