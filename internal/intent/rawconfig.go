package intent

import (
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
)

// Where users put FRR text of their own.
const (
	rawConfigMap = "bgpextras"
	rawConfigKey = "extras"
)

// maxRawLine keeps lines within FRR's vty buffer, which holds 4096 bytes in
// FRR up to 10.5 and takes what is beyond it for another command.
const maxRawLine = 4000

var rawConsequence = consequence{
	kept: "the last valid text stays in use",
	lost: "none of the text is used",
}

// parseRawConfig reads the text, with line ends made alike.
func parseRawConfig(o *corev1.ConfigMap, f *findings) string {
	const field = "data." + rawConfigKey
	raw, present := o.Data[rawConfigKey]
	if !present {
		f.warn(field, "no FRR text is added", "put the text under key "+rawConfigKey, "is missing")
		return ""
	}
	if !utf8.ValidString(raw) {
		f.refuse(field, "save it as UTF-8", "is not UTF-8 text")
		return ""
	}
	text := strings.ReplaceAll(raw, "\r\n", "\n")
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		if at := strings.IndexFunc(line, isControl); at >= 0 {
			f.refuse(field, "remove the character", "line %d holds control character 0x%02x", number, line[at])
			return ""
		}
		if len(line) > maxRawLine {
			f.refuse(field, "split the line", "line %d has %d bytes, and FRR takes at most %d", number, len(line), maxRawLine)
			return ""
		}
	}
	return text
}

// isControl reports ASCII control characters, but not the tab, which FRR takes for a space.
func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7F }
