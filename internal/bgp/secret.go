package bgp

import (
	"fmt"
	"log/slog"
)

// Secret is a string that no formatter, logger or encoder prints: only Reveal does.
type Secret struct{ value string }

const redacted = "[redacted]"

// NewSecret wraps a value that must not be printed.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value. Its callers are few on purpose: the renderer and its checks.
func (s Secret) Reveal() string { return s.value }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.value == "" }

// String hides the value; it is empty when there is none.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return redacted
}

// Format hides the value from every verb, %#v and %q included.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// MarshalText hides the value from encoding/json and everything built on it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue hides the value from log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
