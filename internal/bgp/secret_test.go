package bgp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	const value = "s3cret-value"
	type holder struct{ Password Secret }
	secret := NewSecret(value)
	var printed []string
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q", "%x", "%d", "%T %v"} {
		args := []any{secret}
		if strings.Count(verb, "%") == 2 {
			args = append(args, secret)
		}
		printed = append(printed, fmt.Sprintf(verb, args...), fmt.Sprintf("%+v %#v", holder{secret}, &holder{secret}))
	}
	encoded, err := json.Marshal(holder{secret})
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	for _, log := range []*slog.Logger{slog.New(slog.NewJSONHandler(&logged, nil)), slog.New(slog.NewTextHandler(&logged, nil))} {
		log.Info("a secret", "direct", secret, "inside", holder{secret})
	}
	for _, text := range append(printed, string(encoded), logged.String()) {
		if strings.Contains(text, value) || strings.Contains(text, fmt.Sprintf("%x", value)) {
			t.Errorf("secret in %q", text)
		}
	}
	if got := secret.Reveal(); got != value {
		t.Errorf("Reveal() = %q, want the value", got)
	}
}

func TestSecretOfNothingPrintsNothing(t *testing.T) {
	var none Secret
	if !none.IsZero() || none.String() != "" {
		t.Errorf("zero secret: IsZero %v, String %q", none.IsZero(), none.String())
	}
}
