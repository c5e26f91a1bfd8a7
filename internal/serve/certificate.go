package serve

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// certificate returns what gives the certificate of a handshake.
func (o TLSOptions) certificate() (func() (*tls.Certificate, error), error) {
	if o.CertDir == "" {
		own, err := selfSigned(time.Now())
		if err != nil {
			return nil, err
		}
		return func() (*tls.Certificate, error) { return own, nil }, nil
	}
	f := &certFiles{dir: o.CertDir}
	if _, err := f.current(time.Now()); err != nil {
		return nil, err
	}
	return func() (*tls.Certificate, error) { return f.current(time.Now()) }, nil
}

// certValidity of a self-signed certificate outlives any process.
const certValidity = 10 * 365 * 24 * time.Hour

// selfSigned makes a certificate that proves nothing: it keeps tokens from being read
// on the way.
func selfSigned(now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "frr-speaker"},
		DNSNames:     []string{"frr-speaker"},
		NotBefore:    now.Add(-time.Hour), // clocks differ
		NotAfter:     now.Add(certValidity),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// certFiles are the files of a certificate as cert-manager and others renew them.
type certFiles struct {
	dir string

	mu      sync.Mutex // guards what follows
	looked  time.Time
	written time.Time // of tls.crt, as it was read last
	cert    *tls.Certificate
}

// lookInterval is how old a look at the files may be.
const lookInterval = 10 * time.Second

// current reads the files if they changed. When they cannot be read, what was read
// before stays in use.
func (f *certFiles) current(now time.Time) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cert != nil && now.Sub(f.looked) < lookInterval {
		return f.cert, nil
	}
	f.looked = now
	crt, key := filepath.Join(f.dir, "tls.crt"), filepath.Join(f.dir, "tls.key")
	info, err := os.Stat(crt)
	if err == nil && f.cert != nil && info.ModTime().Equal(f.written) {
		return f.cert, nil
	}
	pair, err := tls.LoadX509KeyPair(crt, key)
	if err != nil {
		if f.cert != nil {
			return f.cert, nil
		}
		return nil, fmt.Errorf("--metrics-cert-dir: %w; it must hold tls.crt and tls.key", err)
	}
	f.cert = &pair
	if info != nil {
		f.written = info.ModTime()
	}
	return f.cert, nil
}
