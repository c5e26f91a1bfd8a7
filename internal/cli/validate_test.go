package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// directory makes a directory of files.
func directory(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const goodPeer = `apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: tor, namespace: metallb-system}
spec: {myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.1}
`

const oneNode = "apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n"

func TestValidateNamesFileAndLine(t *testing.T) {
	for _, tt := range []struct {
		name       string
		files      map[string]string
		args       []string
		wantStatus int
		want       string
	}{
		{"good objects give nothing", map[string]string{"a.yaml": goodPeer + "---\n" + oneNode}, nil, 0, ""},
		{
			"a value that is wrong has its line",
			map[string]string{"a.yaml": oneNode + "---\napiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: {name: tor}\nspec:\n  myASN: 64512\n  peerASN: 65001\n  peerAddress: 192.0.2.256\n"},
			nil, 1, `a.yaml:11: BGPPeer metallb-system/tor: spec.peerAddress: "192.0.2.256" is not an IP address; no session is made with this peer; write an IPv4 or IPv6 address` + "\n",
		},
		{
			"a field of the wrong type has its line, once",
			map[string]string{"a.yaml": "apiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: {name: tor}\nspec:\n  myASN: x\n"},
			nil, 1, "a.yaml:5: BGPPeer metallb-system/tor: spec.myASN: the value is a string, want a whole number from 0 to 4294967295; the object is left out\n",
		},
		{
			"what shows on a node alone is found",
			map[string]string{"a.yaml": goodPeer + "---\n" + oneNode, "b.yaml": "apiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata:\n  name: twin\nspec:\n  myASN: 64512\n  peerASN: 65001\n  peerAddress: 192.0.2.1\n"},
			nil, 1, "b.yaml:8: BGPPeer metallb-system/twin: spec.peerAddress: BGPPeer tor has the same neighbor 192.0.2.1 in the default VRF; this peer is left out on node node-1; delete one of the two, or give them node selectors that do not overlap\n",
		},
		{
			"what changes nothing is said",
			map[string]string{"a.yaml": "apiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: {name: tor}\nspec:\n  myASN: 64512\n  peerASN: 65001\n  peerAddress: 192.0.2.1\n  disableMP: true\n"},
			nil, 0, "a.yaml:8: BGPPeer metallb-system/tor: spec.disableMP: has no meaning any more: a session carries one family unless dualStackAddressFamily is set; it is ignored; remove it\n",
		},
		{
			"what changes nothing fails with --strict",
			map[string]string{"a.yaml": "apiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: {name: tor}\nspec:\n  myASN: 64512\n  peerASN: 65001\n  peerAddress: 192.0.2.1\n  disableMP: true\n"},
			[]string{"--strict"},
			1, "a.yaml:8: BGPPeer metallb-system/tor: spec.disableMP: has no meaning any more: a session carries one family unless dualStackAddressFamily is set; it is ignored; remove it\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := command(t, nil, append([]string{"validate", "--objects", directory(t, tt.files)}, tt.args...)...)
			if status != tt.wantStatus || stderr != "" {
				t.Errorf("exit status %d, want %d\n%s", status, tt.wantStatus, stderr)
			}
			if diff := cmp.Diff(tt.want, stdout); diff != "" {
				t.Errorf("standard output (-want +got):\n%s", diff)
			}
		})
	}
}

func TestValidateCannotReadWhatIsNotThere(t *testing.T) {
	status, _, stderr := command(t, nil, "validate", "--objects", filepath.Join(t.TempDir(), "gone"))
	if status != exitUsage || stderr == "" {
		t.Errorf("exit status %d and %q, want %d and a message", status, stderr, exitUsage)
	}
}
