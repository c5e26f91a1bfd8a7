package cluster_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An API server takes what docs/guide.md shows: the schemas know each field, and no rule refuses one.
func TestExamplesOfTheGuideAreAccepted(t *testing.T) {
	for _, name := range []string{"metallb-system", "dns"} {
		kubectl(t, shared, `{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "`+name+`"}}`, "apply", "--server-side", "-f", "-")
	}
	files, err := filepath.Glob("../../docs/examples/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("files of docs/examples: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			out, ok := says(t, shared, "", "apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", file)
			if !ok {
				t.Error(out)
			}
			takesStatus(t, file)
		})
	}
}

// takesStatus sees to the status of objects of ours, which an API server does not look at unless it is asked for.
func takesStatus(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		if !strings.Contains(document, "\nstatus:") || !strings.Contains(document, "io/v1") {
			continue
		}
		kubectl(t, shared, document, "apply", "--server-side", "-f", "-")
		out, ok := says(t, shared, document, "replace", "--subresource=status", "--dry-run=server", "--validate=strict", "-f", "-")
		if !ok {
			t.Errorf("its status: %s", out)
		}
		kubectl(t, shared, document, "delete", "-f", "-")
	}
}
