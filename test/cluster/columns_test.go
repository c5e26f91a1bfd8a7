package cluster_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files with what kubectl prints")

// What `kubectl get` shows of every kind, and with -o wide.
func TestColumns(t *testing.T) {
	ns := namespace(t, shared)
	text, err := os.ReadFile("testdata/columns.yaml")
	if err != nil {
		t.Fatal(err)
	}
	objects := strings.ReplaceAll(string(text), "NAMESPACE", ns)
	kubectl(t, shared, objects, "create", "-f", "-")
	for document := range strings.SplitSeq(objects, "\n---\n") {
		if strings.Contains(document, "\nstatus:") {
			kubectl(t, shared, document, "replace", "--subresource=status", "-f", "-")
		}
	}
	var out strings.Builder
	for _, resource := range []string{
		"ipaddresspools", "bgppeers", v1beta1Peers, "bgpadvertisements", "l2advertisements", "bfdprofiles", "communities",
		"servicebgpstatuses", "servicel2statuses", "configurationstates", "nodestates",
	} {
		for _, format := range [][]string{nil, {"-o", "wide"}} {
			args := append([]string{"get", resource, "-n", ns}, format...)
			out.WriteString("$ kubectl " + strings.Join(args[:2], " ") + strings.Repeat(" -o wide", len(format)/2) + "\n")
			out.WriteString(ages.ReplaceAllString(kubectl(t, shared, "", args...), "N$1") + "\n")
		}
	}
	golden := filepath.Join("testdata", "columns.txt")
	got := trailing.ReplaceAllString(out.String(), "\n")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("kubectl get (-want +got), -update rewrites it:\n%s", diff)
	}
}

var (
	// ages are how old something is: what the test has just made some seconds, what is in its file some years.
	ages     = regexp.MustCompile(`\b[0-9]+([sy])\b`)
	trailing = regexp.MustCompile(` +\n`)
)
