package deploy

import (
	"os"
	"strings"
	"testing"
)

// What a newcomer does first: one apply, without a word of complaint, and every
// definition is served.
func TestTheManifestIsAppliedAtOnce(t *testing.T) {
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	out, ok := says(t, string(text), "apply", "--validate=strict", "-f", "-")
	if !ok || strings.Contains(out, "Warning") {
		t.Errorf("kubectl says:\n%s", out)
	}
	accepted(t, string(text)) // likewise by the server
	want := 0
	for name := range parse(t, string(text)) {
		if strings.HasPrefix(name, "CustomResourceDefinition ") {
			want++
		}
	}
	out, ok = says(t, "", "wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
	if !ok || strings.Count(out, "condition met") != want {
		t.Errorf("%d definitions were applied, and kubectl says:\n%s", want, out)
	}
}

// `make check` renews the manifest; this says where else it is told apart.
func TestTheManifestIsWhatKustomizeMakes(t *testing.T) {
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	heading, rest, _ := strings.Cut(string(text), "\n")
	if !strings.HasPrefix(heading, "# ") || rest != kustomize(t, "frr-mode") {
		t.Error("deploy/frr-speaker.yaml is not what deploy/frr-mode says: run make generate")
	}
}
