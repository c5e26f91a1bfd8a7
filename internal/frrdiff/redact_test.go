package frrdiff

import "testing"

func TestRedact(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"a neighbor's password", "neighbor 192.0.2.1 password hush", "neighbor 192.0.2.1 password [redacted]"},
		{"odd spacing", " neighbor  192.0.2.1\tpassword \t hush hush ", " neighbor  192.0.2.1\tpassword [redacted]"},
		{"a type in front", "neighbor 192.0.2.1 password 7 094F471A1A0A", "neighbor 192.0.2.1 password [redacted]"},
		{"a password that is a number", "password 8", "password [redacted]"},
		{"capitals", "neighbor 192.0.2.1 PASSWORD hush", "neighbor 192.0.2.1 PASSWORD [redacted]"},
		{"an abbreviation", "neighbor 192.0.2.1 passw hush", "neighbor 192.0.2.1 passw [redacted]"},
		{"a message of FRR that quotes the line", "% [BGP] Unknown command: neighbor 192.0.2.1 password foo\nnext line", "% [BGP] Unknown command: neighbor 192.0.2.1 password [redacted]\nnext line"},
		{"a quoted command", `bgpd refused "neighbor 192.0.2.1 password foo": no`, `bgpd refused "neighbor 192.0.2.1 password [redacted]`},
		{"enable password", "enable password hush", "enable password [redacted]"},
		{"OSPF's digest key", "ip ospf message-digest-key 1 md5 hush", "ip ospf message-digest-key 1 md5 [redacted]"},
		{"OSPF's simple key", "ip ospf authentication-key hush", "ip ospf authentication-key [redacted]"},
		{"a key chain's string", "key-string hush", "key-string [redacted]"},
		{"IS-IS", "area-password md5 hush", "area-password [redacted]"},
		{"two lines, two secrets", "password a b\r\npassword c\n", "password [redacted]\r\npassword [redacted]\n"},
		{"a neighbor that is passive", "neighbor 192.0.2.1 passive", "neighbor 192.0.2.1 passive"},
		{"a service that encrypts", "service password-encryption", "service password-encryption"},
		{"taking a password back", "no neighbor 192.0.2.1 password", "no neighbor 192.0.2.1 password"},
		{"a description", "neighbor 192.0.2.1 description keys to the city", "neighbor 192.0.2.1 description keys to the city"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Redact(test.line); got != test.want {
				t.Errorf("Redact(%q) = %q, want %q", test.line, got, test.want)
			}
		})
	}
}
