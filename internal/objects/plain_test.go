package objects

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// plainText is text that plainToJSON must know, with every form that it knows.
const plainText = `---
# A comment.
apiVersion: v1
kind: Service # the kind
metadata:
  name: web
  creationTimestamp: "2026-01-01T00:00:00Z"
  labels:
    app.kubernetes.io/name: 'web shop'   # quoted
    empty: ""
  annotations: {}
  finalizers: []
  generation: 0
  weight: -5
  uid: 7d5b0a3e-1111-2222-3333-444455556666
  nothing:
spec:
  allocateLoadBalancerNodePorts: true
  paused: false
  clusterIP: 10.96.0.1
  range: 198.51.100.0/24
  time: 2026-01-01T00:00:00Z
  ports:
  - name: http
    port: 80
  -
    name: https
    port: 443
  nested:
    - - a1
      - b1
    - - c1
  lone:
  -
  - last one, with words
status:
  addresses:
  - ip: 2001:db8:100::10
  path: /var/run/frr
`

// agree fails unless plainToJSON, if it converts data at all, gives what the library gives.
func agree(t *testing.T, data []byte) (plain bool) {
	t.Helper()
	got, ok := plainToJSON(data)
	if !ok {
		return false
	}
	want, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		t.Fatalf("plainToJSON(%q) = %s, the library refuses it: %v", data, got, err)
	}
	if diff := cmp.Diff(value(t, want), value(t, got)); diff != "" {
		t.Fatalf("plainToJSON(%q) (-want +got):\n%s", data, diff)
	}
	return true
}

// value decodes JSON with its numbers as they are written.
func value(t *testing.T, raw []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%s is not JSON: %v", raw, err)
	}
	return v
}

func TestPlainTextIsConvertedAsTheLibraryDoes(t *testing.T) {
	if !agree(t, []byte(plainText)) {
		t.Error("the text was left to the library")
	}
}

func TestWhatIsNotPlainIsLeftToTheLibrary(t *testing.T) {
	for name, text := range map[string]string{
		"a boolean of YAML 1.1":              "a: yes",
		"a boolean in capitals":              "a: True",
		"a null":                             "a: ~",
		"a null by word":                     "a: null",
		"a number in octal":                  "a: 0755",
		"a number in hexadecimal":            "a: 0x1f",
		"a number in binary":                 "a: 0b11",
		"a number with an exponent":          "a: 1e3",
		"a number with a point":              "a: 1.5",
		"a number with underscores":          "a: 1_000",
		"a number longer than 64 bits":       "a: 99999999999999999999",
		"not a number":                       "a: .nan",
		"an anchor":                          "a: &x b",
		"an alias":                           "a: *x",
		"a tag":                              "a: !!str 5",
		"a block scalar":                     "a: |\n  b",
		"a folded scalar":                    "a: >\n  b",
		"a flow mapping":                     "a: {b: c}",
		"a flow sequence":                    "a: [b]",
		"an escape":                          `a: "b\n"`,
		"a doubled quote":                    "a: 'it''s'",
		"a string over two lines":            "a: b\n  c",
		"a quoted string over two lines":     "a: \"b\n  c\"",
		"a key that is a number":             "1: a",
		"a key that is a boolean":            "on: a",
		"a key in quotes":                    `"a": b`,
		"a merge key":                        "<<: a",
		"a key that is set twice":            "a: b\na: c",
		"a tab":                              "a:\tb",
		"letters beyond ASCII":               "a: ü",
		"a carriage return":                  "a: b\r\n",
		"a mapping indented less than ahead": "  a: b\n c: d",
		"a value and a mapping":              "a: b\n  c: d",
		"a colon in a value":                 "a: b: c",
		"a scalar document":                  "a",
		"no document":                        "# nothing",
		"a key that is too long for YAML":    strings.Repeat("k", 1025) + ": a",
		"a directive":                        "%YAML 1.1\n---\na: b",
	} {
		t.Run(name, func(t *testing.T) {
			if got, ok := plainToJSON([]byte(text)); ok {
				t.Errorf("plainToJSON(%q) = %s, want it left to the library", text, got)
			}
		})
	}
}

func TestExamplesReadPlainOrNot(t *testing.T) {
	names, err := filepath.Glob("../../examples/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range documents(data) {
			agree(t, d.data)
		}
	}
}

func FuzzPlain(f *testing.F) {
	f.Add([]byte(plainText))
	for _, text := range []string{
		"a: b\nc:\n- d\n- e: f\n  g: 5\n", "- a\n-\n  b: c\n", "a:\n  - - b\n", "a: -1\nb: 2001:db8::1\n", "a: 10.0.0.0/8 # c\n",
		"a: 1:2\n", "a: 190:20:30\n", "a: 1e5-2\n", "a: 2026-01-01\n", "a: 0.0.0.0\n", "a: y\n", "a: off\n", "a: - b\n", "a: b c  d\n",
		"a: 'x' # y\n", "a: {}\nb: []\n", "a:\n\n\n  b: c\n", "a: 5d\n", "a: b#c\n", "a:  \n- b\nc: d\n", "- - - a\n", "a: 1.2.3\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) { agree(t, data) })
}

func TestRandomTextIsConvertedAsTheLibraryDoes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	pick := func(of []string) string { return of[r.IntN(len(of))] }
	keys := []string{"a", "b", "c", "name", "type", "k8s.io/x-y_z"}
	values := []string{
		"", "", "", "b", "5", "-5", "0", "007", "1.5", "1.2.3", "1e5", "1e-5", "1-5", "10.0.0.1", "10.0.0.0/8", "2001:db8::1", "1:2", "1:20:30",
		"0x1F", "0b11", "0o17", "1_0", "5d", "5s", "2026-01-01", "2026-01-01T00:00:00Z", "true", "false", "yes", "y", "off", "Null", "~", "{}", "[]",
		`""`, `"b c"`, "'b'", "'b' # c", "b # c", "b#c", "b:c", "b: c", "b,c", "b =c", "/b", "+5", "-", "- b", "12345678901234567890", ".5", "5.", "1E5",
	}
	plain := 0
	for range 20_000 {
		var text strings.Builder
		for range 1 + r.IntN(6) {
			text.WriteString(strings.Repeat(" ", r.IntN(4)) + strings.Repeat("- ", max(0, r.IntN(4)-1)))
			if r.IntN(5) > 0 {
				text.WriteString(pick(keys) + ":" + strings.Repeat(" ", 1-r.IntN(20)/19))
			}
			text.WriteString(pick(values) + "\n")
		}
		if agree(t, []byte(text.String())) {
			plain++
		}
	}
	if plain < 300 {
		t.Errorf("%d of 20,000 texts were plain, too few to prove anything", plain)
	}
}
