package cluster_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frr-speaker/test/cluster"
)

// crds is where the CustomResourceDefinitions are that ship.
const crds = "../../deploy/frr-mode/crds"

// shared is the cluster of the tests that only write objects: each in a namespace of its own.
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
	ctx := context.Background()
	shared, err = cluster.Start(ctx, cluster.Options{})
	if err != nil {
		return 1, err
	}
	defer func() {
		if code != 0 {
			fmt.Fprintln(os.Stderr, shared.Tails(20))
		}
		err = errors.Join(err, shared.Close())
	}()
	if err := installCRDs(ctx, shared); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// installCRDs applies our definitions as a user does, and waits until they are served.
func installCRDs(ctx context.Context, c *cluster.Cluster) error {
	if _, err := c.Kubectl(ctx, "", "apply", "-k", crds); err != nil {
		return err
	}
	return awaitCRDs(ctx, c)
}

func awaitCRDs(ctx context.Context, c *cluster.Cluster) error {
	_, err := c.Kubectl(ctx, "", "wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
	return err
}

// namespace makes a namespace for one test.
func namespace(t *testing.T, c *cluster.Cluster) string {
	t.Helper()
	name := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
	name = strings.Trim(name[:min(len(name), 63)], "-")
	kubectl(t, c, "", "create", "namespace", name)
	return name
}

// kubectl fails the test if kubectl fails.
func kubectl(t *testing.T, c *cluster.Cluster, stdin string, args ...string) string {
	t.Helper()
	out, err := c.Kubectl(t.Context(), stdin, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// says runs kubectl and returns all that it printed, and whether it succeeded.
func says(t *testing.T, c *cluster.Cluster, stdin string, args ...string) (string, bool) {
	t.Helper()
	var out bytes.Buffer
	cmd := c.KubectlCommand(t.Context(), c.Kubeconfig(), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &out
	err := cmd.Run()
	return out.String(), err == nil
}

func TestSamplesAreAccepted(t *testing.T) {
	for _, namespace := range []string{"metallb-system", "office"} {
		kubectl(t, shared, `{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "`+namespace+`"}}`, "apply", "--server-side", "-f", "-")
	}
	for _, pattern := range []string{"testdata/samples/*.yaml", "../../examples/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("files of %s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				// Server-side apply with strict validation: an unknown field fails.
				out, ok := says(t, shared, "", "apply", "--server-side", "--validate=strict", "-f", file)
				if !ok {
					t.Error(out)
				}
				if again, ok := says(t, shared, "", "apply", "--validate=strict", "-f", file); !ok {
					t.Errorf("applied once more, by the client: %s", again)
				}
			})
		}
	}
}
