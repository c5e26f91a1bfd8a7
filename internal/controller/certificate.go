package controller

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"
)

// What the Secret of the webhooks' certificate holds, as MetalLB's does.
const (
	keyAuthority      = "ca.crt" // a bundle: the newest authority first, then those whose certificates may be in use
	keyAuthorityKey   = "ca.key"
	keyCertificate    = "tls.crt"
	keyCertificateKey = "tls.key"
)

// How long certificates are valid, and how long before the end they are renewed. The
// authority is renewed so early that it outlives every certificate it signs.
const (
	authorityValidity   = 10 * 365 * 24 * time.Hour
	certificateValidity = 365 * 24 * time.Hour
	renewBefore         = 90 * 24 * time.Hour
	clockSkew           = time.Hour
)

// pair is a certificate and its key.
type pair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// renewed returns what a Secret should hold: what it does, or a new certificate, or a
// new authority as well.
func renewed(data map[string][]byte, names []string, now time.Time) (_ map[string][]byte, changed bool, err error) {
	out := maps.Clone(data)
	if out == nil {
		out = map[string][]byte{}
	}
	ca, err := parsePair(out[keyAuthority], out[keyAuthorityKey])
	if err != nil || !ca.cert.IsCA || !lasts(ca.cert, now, certificateValidity+renewBefore) {
		if ca, err = newAuthority(now); err != nil {
			return nil, false, err
		}
		changed = true
		out[keyAuthority] = append(encodeCertificate(ca.cert), stillValid(out[keyAuthority], now)...)
		if out[keyAuthorityKey], err = encodeKey(ca.key); err != nil {
			return nil, false, err
		}
	}
	leaf, err := parsePair(out[keyCertificate], out[keyCertificateKey])
	if err == nil && leaf.cert.CheckSignatureFrom(ca.cert) == nil && lasts(leaf.cert, now, renewBefore) && slices.Equal(leaf.cert.DNSNames, names) {
		return out, changed, nil
	}
	if leaf, err = newCertificate(ca, names, now); err != nil {
		return nil, false, err
	}
	out[keyCertificate] = encodeCertificate(leaf.cert)
	out[keyCertificateKey], err = encodeKey(leaf.key)
	return out, true, err
}

// lasts reports whether a certificate is valid now and for some time.
func lasts(c *x509.Certificate, now time.Time, at time.Duration) bool {
	return !now.Before(c.NotBefore) && now.Add(at).Before(c.NotAfter)
}

// stillValid are the authorities of a bundle that certificates in use may be of.
func stillValid(bundle []byte, now time.Time) []byte {
	var kept []byte
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && now.Before(c.NotAfter) {
			kept = append(kept, pem.EncodeToMemory(block)...)
		}
	}
	return kept
}

func newAuthority(now time.Time) (pair, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "cert", Organization: []string{"metallb"}},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
		NotAfter:              now.Add(authorityValidity),
	}
	return sign(template, nil, now)
}

func newCertificate(ca pair, names []string, now time.Time) (pair, error) {
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: names[0]},
		DNSNames:    names,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		NotAfter:    now.Add(certificateValidity),
	}
	return sign(template, &ca, now)
}

// sign makes a key and a certificate for it; without an authority it signs itself.
func sign(template *x509.Certificate, ca *pair, now time.Time) (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, fmt.Errorf("make a key: %w", err)
	}
	const serialBits = 120 // RFC 5280, section 4.1.2.2: at most 20 octets
	template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits))
	if err != nil {
		return pair{}, fmt.Errorf("make a serial number: %w", err)
	}
	template.NotBefore = now.Add(-clockSkew)
	by := pair{cert: template, key: key}
	if ca != nil {
		by = *ca
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, &key.PublicKey, by.key)
	if err != nil {
		return pair{}, fmt.Errorf("make a certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return pair{}, fmt.Errorf("make a certificate: %w", err)
	}
	return pair{cert: cert, key: key}, nil
}

// parsePair reads the first certificate of a PEM text, and its key.
func parsePair(certificate, key []byte) (pair, error) {
	both, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return pair{}, fmt.Errorf("read a certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(both.Certificate[0])
	if err != nil {
		return pair{}, fmt.Errorf("read a certificate: %w", err)
	}
	private, ok := both.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return pair{}, fmt.Errorf("read a certificate: its key is not of ECDSA")
	}
	return pair{cert: cert, key: private}, nil
}

func encodeCertificate(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode a key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
