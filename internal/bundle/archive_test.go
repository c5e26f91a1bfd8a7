package bundle

import "testing"

func TestTailsBeginWithALineAndHoldNoSecret(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		limit      int
		want       string
	}{
		{"a short text is whole", "one\ntwo\n", 100, "one\ntwo\n"},
		{"a long one begins with a whole line", "first line\nsecond\nthird\n", 10, "third\n"},
		{"a password is taken out", "neighbor 192.0.2.1 password hunter2\nok\n", 100, "neighbor 192.0.2.1 password [redacted]\nok\n"},
		{"so is one of YAML", "spec:\n  password: hunter2\nok\n", 100, "spec:\n  password: [redacted]\nok\n"},
		{"and one of JSON", `{"password":"hunter2","port":179}`, 100, `{"password":"[redacted]","port":179}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(Tail("log", []byte(tt.text), tt.limit).Text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
