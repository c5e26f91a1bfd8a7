package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// altered copies the examples with one text in place of another.
func altered(t *testing.T, old, replacement string) string {
	t.Helper()
	dir, replaced := t.TempDir(), false
	files, err := filepath.Glob(filepath.Join(examples(), "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		replaced = replaced || bytes.Contains(text, []byte(old))
		text = bytes.ReplaceAll(text, []byte(old), []byte(replacement))
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if !replaced {
		t.Fatalf("no example holds %q", old)
	}
	return dir
}

func TestDiffSaysWhatRoutersAndFRRAreTold(t *testing.T) {
	for _, tt := range []struct {
		name             string
		old, replacement string
		wantStatus       int
		want             []string
		not              string
	}{
		{"equal objects change nothing", "198.51.100.20", "198.51.100.20", 0, []string{"nothing changes\n"}, "FRR"},
		{
			"an address that moves is withdrawn and announced, and resets nothing", "198.51.100.20", "198.51.100.21", 1,
			[]string{"    + 198.51.100.21/32 community 64512:100", "    - 198.51.100.20/32\n", "FRR of node-2 (no session resets):\n"},
			"FRR of node-1",
		},
		{
			"another AS of a router resets its session", "65001", "65009", 1,
			[]string{"FRR of node-1 resets sessions:\n  ! 192.0.2.1: remote-as changes\n"},
			"every service moves",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := command(t, nil, "diff", "--from", examples(), "--objects", altered(t, tt.old, tt.replacement))
			if status != tt.wantStatus || stderr != "" {
				t.Errorf("exit status %d, want %d\n%s", status, tt.wantStatus, stderr)
			}
			for _, want := range tt.want {
				if !strings.Contains(stdout, want) {
					t.Errorf("standard output lacks %q:\n%s", want, stdout)
				}
			}
			if strings.Contains(stdout, tt.not) {
				t.Errorf("standard output has %q:\n%s", tt.not, stdout)
			}
		})
	}
}

func TestDiffWithWhatANodeRuns(t *testing.T) {
	_, text, _ := command(t, nil, "render", "--objects", examples(), "--node", "node-1")
	printed := "Building configuration...\n\nCurrent configuration:\n!\nfrr version 8.4.4\nfrr defaults traditional\n" +
		"service integrated-vtysh-config\n!\n" + text + "end\n"
	file := filepath.Join(t.TempDir(), "running.conf")
	for _, tt := range []struct {
		name, running string
		wantStatus    int
		want          string
	}{
		{"what was rendered is what is wanted", text, 0, "nothing changes\n"},
		{"what vtysh prints around it is no difference", printed, 0, "nothing changes\n"},
		{
			"a prefix that is missing is announced", strings.ReplaceAll(printed, "  network 198.51.100.10/32", "  ! network"), 1,
			"FRR of node-1 (no session resets):\n  router bgp 64512\n   address-family ipv4 unicast\n    network 198.51.100.10/32 route-map ",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(file, []byte(tt.running), 0o600); err != nil {
				t.Fatal(err)
			}
			status, stdout, stderr := command(t, nil, "diff", "--running", file, "--objects", examples(), "--node", "node-1")
			if status != tt.wantStatus || !strings.HasPrefix(stdout, tt.want) {
				t.Errorf("exit status %d, want %d with %q:\n%s%s", status, tt.wantStatus, tt.want, stdout, stderr)
			}
		})
	}
}

func TestDiffNeverPrintsAPassword(t *testing.T) {
	with := func(password string) string {
		return directory(t, map[string]string{"a.yaml": oneNode + "---\n" + strings.Replace(goodPeer, "192.0.2.1}", "192.0.2.1, password: "+password+"}", 1)})
	}
	status, stdout, stderr := command(t, nil, "diff", "--from", with("hunter2"), "--objects", with("hunter3"))
	if status != 1 || strings.Contains(stdout+stderr, "hunter") || !strings.Contains(stdout, "! 192.0.2.1: password changes") {
		t.Errorf("exit status %d:\n%s%s", status, stdout, stderr)
	}
}

func TestDiffNeedsSomethingToCompareWith(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"nothing", nil, "give --from, or --running"},
		{"both", []string{"--from", "a", "--running", "b"}, "give --from, or --running"},
		{"no node", []string{"--running", "-"}, "name it with --node"},
		{"another node", []string{"--running", "-", "--node", "node-9"}, "the objects have no Node node-9"},
		{"no directory", []string{"--from", "/nonexistent"}, "no such file or directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, _, stderr := command(t, nil, append([]string{"diff", "--objects", examples()}, tt.args...)...)
			if status != exitUsage || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit status %d and %q, want %d and %q", status, stderr, exitUsage, tt.want)
			}
		})
	}
}

func TestSimulateSaysWhatMoves(t *testing.T) {
	for _, tt := range []struct {
		name       string
		args       []string
		wantStatus int
		want       string // of standard output and error, with single spaces
	}{
		{"a node is lost with the only pod", []string{"--lose", "node-1"}, 1, "default/web bgp node-1,node-2 nobody noEndpoints\n"},
		{"a node is drained, and then lost", []string{"--lose", "node-2", "--drain", "node-2"}, 1, "default/api bgp node-2 nobody noLocalEndpoints\n"},
		{"pods leave a node with policy Local", []string{"--drain", "node-2"}, 1, "default/api bgp node-2 nobody noLocalEndpoints\n"},
		{"a node is excluded", []string{"--relabel", "node-2=node.kubernetes.io/exclude-from-external-load-balancers=,kubernetes.io/os-"}, 1, "default/web bgp node-1,node-2 node-1 nodeLabeledExcludeBalancers\n"},
		{"nothing happens", nil, 2, "nothing is to happen"},
		{"a node is not there", []string{"--lose", "node-9"}, 2, "--lose node-9: the objects have no Node node-9"},
		{"a label is none", []string{"--relabel", "node-1=edge"}, 2, `"edge" is no change of a label`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := command(t, nil, append([]string{"simulate", "--objects", examples()}, tt.args...)...)
			if text := squeezed(stdout + stderr); status != tt.wantStatus || !strings.Contains(text, tt.want) {
				t.Errorf("exit status %d, want %d and %q:\n%s", status, tt.wantStatus, tt.want, text)
			}
		})
	}
}

func TestStatusPutsProblemsFirst(t *testing.T) {
	const reports = `apiVersion: frr-speaker.io/v1alpha1
kind: NodeState
metadata: {name: node-1}
status:
  sessionsUp: 2/2
  servicesAnnounced: 3
  outcome: applied
  sessions:
  - {peer: tor, neighbor: 192.0.2.1, state: Established, prefixesWanted: 1, prefixesSent: 1}
  conditions:
  - {type: Applied, status: "True", reason: applied}
---
apiVersion: frr-speaker.io/v1alpha1
kind: NodeState
metadata: {name: node-2}
status:
  sessionsUp: 0/1
  outcome: refused
  sessions:
  - {peer: tor, neighbor: 192.0.2.1, state: Active, lastReset: Hold Timer Expired, prefixesWanted: 1, prefixesSent: 0}
  conditions:
  - {type: Applied, status: "False", reason: refused, message: line 3}
  - {type: SessionsEstablished, status: "False", reason: sessionDown, message: 0 of 1}
`
	nodes := oneNode + "---\n" + strings.Replace(oneNode, "node-1", "node-2", 1) + "---\n" + reports
	status, stdout, _ := command(t, nil, "status", "--objects", directory(t, map[string]string{"a.yaml": nodes}))
	want := "NODE SESSIONS SERVICES OUTCOME RUNNING FRR PROBLEMS\nnode-2 0/1 0 refused - - 2\nnode-1 2/2 3 applied - - 0\n" +
		"node-2: sessionDown: tor is Active, last reset: Hold Timer Expired\nnode-2: refused: line 3\n"
	if diff := cmp.Diff(want, squeezed(stdout)); diff != "" || status != 1 {
		t.Errorf("exit status %d, standard output (-want +got):\n%s", status, diff)
	}
	if status, stdout, _ := command(t, nil, "status", "--objects", directory(t, map[string]string{"a.yaml": oneNode + "---\n" + reports})); status != 0 {
		t.Errorf("a node that is gone counts: exit status %d\n%s", status, stdout)
	}
}

// What is wrong with the new objects is said as validate says it, and nothing of the old ones.
func TestDiffAndSimulateSayWhatIsWrong(t *testing.T) {
	bad := directory(t, map[string]string{
		"a.yaml": oneNode + "---\n" + strings.Replace(goodPeer, "192.0.2.1}", "192.0.2.256}", 1),
		"b.yaml": "kind: [\n",
	})
	good := directory(t, map[string]string{"a.yaml": oneNode + "---\n" + goodPeer})
	_, want, _ := command(t, nil, "validate", "--objects", bad)
	if !strings.Contains(want, "a.yaml:") || !strings.Contains(want, "b.yaml:") {
		t.Fatalf("validate says %q, so this shows nothing", want)
	}
	kept := strings.Replace(want, "no session is made with this peer", "the session keeps its last valid settings", 1)
	running := filepath.Join(t.TempDir(), "running.conf")
	if err := os.WriteFile(running, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"objects that are new", []string{"diff", "--from", bad, "--objects", bad}, want},
		{"objects that were good", []string{"diff", "--from", good, "--objects", bad}, kept},
		{"objects that were bad", []string{"diff", "--from", bad, "--objects", good}, ""},
		{"a node that runs something", []string{"diff", "--running", running, "--node", "node-1", "--objects", bad}, want},
		{"a node that is drained", []string{"simulate", "--drain", "node-1", "--objects", bad}, want},
		{"as JSON", []string{"simulate", "--drain", "node-1", "--objects", bad, "-o", "json"}, want},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := command(t, nil, tt.args...)
			if diff := cmp.Diff(tt.want, stderr); diff != "" || status == exitUsage || strings.Contains(stdout, ".yaml:") {
				t.Errorf("exit status %d, standard error (-want +got):\n%s", status, diff)
			}
		})
	}
}
