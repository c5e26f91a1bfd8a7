package corpus

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// MetalLB 6: a string with a line break becomes lines of configuration of its own.
// Here, whatever field it stands in, no line that it holds reaches FRR, nor is the
// text of the others lost.
func TestMetalLBWeakness06NoStringBecomesALine(t *testing.T) {
	const smuggled = "neighbor 192.0.2.66 remote-as 666"
	strange := []string{"x\n " + smuggled, "x\r" + smuggled, "x\r\n" + smuggled, "x\n!\nexit\n" + smuggled, "x\x00" + smuggled, "x\v" + smuggled, "x " + smuggled}
	tried := 0
	for kind, fields := range settings() {
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			for _, value := range withStrings(fields[field].value, strange) {
				tried++
				changes := maps.Clone(fields[field].also)
				if changes == nil {
					changes = map[string]any{}
				}
				changes[field] = value
				text := textOf(t, kind, changes)
				for line := range strings.Lines(text) {
					if strings.Contains(line, "192.0.2.66") || strings.Contains(line, "666") {
						t.Errorf("%s %s: %q makes the line %q", kind, field, fmt.Sprint(value), line)
					}
				}
				if !strings.Contains(text, "neighbor 2001:db8::2 remote-as 65001\n") {
					t.Errorf("%s %s: %q costs the peer beside it:\n%s", kind, field, fmt.Sprint(value), text)
				}
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d strings were tried", tried)
	}
}

// withStrings are the likes of a value with strange strings in the place of its own.
func withStrings(value any, strange []string) []any {
	var all []any
	for _, s := range strange {
		switch value := value.(type) {
		case string:
			all = append(all, s)
		case []any:
			if _, is := value[0].(string); is {
				all = append(all, []any{s})
			}
		}
	}
	return all
}
