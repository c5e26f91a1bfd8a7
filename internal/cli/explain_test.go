package cli

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"frr-speaker/internal/explain"
)

func examples() string { return filepath.Join("..", "..", "examples") }

func TestExplainExitStatusAndMessages(t *testing.T) {
	for _, tt := range []struct {
		name       string
		args       []string
		wantStatus int
		want       string // part of standard output
		wantErr    string // part of standard error
	}{
		{"a service that is announced is no failure", []string{"default/web"}, 0, "default/web: announced\n", ""},
		{"a service without a namespace is in the default one", []string{"web"}, 0, "default/web: announced\n", ""},
		{"a service that nobody announces is one", []string{"office/no-endpoints-yet"}, 1, "node-1 bgp: noEndpoints\n", ""},
		{"without a service what is wrong comes first", nil, 1, "STATE\noffice/no-endpoints-yet ", ""},
		{"a service is not there", []string{"default/nothing"}, 2, "", "there is no Service default/nothing"},
		{"a name with two slashes is none", []string{"a/b/c"}, 2, "", `"a/b/c" names no service`},
		{"a format is unknown", []string{"-o", "xml"}, 2, "", `--output "xml" is unknown: use table, json or yaml`},
		{"one node is asked alone", []string{"default/api", "--node", "node-1"}, 0, "node-1 bgp: noLocalEndpoints (of 1 serving endpoints none is on node node-1)\n", ""},
		{"a node is not there", []string{"default/api", "--node", "node-9"}, 1, "node-9 bgp: nodeUnknown (the cluster has no node node-9)\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := command(t, nil, append([]string{"explain", "--objects", examples()}, tt.args...)...)
			stdout = strings.ReplaceAll(stdout, "   ", " ")
			if status != tt.wantStatus || !strings.Contains(squeezed(stdout), tt.want) || !strings.Contains(stderr, tt.wantErr) {
				t.Errorf("exit status %d, want %d; want %q and %q in\n%s%s", status, tt.wantStatus, tt.want, tt.wantErr, stdout, stderr)
			}
		})
	}
}

// squeezed has one space where a table has many.
func squeezed(text string) string {
	for strings.Contains(text, "  ") {
		text = strings.ReplaceAll(text, "  ", " ")
	}
	return text
}

func TestExplainPrintsTheSameAsJSON(t *testing.T) {
	_, stdout, _ := command(t, nil, "explain", "--objects", examples(), "default/api", "-o", "json")
	var got explanation
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for _, s := range got.Services {
		for _, n := range s.Nodes {
			reasons = append(reasons, n.Node+" "+n.Protocol+" "+n.Reason)
		}
	}
	if got, want := strings.Join(reasons, ", "), "node-1 bgp noLocalEndpoints, node-2 bgp announced"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if want := (explain.Advertisement{Name: "public", Matches: true}); got.Services[0].Nodes[0].Advertisements[0] != want {
		t.Errorf("advertisement %+v, want %+v", got.Services[0].Nodes[0].Advertisements[0], want)
	}
}
