package serve

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// TLSOptions are how a listener speaks TLS, as flags have it.
type TLSOptions struct {
	MinVersion       string   // "VersionTLS10" to "VersionTLS13"; "" is VersionTLS13
	CipherSuites     []string // IANA names, for TLS 1.2 and older; none: Go's choice
	CurvePreferences []string // numbers of tls.CurveID; none: Go's choice
	CertDir          string   // holds tls.crt and tls.key, read again when they change; "": a self-signed certificate
}

// Config returns the configuration. Errors name the flag.
func (o TLSOptions) Config() (*tls.Config, error) {
	version, err := minVersion(o.MinVersion)
	if err != nil {
		return nil, err
	}
	suites, err := cipherSuites(o.CipherSuites, version)
	if err != nil {
		return nil, err
	}
	curves, err := curvePreferences(o.CurvePreferences)
	if err != nil {
		return nil, err
	}
	certificate, err := o.certificate()
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: version, CipherSuites: suites, CurvePreferences: curves,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return certificate() },
		NextProtos:     []string{"http/1.1"},
	}, nil
}

func minVersion(name string) (uint16, error) {
	switch name {
	case "", "VersionTLS13":
		return tls.VersionTLS13, nil
	case "VersionTLS12":
		return tls.VersionTLS12, nil
	case "VersionTLS11":
		return tls.VersionTLS11, nil
	case "VersionTLS10":
		return tls.VersionTLS10, nil
	}
	return 0, fmt.Errorf("--tls-min-version %q is unknown: use VersionTLS10, VersionTLS11, VersionTLS12 or VersionTLS13", name)
}

func cipherSuites(names []string, version uint16) ([]uint16, error) {
	if len(names) == 0 {
		return nil, nil
	}
	if version >= tls.VersionTLS13 {
		return nil, errors.New("--tls-cipher-suites has no effect with TLS 1.3: leave it out, or set --tls-min-version=VersionTLS12")
	}
	known := tls.CipherSuites()
	var ids []uint16
	for _, name := range names {
		i := slices.IndexFunc(known, func(s *tls.CipherSuite) bool { return s.Name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("--tls-cipher-suites: %q is unknown or insecure: use names such as %s", name, known[len(known)-1].Name)
		}
		ids = append(ids, known[i].ID)
	}
	return ids, nil
}

func curvePreferences(numbers []string) ([]tls.CurveID, error) {
	var ids []tls.CurveID
	for _, text := range numbers {
		n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
		if err != nil {
			return nil, fmt.Errorf("--tls-curve-preferences: %q is no number of a curve: use 23 (P-256), 24, 25, 29 (X25519) or 4588", text)
		}
		ids = append(ids, tls.CurveID(n))
	}
	return ids, nil
}
