package controller

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// SharedSecret is the Secret that replicas keep their certificate in.
type SharedSecret interface {
	// Get returns the content and its version, "" if there is no Secret.
	Get(ctx context.Context) (data map[string][]byte, version string, err error)
	// Put writes to one version; "" creates.
	Put(ctx context.Context, data map[string][]byte, version string) error
}

// Rotation keeps the certificate of the webhooks valid, and the API server trusting it.
// Every replica runs it: whoever comes first renews, and the others take what is there.
type Rotation struct {
	Secret SharedSecret
	Names  []string // DNS names of the webhooks' Service
	// Trust tells the API server which authorities, in PEM, to trust.
	Trust func(ctx context.Context, bundle []byte) (changed bool, err error)
	Log   *slog.Logger

	serving atomic.Pointer[tls.Certificate]
}

// Times between two looks at the Secret.
const (
	rotationInterval = time.Minute
	rotationRetry    = time.Second
)

// String names the task.
func (r *Rotation) String() string { return "certificate rotation" }

// Run looks after the certificate until ctx ends.
func (r *Rotation) Run(ctx context.Context) error {
	failures := 0
	for ctx.Err() == nil {
		wait := rotationInterval
		if err := r.look(ctx, time.Now()); err != nil {
			failures++
			wait = min(max(backoff(failures), rotationRetry), rotationInterval)
			r.Log.Warn("the certificate of the webhooks, will retry", "error", err)
		} else {
			failures = 0
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
	return nil
}

// look renews what is due, serves what there is, and has it trusted.
func (r *Rotation) look(ctx context.Context, now time.Time) error {
	have, version, err := r.Secret.Get(ctx)
	if err != nil {
		return err
	}
	want, changed, err := renewed(have, r.Names, now)
	if err != nil {
		return err
	}
	if changed {
		if err := r.Secret.Put(ctx, want, version); err != nil {
			return err // another replica was faster, perhaps
		}
		r.Log.Info("the certificate of the webhooks is renewed")
	}
	trusted, err := r.Trust(ctx, want[keyAuthority])
	if trusted {
		r.Log.Info("the API server trusts the webhooks from now on")
	}
	cert, parsed := tls.X509KeyPair(want[keyCertificate], want[keyCertificateKey])
	if parsed != nil {
		return errors.Join(err, parsed)
	}
	r.serving.Store(&cert)
	return err
}

// Certificate implements tls.Config.GetCertificate.
func (r *Rotation) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if c := r.serving.Load(); c != nil {
		return c, nil
	}
	return nil, errors.New("there is no certificate yet")
}

// Ready returns what is waited for, or nil.
func (r *Rotation) Ready() error {
	_, err := r.Certificate(nil)
	return err
}
