package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"frr-speaker/test/lab"
	"frr-speaker/test/stage"
)

// shippedController is what the controller is installed with.
const shippedController = "../../deploy/frr-mode/controller/rbac.yaml"

// A service that kubectl creates gets an address of a pool, and the routers have its
// route: nobody writes anything in between. When the pool allows other addresses, the
// route is another one.
func TestAServiceOfKubectlBecomesARouteByItself(t *testing.T) {
	w := newWorld(t, lab.FRRVersions()[0])
	want := stage.Examples()
	w.expect(t, want)
	w.startController(t)

	// It has addresses of both families and a cluster address of one.
	w.kubectl(t, "", "delete", "service", "web", "-n", "default")
	for router, lines := range want {
		want[router] = without(without(lines, "198.51.100.10/32"), "2001:db8:100::10/128")
	}
	w.kubectl(t, unassigned("shop"), "apply", "-f", "-")
	w.expect(t, with(want, fromBothNodes("198.51.100.0")...))

	w.kubectl(t, "", "patch", "ipaddresspool", "public", "-n", "metallb-system", "--type=merge", "-p",
		`{"spec":{"addresses":["198.51.100.16-198.51.100.23"]}}`)
	w.expect(t, with(want, fromBothNodes("198.51.100.16")...)) // api goes on with .20

	w.kubectl(t, "", "delete", "service", "shop", "-n", "default")
	w.expect(t, want)
}

// unassigned is a service with an endpoint and without an address.
func unassigned(name string) string {
	text := service(name, "")
	text = strings.Replace(text, "status: {loadBalancer: {ingress: [{ip: }]}}\n", "", 1)
	return strings.Replace(text, "namespace: default}", "namespace: default, annotations: {metallb.io/address-pool: public}}", 1)
}

// startController runs the controller with its own account until the test ends.
func (w *world) startController(t *testing.T) {
	t.Helper()
	w.kubectl(t, "", "apply", "-f", shippedController)
	kubeconfig, err := w.cluster.ServiceAccount(t.Context(), "metallb-system", "controller")
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "controller")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "frr-speaker/cmd/controller").CombinedOutput(); err != nil {
		t.Fatalf("build controller: %v: %s", err, out)
	}
	var log bytes.Buffer
	cmd := exec.Command(binary, "--kubeconfig="+kubeconfig, "--namespace=metallb-system", "--pod-name=controller",
		"--port=0", "--health-probe-port=0", "--webhook-mode=disabled")
	cmd.Stderr = &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	wait := startOnThread(t, cmd)
	t.Cleanup(func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := wait(); err != nil {
			t.Error(fmt.Errorf("controller: %w", err))
		}
		if t.Failed() {
			t.Logf("controller:\n%s", log.String())
		}
	})
}

// startOnThread starts a command with a parent-death signal and returns what waits for its
// end. The kernel sends that signal when the thread ends that started the command, and
// threads that the lab moved to another namespace do end: so one is held until the end.
func startOnThread(t *testing.T, cmd *exec.Cmd) (wait func() error) {
	t.Helper()
	started, ended := make(chan error), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	return func() error { return <-ended }
}
