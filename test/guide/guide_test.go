package guide

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/cli"
	"frr-speaker/test/frrcheck"
)

var update = flag.Bool("update", false, "rewrite examples and what FRR runs for them in docs/guide.md")

// root is that of the repository, where users run commands of the page.
const root = "../.."

const page = "docs/guide.md"

// node is the one whose configuration the page shows.
const node = "node-1"

// examples are the files of the page, in its order.
func examples(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("docs/examples/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("files of docs/examples: %v, %v", files, err)
	}
	return files
}

func TestThePageShowsEachExampleAndWhatFRRRunsForIt(t *testing.T) {
	t.Chdir(root)
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	files := examples(t)
	now, shown := rewrite(string(text), bodies(t, files), func(command string) string {
		words := strings.Fields(command)
		if words[0] != "speaker" {
			t.Fatalf("%s: the test cannot run this", command)
		}
		said, _ := speaker(t, words[1:]...)
		return said
	})
	var base []string
	for _, file := range files {
		base = append(base, filepath.Base(file))
	}
	if diff := cmp.Diff(base, shown); diff != "" {
		t.Errorf("examples (-files of docs/examples +order of %s):\n%s", page, diff)
	}
	if *update {
		if err := os.WriteFile(page, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(text), now); diff != "" {
		t.Errorf("%s (-page +what is so); run go test ./test/guide -update:\n%s", page, diff)
	}
}

// bodies are the contents of fenced blocks by example and language: the file itself,
// and what it adds to FRR's configuration beside the examples before it.
func bodies(t *testing.T, files []string) map[string]map[string]string {
	t.Helper()
	dir := t.TempDir()
	all := map[string]map[string]string{}
	var before string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), text, 0o644); err != nil {
			t.Fatal(err)
		}
		if said, status := speaker(t, "validate", "--strict", "--objects", dir); status != 0 {
			t.Errorf("%s is not valid: %s", file, said)
		}
		after, status := speaker(t, "render", "--objects", dir, "--node", node)
		if status != 0 {
			t.Fatalf("%s: render: exit status %d", file, status)
		}
		added, lost := additions(before, after)
		if len(lost) > 0 {
			t.Errorf("%s takes lines away, and the page shows only what is added: %q", file, lost)
		}
		all[filepath.Base(file)] = map[string]string{"yaml": string(text), "frr": added}
		before = after
	}
	return all
}

// speaker runs a command, and returns what it prints on standard output.
func speaker(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := cli.Speaker(t.Context(), cli.Process{
		Args: args, Getenv: func(string) string { return "" }, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
	})
	return stdout.String(), status
}

// FRR takes all examples together.
func TestFRRTakesTheExamples(t *testing.T) {
	conf, status := speaker(t, "render", "--objects", filepath.Join(root, "docs/examples"), "--node", node)
	if status != 0 {
		t.Fatalf("render: exit status %d", status)
	}
	var frr frrcheck.Checker
	complaints, err := frr.Complaints(t.Context(), []byte(conf))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range complaints {
		t.Error(c)
	}
}

func TestAdditions(t *testing.T) {
	const before = "hostname a\n!\nroute-map x deny 20\nexit\n!\nrouter bgp 1\n coalesce-time 0\n !\n" +
		" address-family ipv4 unicast\n  network 192.0.2.1/32\n exit-address-family\nexit\n"
	const after = "hostname a\n!\nroute-map x deny 20\nexit\n!\n! BGPPeer y\nroute-map y deny 20\nexit\n!\nrouter bgp 1\n coalesce-time 0\n" +
		" ! BGPPeer y\n neighbor y remote-as 2\n !\n address-family ipv4 unicast\n  network 192.0.2.1/32\n  network 192.0.2.2/32\n exit-address-family\nexit\n"
	want := "! BGPPeer y\nroute-map y deny 20\nexit\n!\nrouter bgp 1\n …\n ! BGPPeer y\n neighbor y remote-as 2\n" +
		" address-family ipv4 unicast\n  …\n  network 192.0.2.2/32\n exit-address-family\nexit\n"
	added, lost := additions(before, after)
	if diff := cmp.Diff(want, added); diff != "" || len(lost) > 0 {
		t.Errorf("additions (-want +got), lost %q:\n%s", lost, diff)
	}
	if _, lost := additions(after, before); !slices.Contains(lost, "route-map y deny 20") || len(lost) != 3 {
		t.Errorf("lost the other way round: %q", lost)
	}
	if added, lost := additions(after, after); added != "" || lost != nil {
		t.Errorf("nothing changed, and additions are %q, lost %q", added, lost)
	}
}
