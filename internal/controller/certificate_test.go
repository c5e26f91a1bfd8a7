package controller

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func names() []string { return []string{"hook.metallb-system.svc"} }

func mustRenew(t *testing.T, data map[string][]byte, now time.Time) (map[string][]byte, bool) {
	t.Helper()
	got, changed, err := renewed(data, names(), now)
	if err != nil {
		t.Fatal(err)
	}
	return got, changed
}

// verify does what the API server does with a certificate.
func verify(t *testing.T, bundle, certificate []byte, now time.Time) {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(bundle) {
		t.Fatal("the bundle holds no certificate")
	}
	leaf, err := parseLeaf(certificate)
	if err != nil {
		t.Fatal(err)
	}
	_, err = leaf.Verify(x509.VerifyOptions{DNSName: names()[0], Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	if err != nil {
		t.Errorf("at %s: %v", now, err)
	}
}

func parseLeaf(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}

func TestCertificateIsRenewedInTime(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	first, changed := mustRenew(t, nil, now)
	if !changed {
		t.Error("nothing was made of nothing")
	}
	verify(t, first[keyAuthority], first[keyCertificate], now)
	if _, changed := mustRenew(t, first, now.Add(270*24*time.Hour)); changed {
		t.Error("it is renewed 95 days before its end")
	}
	later := now.Add(280 * 24 * time.Hour)
	second, changed := mustRenew(t, first, later)
	if !changed {
		t.Error("it is not renewed 85 days before its end")
	}
	if diff := cmp.Diff(first[keyAuthority], second[keyAuthority]); diff != "" {
		t.Errorf("a new authority after 280 days")
	}
	verify(t, second[keyAuthority], second[keyCertificate], later)
}

func TestCertificateOfAnotherReplicaIsTrustedWhileAuthoritiesChange(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	data, _ := mustRenew(t, nil, now)
	first := data[keyAuthority]
	for day := range 20 * 365 {
		at := now.Add(time.Duration(day) * 24 * time.Hour)
		next, changed := mustRenew(t, data, at)
		if changed {
			verify(t, next[keyAuthority], data[keyCertificate], at) // another replica serves it for a minute more
		}
		data = next
	}
	if cmp.Equal(first, data[keyAuthority]) {
		t.Error("the authority is the same after 20 years")
	}
}

func TestCertificateIsMadeAnew(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	good, _ := mustRenew(t, nil, now)
	stranger, _ := mustRenew(t, nil, now)
	for _, tt := range []struct {
		name string
		edit func(map[string][]byte)
	}{
		{"a certificate that is none", func(d map[string][]byte) { d[keyCertificate] = []byte("x") }},
		{"a key that is another's", func(d map[string][]byte) { d[keyCertificateKey] = stranger[keyCertificateKey] }},
		{"a certificate of another authority", func(d map[string][]byte) {
			d[keyCertificate], d[keyCertificateKey] = stranger[keyCertificate], stranger[keyCertificateKey]
		}},
		{"no authority", func(d map[string][]byte) { delete(d, keyAuthority) }},
		{"no key of the authority", func(d map[string][]byte) { delete(d, keyAuthorityKey) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := maps.Clone(good)
			tt.edit(data)
			got, changed := mustRenew(t, data, now)
			if !changed {
				t.Error("it is kept")
			}
			verify(t, got[keyAuthority], got[keyCertificate], now)
		})
	}
	if got, _, err := renewed(good, []string{"other.svc"}, now); err != nil || cmp.Equal(got[keyCertificate], good[keyCertificate]) {
		t.Errorf("another name, and the certificate stays (%v)", err)
	}
}

// secretInMemory is a Secret whose writes can be refused.
type secretInMemory struct {
	data    map[string][]byte
	version string
	refuse  int // how many writes fail
}

func (s *secretInMemory) Get(context.Context) (map[string][]byte, string, error) {
	return maps.Clone(s.data), s.version, nil
}

func (s *secretInMemory) Put(_ context.Context, data map[string][]byte, version string) error {
	if s.refuse > 0 {
		s.refuse--
		return errors.New("somebody was faster")
	}
	if version != s.version {
		return errors.New("another version")
	}
	s.data, s.version = data, s.version+"."
	return nil
}

func TestRotationServesWhatTheSecretHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		secret := &secretInMemory{refuse: 2}
		var trusted []byte
		r := &Rotation{
			Secret: secret, Names: names(), Log: slog.New(slog.DiscardHandler),
			Trust: func(_ context.Context, bundle []byte) (bool, error) { trusted = bundle; return true, nil },
		}
		if r.Ready() == nil {
			t.Error("ready before there is a certificate")
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Run(ctx) }()
		<-time.After(2 * time.Hour) // two failures, and many looks
		synctest.Wait()
		served, err := r.Certificate(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		want, err := tls.X509KeyPair(secret.data[keyCertificate], secret.data[keyCertificateKey])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Certificate, served.Certificate); diff != "" {
			t.Errorf("served (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(secret.data[keyAuthority], trusted); diff != "" {
			t.Errorf("trusted (-want +got):\n%s", diff)
		}
		if secret.version != "." {
			t.Errorf("the Secret was written to %d times, want once", len(secret.version))
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
