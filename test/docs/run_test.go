package docs

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frr-speaker/test/cluster"
	"frr-speaker/test/cluster/clustertest"
)

// TestEveryCommandLineOfThePages runs what the pages say, in the order in which it can
// be done on one cluster, and fails for a line that is neither run nor listed.
func TestEveryCommandLineOfThePages(t *testing.T) {
	all := collect(t)
	listed := map[string]string{}
	for _, group := range own {
		for _, line := range group.lines {
			listed[line] = group.why
		}
	}
	d := newDesk(t)
	ran, prepared := 0, false
	for _, c := range all {
		if _, is := listed[c.line]; is {
			delete(listed, c.line)
			d.understands(t, c)
			continue
		}
		if !prepared && rankOf(c) > rankTakeOver {
			prepared = true
			d.prepare(t)
		}
		ran++
		t.Run(c.line, func(t *testing.T) { d.run(t, c) })
	}
	for line, why := range listed {
		t.Errorf("no page has %q any more, which is listed because it needs %s", line, why)
	}
	if ran < 60 {
		t.Errorf("%d command lines were run, want 60 at least", ran)
	}
	// What the page of monitoring has led to: who may read the page may read nothing else.
	for path, want := range map[string]string{"/status": "yes", "/metrics": "no"} {
		out, err := d.shell(t, "kubectl auth can-i get "+path+" --as=system:serviceaccount:metallb-system:reader || true", d.dir)
		if err != nil || strings.TrimSpace(out) != want {
			t.Errorf("whether the reader of docs/monitoring.md may get %s: %q, error %v, want %s", path, out, err, want)
		}
	}
}

// collect returns each command line once, in the order in which they are run.
func collect(t *testing.T) []command {
	t.Helper()
	texts := pages(t)
	var all []command
	known := map[string]bool{}
	for _, page := range slices.Sorted(maps.Keys(texts)) {
		commands, others := commandsOf(page, texts[page])
		for _, c := range commands {
			if !known[c.line] {
				known[c.line] = true
				all = append(all, c)
			}
		}
		for _, first := range others {
			if !slices.ContainsFunc(notCommands, func(prefix string) bool { return strings.HasPrefix(first, prefix) }) {
				t.Errorf("%s has an indented block that begins with no program that is known: %s", page, first)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b command) int { return cmp.Compare(rankOf(a), rankOf(b)) })
	return all
}

// Ranks are when a line is run.
const (
	rankInstall  = iota // a chart into an empty cluster
	rankForget          // that Helm did so
	rankTakeOver        // what is left of it
	rankUse             // objects that were put there anew
	rankDelete
)

func rankOf(c command) int {
	switch {
	case strings.Contains(c.line, "--take-ownership"):
		return rankTakeOver
	case strings.HasPrefix(c.line, "helm install"):
		return rankInstall
	case strings.Contains(c.line, "RELEASE"):
		return rankForget
	case strings.Contains(c.line, " delete "):
		return rankDelete
	}
	return rankUse
}

// desk is where a user sits: a directory with the repository's files and the programs,
// and a cluster.
type desk struct {
	dir     string
	cluster *cluster.Cluster
}

func newDesk(t *testing.T) desk {
	t.Helper()
	d := desk{dir: t.TempDir(), cluster: clustertest.New(t, cluster.Options{})}
	repository, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"deploy", "docs", "examples"} {
		d.link(t, filepath.Join(repository, name), name)
	}
	for _, name := range []string{"bin", "path"} {
		if err := os.Mkdir(filepath.Join(d.dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(d.dir, "bin")+"/", "./cmd/speaker", "./cmd/frr-reloader")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	d.link(t, filepath.Join(d.dir, "bin", "speaker"), "path/speaker")
	d.link(t, filepath.Join(d.dir, "bin", "speaker"), "path/kubectl-frr_speaker")
	d.link(t, d.cluster.KubectlCommand(t.Context(), "").Path, "path/kubectl")
	helm := exec.CommandContext(t.Context(), "go", "tool", "-modfile=tools/deploy/go.mod", "-n", "helm")
	helm.Dir = root
	out, err := helm.Output()
	if err != nil {
		t.Fatalf("build helm: %v", err)
	}
	d.link(t, strings.TrimSpace(string(out)), "path/helm")
	return d
}

func (d desk) link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, filepath.Join(d.dir, name)); err != nil {
		t.Fatal(err)
	}
}

// prepare clears away what was installed, and puts objects there that commands ask for.
// The webhooks of a manifest would refuse them: nobody answers for those here.
func (d desk) prepare(t *testing.T) {
	t.Helper()
	for _, line := range []string{
		"helm uninstall frr-speaker -n metallb-system",
		"kubectl get crd -o name | xargs -r kubectl wait --for=delete --timeout=60s",
		"kubectl apply -k deploy/frr-mode/crds",
		"kubectl apply -f " + filepath.Join(root, "test/deploy/testdata/prometheus-operator.yaml"),
		"kubectl wait --for=condition=Established crd --all --timeout=60s",
	} {
		dir := d.dir
		if strings.Contains(line, root) {
			dir = "."
		}
		if _, err := d.shell(t, line, dir); err != nil {
			t.Fatal(err)
		}
	}
	objects, err := os.ReadFile("testdata/cluster.yaml")
	if err != nil {
		t.Fatal(err)
	}
	clustertest.Apply(t, d.cluster, string(objects))
}

// run runs a line as a user does. Commands that look at something end with 1 when it is not
// as it should be, and have printed then what they saw.
func (d desk) run(t *testing.T, c command) {
	t.Helper()
	line := c.line
	for _, placeholder := range slices.Sorted(maps.Keys(placeholders)) {
		line = strings.ReplaceAll(line, placeholder, placeholders[placeholder])
	}
	out, err := d.shell(t, line, d.dir)
	var exit *exec.ExitError
	looks := strings.HasPrefix(line, "speaker ") || strings.HasPrefix(line, "bin/speaker ") || strings.HasPrefix(line, "kubectl frr_speaker ")
	if looks && errors.As(err, &exit) && exit.ExitCode() == 1 && out != "" {
		err = nil
	}
	if err != nil {
		t.Errorf("%s: %v", c.page, err)
	}
	if strings.Contains(line, " bundle --file ") {
		if _, err := d.shell(t, "tar xzf "+line[strings.LastIndex(line, " ")+1:], d.dir); err != nil {
			t.Error(err)
		}
	}
}

// understands has programs of this repository read a line that is not run.
func (d desk) understands(t *testing.T, c command) {
	t.Helper()
	line, dir := c.line, d.dir
	switch {
	case strings.HasPrefix(line, "speaker "), strings.HasPrefix(line, "bin/"):
		line += " --help"
	case strings.Contains(line, "make "):
		line, dir = strings.Replace(line, "make ", "make --dry-run ", 1), root
	default:
		return
	}
	if _, err := d.shell(t, line, dir); err != nil {
		t.Errorf("%s: %v", c.page, err)
	}
}

// shell runs a command line and returns what it prints on standard output.
func (d desk) shell(t *testing.T, line, dir string) (string, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", line)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = []string{
		"HOME=" + d.dir, "KUBECONFIG=" + d.cluster.Kubeconfig(), "TZ=UTC",
		"PATH=" + filepath.Join(d.dir, "path") + ":" + os.Getenv("PATH"),
	}
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s: %w\n%s%s", line, err, &stdout, &stderr)
	}
	return stdout.String(), nil
}
