package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFlagsOfMembersAreRefusedByName(t *testing.T) {
	for _, tt := range []struct {
		name  string
		check func() error
		want  string
	}{
		{"an address that is none", func() error { _, err := memberFlags{bindAddr: "node-a"}.bind(); return err }, `--ml-bindaddr (METALLB_ML_BIND_ADDR) "node-a" is no address`},
		{"a port that is none", func() error { _, err := memberFlags{bindAddr: "::1", bindPort: "x"}.bind(); return err }, `--ml-bindport (METALLB_ML_BIND_PORT) "x" is no port`},
		{"port 0", func() error { _, err := memberFlags{bindAddr: "::1", bindPort: "0"}.bind(); return err }, `--ml-bindport (METALLB_ML_BIND_PORT) "0" is no port`},
		{"a member that is no address", func() error { _, err := memberFlags{peers: []string{"192.0.2.1", "b"}}.parsePeers(); return err }, `--members: "b" is no address`},
		{"a secret that is not there", func() error { _, err := memberFlags{secretKeyPath: t.TempDir()}.secret(); return err }, "--ml-secret-key-path (METALLB_ML_SECRET_KEY_PATH): open "},
		{"a named file of options that is not there", func() error { _, err := memberFlags{optionsFile: filepath.Join(t.TempDir(), "x")}.tuning(); return err }, "--ml-options-file: open "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.check(); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

func TestFlagsOfMembers(t *testing.T) {
	at, err := memberFlags{bindAddr: "192.0.2.1"}.bind()
	if err != nil || at.String() != "192.0.2.1:7946" {
		t.Errorf("bound at %v, %v, want port 7946", at, err)
	}
	peers, err := memberFlags{peers: []string{"192.0.2.1", "192.0.2.2:1", "2001:db8::3", "[2001:db8::4]:2"}}.parsePeers()
	var got []string
	for _, p := range peers {
		got = append(got, p.String())
	}
	want := []string{"192.0.2.1:0", "192.0.2.2:1", "[2001:db8::3]:0", "[2001:db8::4]:2"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("members, %v (-want +got):\n%s", err, diff)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secretkey"), []byte("hidden"), 0o600); err != nil {
		t.Fatal(err)
	}
	if secret, err := (memberFlags{secretKeyPath: dir}).secret(); err != nil || string(secret) != "hidden" {
		t.Errorf("secret %q, %v", secret, err)
	}
	file := filepath.Join(dir, "config.json")
	if err := os.WriteFile(file, []byte(`{"GossipNodes": "many"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (memberFlags{optionsFile: file}).tuning(); err == nil || !strings.HasPrefix(err.Error(), file+": read memberlist options: GossipNodes: ") {
		t.Errorf("error %v, want the file and the option", err)
	}
	if _, err := (memberFlags{optionsFile: defaultMemberOptions}).tuning(); err != nil {
		t.Errorf("error %v without a file, want none", err)
	}
}
