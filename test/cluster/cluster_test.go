package cluster_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"frr-speaker/test/cluster"
	"frr-speaker/test/cluster/clustertest"
	"frr-speaker/test/lab"
)

// patience is how long a test waits for one thing, on a busy machine.
const patience = 30 * time.Second

func eventually(t *testing.T, check func() error) {
	t.Helper()
	if err := lab.Eventually(t.Context(), patience, check); err != nil {
		t.Fatal(err)
	}
}

// The API server goes and comes back under the same address, with what it had.
func TestAPIServerIsKilledAndComesBack(t *testing.T) {
	c := clustertest.New(t, cluster.Options{})
	kubectl(t, c, "", "create", "configmap", "kept", "--from-literal=a=b")
	address := c.Address()
	for name, end := range map[string]func() error{
		"killed":  c.KillAPIServer,
		"stopped": func() error { return c.StopAPIServer(t.Context()) },
	} {
		if err := end(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			t.Errorf("%s: the port still answers", name)
			conn.Close()
		}
		if out, err := c.Kubectl(t.Context(), "", "get", "configmap", "kept"); err == nil {
			t.Errorf("%s: it still answers kubectl: %s", name, out)
		}
		if err := c.StartAPIServer(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c.Address() != address {
			t.Errorf("%s: it is at %s now, and was at %s", name, c.Address(), address)
		}
		if got := kubectl(t, c, "", "get", "configmap", "kept", "-o", "jsonpath={.data.a}"); got != "b" {
			t.Errorf("%s: it has %q, want b", name, got)
		}
	}
}

// A ServiceAccount may do what its roles say; the rest is forbidden, and logged.
func TestServiceAccountsAreHeldToTheirRoles(t *testing.T) {
	ns := namespace(t, shared)
	kubectl(t, shared, "", "create", "serviceaccount", "reader", "-n", ns)
	kubectl(t, shared, "", "create", "role", "reader", "-n", ns, "--verb=list", "--resource=configmaps")
	kubectl(t, shared, "", "create", "rolebinding", "reader", "-n", ns, "--role=reader", "--serviceaccount="+ns+":reader")
	kubeconfig, err := shared.ServiceAccount(t.Context(), ns, "reader")
	if err != nil {
		t.Fatal(err)
	}
	get := func(resource string) error {
		out, err := shared.KubectlCommand(t.Context(), kubeconfig, "get", resource, "-n", ns).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
	eventually(t, func() error { return get("configmaps") }) // roles take effect a moment after they are written
	if err := get("secrets"); err == nil {
		t.Error("secrets can be read too")
	}
	user := "system:serviceaccount:" + ns + ":reader"
	var got []string
	eventually(t, func() error {
		forbidden, err := shared.Forbidden()
		if err != nil {
			return err
		}
		got = nil
		for _, r := range forbidden {
			if r.User == user && r.Resource == "secrets" {
				got = append(got, fmt.Sprint(r.Verb, " ", r.Resource, " ", r.Namespace, " ", r.Code))
			}
		}
		if len(got) == 0 {
			return fmt.Errorf("the refusal of secrets is not in the audit log")
		}
		return nil
	})
	if diff := cmp.Diff([]string{"list secrets " + ns + " 403"}, got); diff != "" {
		t.Errorf("forbidden requests (-want +got):\n%s", diff)
	}
}

// Through a listener elsewhere the API server is reached under a second address, until the end of the context.
func TestForward(t *testing.T) {
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var tasks errgroup.Group
	tasks.Go(func() error { return shared.Forward(ctx, listener) })
	text, err := os.ReadFile(shared.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(elsewhere, []byte(strings.ReplaceAll(string(text), shared.Address(), listener.Addr().String())), 0o600); err != nil {
		t.Fatal(err)
	}
	get := func() (string, error) {
		out, err := shared.KubectlCommand(t.Context(), elsewhere, "get", "--raw=/readyz").CombinedOutput()
		return string(out), err
	}
	if out, err := get(); err != nil || out != "ok" {
		t.Errorf("/readyz says %q, %v", out, err)
	}
	cancel()
	if err := tasks.Wait(); err != nil {
		t.Error(err)
	}
	if out, err := get(); err == nil {
		t.Errorf("after the end /readyz still says %q", out)
	}
}

// What the tests do with a missing program: they fail, and say what to do.
func TestMissingProgramsAreNamed(t *testing.T) {
	t.Setenv("FRR_SPEAKER_CACHE", t.TempDir())
	_, err := cluster.Start(t.Context(), cluster.Options{})
	if err == nil || !strings.Contains(err.Error(), "find etcd: ") || !strings.HasSuffix(err.Error(), "run make kube") {
		t.Errorf("error is %v", err)
	}
}
