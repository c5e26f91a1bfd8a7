package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"frr-speaker/test/cluster"
)

const (
	root     = "../.."
	manifest = "../../deploy/frr-speaker.yaml"
)

// shared is the cluster that everything is applied to.
var shared *cluster.Cluster

func TestMain(m *testing.M) {
	code, err := runWithCluster(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runWithCluster(m *testing.M) (code int, err error) {
	shared, err = cluster.Start(context.Background(), cluster.Options{})
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, shared.Close()) }()
	return m.Run(), nil
}

// says runs kubectl and returns all that it printed, warnings too, and whether it succeeded.
func says(t *testing.T, stdin string, args ...string) (string, bool) {
	t.Helper()
	var out bytes.Buffer
	cmd := shared.KubectlCommand(t.Context(), shared.Kubeconfig(), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &out
	err := cmd.Run()
	return out.String(), err == nil
}

// accepted gives objects to the API server, and fails on a refusal and on any warning.
func accepted(t *testing.T, text string, args ...string) {
	t.Helper()
	args = append([]string{"apply", "--server-side", "--force-conflicts", "--validate=strict", "-f", "-"}, args...)
	out, ok := says(t, text, args...)
	if !ok || strings.Contains(out, "Warning") {
		t.Errorf("kubectl %s says:\n%s", strings.Join(args, " "), out)
	}
}

// tool returns how to call one of the tools of tools/deploy, which is built first if need be.
func tool(t *testing.T, name string) func(args ...string) (string, error) {
	t.Helper()
	path, err := output(t, "go", "tool", "-modfile=tools/deploy/go.mod", "-n", name)
	if err != nil {
		t.Fatal(err)
	}
	return func(args ...string) (string, error) { return output(t, strings.TrimSpace(path), args...) }
}

// output runs a program in the root of the repository and returns what it printed.
func output(t *testing.T, program string, args ...string) (string, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = root, &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// kustomize renders a directory of deploy/.
func kustomize(t *testing.T, dir string) string {
	t.Helper()
	text, err := tool(t, "kustomize")("build", "deploy/"+dir)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// object is one as it is written down.
type object = map[string]any

// parse reads the objects of a text by kind and name.
func parse(t *testing.T, text string) map[string]object {
	t.Helper()
	objects := map[string]object{}
	for document := range strings.SplitSeq("\n"+text, "\n---\n") {
		var o object
		if err := yaml.Unmarshal([]byte(document), &o); err != nil {
			t.Fatalf("%v: %s", err, document)
		}
		if len(o) == 0 {
			continue
		}
		name := fmt.Sprint(o["kind"], " ", at(o, "metadata", "name"))
		if _, twice := objects[name]; twice {
			t.Errorf("%s is there twice", name)
		}
		objects[name] = o
	}
	return objects
}

// at follows keys and indexes into an object; nil where there is nothing.
func at(value any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := value.(map[string]any)
			value = m[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}
