package serve

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestProbesSayWhyTheyFail(t *testing.T) {
	tests := []struct {
		name   string
		stuck  []string
		ready  error
		path   string
		status int
		body   string
	}{
		{"all tasks move", nil, nil, "/healthz", 200, "ok"},
		{"livez is the same", nil, errors.New("not yet"), "/livez", 200, "ok"},
		{"one task is stuck", []string{"frr sink", "loop"}, nil, "/healthz", 503, "stuck: frr sink, loop\n"},
		{"what is stuck is no matter of readiness", []string{"loop"}, nil, "/readyz", 200, "ok"},
		{"something is waited for", nil, errors.New("no configuration has been published"), "/readyz", 503, "no configuration has been published\n"},
		{"other paths are not there", nil, nil, "/metrics", 404, "404 page not found\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := Probes(func() []string { return tt.stuck }, func() error { return tt.ready })
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.path, nil))
			if w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, tt.status, tt.body)
			}
		})
	}
}

func TestGuardLetsInWhomTheReviewAllows(t *testing.T) {
	review := func(_ context.Context, token, path string) (known, allowed bool, err error) {
		if token == "away" {
			return false, false, errors.New("the API server is away")
		}
		return token != "guess", token == "good" && path == "/metrics", nil
	}
	h := Guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }), review)
	tests := []struct {
		name, header, path string
		status             int
	}{
		{"no token", "", "/metrics", 401},
		{"another scheme", "Basic good", "/metrics", 401},
		{"an empty token", "Bearer ", "/metrics", 401},
		{"a token of nobody", "Bearer guess", "/metrics", 401},
		{"a token that may not", "Bearer other", "/metrics", 403},
		{"a token that may, elsewhere", "Bearer good", "/debug", 403},
		{"nobody to ask", "Bearer away", "/metrics", 503},
		{"a token that may", "Bearer good", "/metrics", http.StatusTeapot},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, tt.path, nil)
			if tt.header != "" {
				r.Header.Set("Authorization", tt.header)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.status {
				t.Errorf("status %d, want %d: %s", w.Code, tt.status, w.Body)
			}
			for _, secret := range []string{"guess", "other", "good"} {
				if strings.Contains(w.Body.String(), secret) {
					t.Errorf("the answer holds the token: %s", w.Body)
				}
			}
		})
	}
}

func TestGuardPageAsksABrowserForAToken(t *testing.T) {
	review := func(_ context.Context, token, path string) (known, allowed bool, err error) {
		return token == "good", path == "/status", nil
	}
	h := GuardPage(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }), review)
	basic := func(password string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth("anybody", password) }
	}
	tests := []struct {
		name   string
		with   func(*http.Request)
		path   string
		status int
		asked  bool // for a token
	}{
		{"no token", func(*http.Request) {}, "/status", 401, true},
		{"an empty password", basic(""), "/status", 401, true},
		{"a password that is no token", basic("guess"), "/status", 401, true},
		{"a token as password", basic("good"), "/status", http.StatusTeapot, false},
		{"a token as password, elsewhere", basic("good"), "/metrics", 403, false},
		{"a token as such", func(r *http.Request) { r.Header.Set("Authorization", "Bearer good") }, "/status", http.StatusTeapot, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, tt.path, nil)
			tt.with(r)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if asked := strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Basic "); w.Code != tt.status || asked != tt.asked {
				t.Errorf("status %d and asked %v, want %d and %v", w.Code, asked, tt.status, tt.asked)
			}
		})
	}
}

func TestTLSOptionsAreThoseOfMetalLB(t *testing.T) {
	tests := []struct {
		name string
		opts TLSOptions
		err  string // part of it
		want uint16 // least version
	}{
		{name: "the default is TLS 1.3", want: tls.VersionTLS13},
		{name: "an older version", opts: TLSOptions{MinVersion: "VersionTLS12"}, want: tls.VersionTLS12},
		{
			name: "suites of an older version", want: tls.VersionTLS12,
			opts: TLSOptions{MinVersion: "VersionTLS12", CipherSuites: []string{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}},
		},
		{name: "curves by number", opts: TLSOptions{CurvePreferences: []string{"29", " 23"}}, want: tls.VersionTLS13},
		{name: "a version that is none", opts: TLSOptions{MinVersion: "1.3"}, err: `--tls-min-version "1.3" is unknown`},
		{name: "suites without an effect", opts: TLSOptions{CipherSuites: []string{"TLS_AES_128_GCM_SHA256"}}, err: "--tls-cipher-suites has no effect with TLS 1.3"},
		{name: "a suite that is none", opts: TLSOptions{MinVersion: "VersionTLS12", CipherSuites: []string{"RC4"}}, err: `"RC4" is unknown or insecure`},
		{name: "a curve that is none", opts: TLSOptions{CurvePreferences: []string{"X25519"}}, err: `"X25519" is no number of a curve`},
		{name: "no certificate in the directory", opts: TLSOptions{CertDir: "/nonexistent"}, err: "it must hold tls.crt and tls.key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			config, err := tt.opts.Config()
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if config.MinVersion != tt.want {
				t.Errorf("least version %x, want %x", config.MinVersion, tt.want)
			}
		})
	}
}

// writePair stores a new certificate as cert-manager does.
func writePair(t *testing.T, dir string, at time.Time) *tls.Certificate {
	t.Helper()
	pair, err := selfSigned(at)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"tls.crt": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, "tls.key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	return pair
}

func TestCertificateIsReadAgainWhenItChanges(t *testing.T) {
	dir := t.TempDir()
	now := time.Now().Truncate(time.Second)
	first := writePair(t, dir, now)
	f := &certFiles{dir: dir}
	serves := func(want *tls.Certificate) {
		t.Helper()
		got, err := f.current(now)
		if err != nil {
			t.Fatal(err)
		}
		if string(got.Certificate[0]) != string(want.Certificate[0]) {
			t.Errorf("another certificate than wanted")
		}
	}
	serves(first)
	now = now.Add(time.Minute)
	second := writePair(t, dir, now)
	serves(second)
	if err := os.WriteFile(filepath.Join(dir, "tls.crt"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	serves(second)
}

// freePort listens at a port that is none of those which the kernel gives to connections:
// they could take it between two who listen.
func freePort(t *testing.T) net.Listener {
	t.Helper()
	for port := 10_000 + os.Getpid()%2000*10; port < 32_000; port++ {
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return l
		}
	}
	t.Fatal("no port is free")
	return nil
}

func TestServerSpeaksTLSUntilItsContextEnds(t *testing.T) {
	port := freePort(t)
	taken := &Server{Name: "metrics server", Flag: "--port", Address: port.Addr().String(), Log: slog.New(slog.DiscardHandler)}
	if err := taken.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "choose another --port, or none") {
		t.Errorf("on a port that is taken: %v", err)
	}
	port.Close()

	config, err := TLSOptions{}.Config()
	if err != nil {
		t.Fatal(err)
	}
	server := &Server{
		Name: "metrics server", Address: port.Addr().String(), TLS: config, Log: slog.New(slog.DiscardHandler),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }),
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // it is self-signed
	defer client.CloseIdleConnections()
	deadline := time.Now().Add(30 * time.Second)
	for {
		response, err := client.Get("https://" + server.Address + "/")
		if err == nil {
			if err := response.Body.Close(); err != nil {
				t.Error(err)
			}
			if response.StatusCode != http.StatusTeapot || response.TLS.Version != tls.VersionTLS13 {
				t.Errorf("status %d over TLS %x", response.StatusCode, response.TLS.Version)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("after its context ended: %v", err)
	}
}
