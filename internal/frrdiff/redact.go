package frrdiff

import "regexp"

var secret = regexp.MustCompile(`(?i)\b(password|key-string|message-digest-key\s+\d+\s+md5|authentication-key|key)(\s+[0-9])?\s+\S.*`)

// Redact replaces secrets in any line of FRR configuration, or in a message of FRR
// that quotes one, by [redacted].
func Redact(line string) string { return secret.ReplaceAllString(line, "$1 [redacted]") }
