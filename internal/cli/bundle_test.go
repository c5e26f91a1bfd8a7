package cli

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const secrets = `apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: guarded, namespace: metallb-system}
spec: {myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.7, password: hunter2}
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: kept, namespace: metallb-system}
spec: {myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.8, passwordSecret: {name: key}}
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: metallb-system}
type: kubernetes.io/basic-auth
stringData: {password: hunter2}
---
apiVersion: v1
kind: Secret
metadata: {name: of-others, namespace: metallb-system}
stringData: {password: hunter2}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: bgpextras, namespace: metallb-system}
data:
  extras: |
    router bgp 64512
     neighbor 192.0.2.9 remote-as 65001
     neighbor 192.0.2.9 password hunter2
---
apiVersion: v1
kind: ConfigMap
metadata: {name: of-others, namespace: metallb-system}
data: {password: hunter2}
`

// unpack reads an archive into a directory, and returns all of its text by name.
func unpack(t *testing.T, file string) (dir string, texts map[string]string) {
	t.Helper()
	dir, texts = t.TempDir(), map[string]string{}
	zipped, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer zipped.Close()
	unzipped, err := gzip.NewReader(zipped)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(unzipped)
	for {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return dir, texts
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(head.Name, "frr-speaker-bundle/")
		texts[name] = string(text)
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestABundleRendersAsTheClusterDid(t *testing.T) {
	from := altered(t, "198.51.100.20", "198.51.100.20")
	if err := os.WriteFile(filepath.Join(from, "secrets.yaml"), []byte(secrets), 0o600); err != nil {
		t.Fatal(err)
	}
	node := directory(t, map[string]string{
		"frr.conf": "neighbor 192.0.2.7 password hunter2\n", "status.json": "{}\n", "frr.log": "12:00 bgpd: neighbor 192.0.2.7 password hunter2\n",
	})
	file := filepath.Join(t.TempDir(), "bundle.tar.gz")
	status, stdout, stderr := command(t, nil, "bundle", "--objects", from, "--file", file, "--handoff", node,
		"--running", filepath.Join(node, "frr.conf"), "--log", filepath.Join(node, "frr.log"))
	if status != 0 || !strings.HasPrefix(stdout, file+": ") {
		t.Fatalf("exit status %d:\n%s%s", status, stdout, stderr)
	}
	dir, texts := unpack(t, file)
	for name, text := range texts {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "aHVudGVyMg") {
			t.Errorf("%s holds a password:\n%s", name, text)
		}
		if strings.Contains(text, "of-others") {
			t.Errorf("%s holds what speaker does not read:\n%s", name, text)
		}
	}
	for _, name := range []string{
		"problems.txt", "status.txt", "explain.txt", "wanted/node-1.conf", "objects/services.yaml", "objects/secrets.yaml",
		"node/frr.conf", "node/status.json", "node/running-config.txt", "logs/frr.log",
	} {
		if _, there := texts[name]; !there {
			t.Errorf("the bundle lacks %s", name)
		}
	}
	for _, node := range []string{"node-1", "node-2"} {
		_, want, wantErr := command(t, nil, "render", "--objects", from, "--node", node)
		_, got, gotErr := command(t, nil, "render", "--objects", filepath.Join(dir, "objects"), "--node", node)
		if !strings.Contains(want, "neighbor 192.0.2.8 password hunter2") {
			t.Fatalf("%s has no password to leave out:\n%s", node, want)
		}
		want = strings.ReplaceAll(want, "neighbor 192.0.2.9 password hunter2", "neighbor 192.0.2.9 password [redacted]")
		if diff := cmp.Diff(strings.ReplaceAll(want, "hunter2", "redacted"), got); diff != "" {
			t.Errorf("configuration of %s from the bundle (-want +got):\n%s", node, diff)
		}
		if diff := cmp.Diff(wantErr, gotErr); diff != "" {
			t.Errorf("verdicts of %s from the bundle (-want +got):\n%s", node, diff)
		}
	}
}
