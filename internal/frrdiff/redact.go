package frrdiff

import "regexp"

// secret is the words before a secret, and everything from there to the end of the
// line: a secret may hold anything, and a message may quote it anywhere.
var secret = regexp.MustCompile(`(?i)((?:\b|-)(?:passw?o?r?d?|key-string|authentication-key|message-digest-key[ \t]+[0-9]+[ \t]+md5))[ \t]+[^ \t\r\n][^\r\n]*`)

// Redact replaces secrets in any line of FRR configuration, or in a message of FRR
// that quotes one, by [redacted].
func Redact(line string) string { return secret.ReplaceAllString(line, "$1 [redacted]") }
