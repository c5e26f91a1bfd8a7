package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// command runs the command line and returns its exit status and what it wrote.
func command(t *testing.T, env map[string]string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = Speaker(t.Context(), Process{
		Args: args, Getenv: func(key string) string { return env[key] },
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
	})
	return status, out.String(), errs.String()
}

func TestRenderExitStatusAndMessages(t *testing.T) {
	empty := t.TempDir()
	broken := t.TempDir()
	for name, text := range map[string]string{
		"bad.yaml": "kind: [\n", "node.yaml": "apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n",
	} {
		if err := os.WriteFile(filepath.Join(broken, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	examples := filepath.Join("..", "..", "examples")
	tests := []struct {
		name       string
		env        map[string]string
		args       []string
		wantStatus int
		wantOut    string // part of standard output
		wantErr    []string
	}{
		{
			name: "the examples give a text, and a verdict for every service",
			args: []string{"render", "--objects", examples, "--node", "node-2"}, wantOut: "router bgp 64512\n",
			wantErr: []string{"default/web bgp: announced to tor-bird, tor-frr, tor-frr-v6", "office/no-endpoints-yet bgp: noEndpoints"},
		},
		{
			name: "METALLB_NODE_NAME names the node as well", env: map[string]string{"METALLB_NODE_NAME": "node-2"},
			args: []string{"render", "--objects", examples}, wantOut: "hostname node-2\n",
		},
		{
			name: "FRR_LOGGING_LEVEL overrides the level of the speaker", env: map[string]string{"FRR_LOGGING_LEVEL": "alerts"},
			args: []string{"render", "--objects", examples, "--node", "node-2", "--log-level", "error"}, wantOut: "log stdout alerts\n",
		},
		{
			name: "a node that is not there has no text",
			args: []string{"render", "--objects", examples, "--node", "node-9"}, wantStatus: 1,
			wantErr: []string{"problem: Node node-9: the cluster has no node of this name", "the objects have no Node node-9"},
		},
		{
			name: "a file that does not parse still gives a text, and a problem with file and line",
			args: []string{"render", "--objects", broken, "--node", "node-1"}, wantOut: "log stdout informational\n",
			wantErr: []string{"problem: File bad.yaml: ", "bad.yaml:"},
		},
		{
			name: "neither directory nor cluster is an error that names the flags", args: []string{"render", "--node", "node-1"},
			wantStatus: 1, wantErr: []string{"speaker: find the API server: ", "give --kubeconfig, or --objects"},
		},
		{
			name: "no node is an error that names flag and variable", args: []string{"render", "--objects", examples},
			wantStatus: 1, wantErr: []string{"--node-name is not set", "METALLB_NODE_NAME"},
		},
		{
			name: "an empty directory is an error", args: []string{"render", "--objects", empty, "--node", "node-1"},
			wantStatus: 1, wantErr: []string{empty, "holds no .yaml, .yml or .json file"},
		},
		{
			name: "a directory that is not there is an error", args: []string{"render", "--objects", filepath.Join(empty, "gone"), "--node", "node-1"},
			wantStatus: 1, wantErr: []string{"gone", "no such file or directory"},
		},
		{
			name: "an unknown log level is an error that lists the known ones",
			args: []string{"render", "--objects", examples, "--node", "node-1", "--log-level", "loud"}, wantStatus: 1,
			wantErr: []string{`--log-level "loud" is unknown: use all, debug, info, warn, error or none`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := command(t, tt.env, tt.args...)
			if status != tt.wantStatus {
				t.Errorf("exit status %d, want %d\n%s", status, tt.wantStatus, stderr)
			}
			if !strings.Contains(stdout, tt.wantOut) {
				t.Errorf("standard output lacks %q:\n%s", tt.wantOut, stdout)
			}
			for _, want := range tt.wantErr {
				if !strings.Contains(stderr, want) {
					t.Errorf("standard error lacks %q:\n%s", want, stderr)
				}
			}
		})
	}
}

func TestRenderNeverPrintsAPasswordAsAProblem(t *testing.T) {
	dir := t.TempDir()
	const peers = `apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: tor, namespace: metallb-system}
spec: {myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.1, password: "hunter2\nneighbor 192.0.2.9 remote-as 1"}
---
apiVersion: v1
kind: Node
metadata: {name: node-1}
`
	if err := os.WriteFile(filepath.Join(dir, "peers.yaml"), []byte(peers), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := command(t, nil, "render", "--objects", dir, "--node", "node-1")
	if status != 0 || !strings.Contains(stderr, "problem: BGPPeer metallb-system/tor: spec.password: ") {
		t.Errorf("exit status %d, standard error:\n%s", status, stderr)
	}
	for _, text := range []string{stdout, stderr} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "192.0.2.9") {
			t.Errorf("the password got out:\n%s", text)
		}
	}
}
