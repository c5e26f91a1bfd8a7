package controller

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"frr-speaker/test/cluster"
	"frr-speaker/test/lab"
)

const (
	manifests = "../../deploy/frr-mode"
	own       = "metallb-system"
)

// fixture is what the tests share.
type fixture struct {
	*cluster.Cluster
	binary     string
	kubeconfig string // of the controller's account
	config     *rest.Config
	dynamic    *dynamic.DynamicClient
}

var shared fixture //nolint:gochecknoglobals // a cluster takes seconds to start

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
	shared.Cluster, err = cluster.Start(ctx, cluster.Options{})
	if err != nil {
		return 1, err
	}
	defer func() {
		if code != 0 {
			fmt.Fprintln(os.Stderr, shared.Tails(20))
		}
		err = errors.Join(err, shared.Close())
	}()
	if err := shared.prepare(ctx); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// prepare installs what a user installs, and builds the controller.
func (f *fixture) prepare(ctx context.Context) error {
	if err := f.install(ctx); err != nil {
		return err
	}
	var err error
	if f.kubeconfig, err = f.ServiceAccount(ctx, own, "controller"); err != nil {
		return err
	}
	if f.config, err = clientcmd.BuildConfigFromFlags("", f.Kubeconfig()); err != nil {
		return err
	}
	f.config.QPS = -1
	if f.dynamic, err = dynamic.NewForConfig(f.config); err != nil {
		return err
	}
	f.binary, err = build(ctx, f.Dir())
	return err
}

// build builds the controller in the cache, where an unchanged program costs no
// linking, and links the result to where no other build replaces it.
func build(ctx context.Context, dir string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	built, binary := filepath.Join(cache, "frr-speaker", "bin", "controller"), filepath.Join(dir, "controller")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", built, "frr-speaker/cmd/controller").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build controller: %w: %s", err, out)
	}
	if os.Link(built, binary) == nil {
		return binary, nil
	}
	content, err := os.ReadFile(built)
	if err != nil {
		return "", err
	}
	return binary, os.WriteFile(binary, content, 0o755)
}

func (f *fixture) install(ctx context.Context) error {
	for _, args := range [][]string{
		{"apply", "-k", manifests + "/crds"},
		{"wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"},
		{"apply", "-k", manifests},
		{"delete", "validatingwebhookconfiguration", "metallb-webhook-configuration"}, // nobody answers yet
		{"create", "namespace", "shop"},
		{"create", "namespace", "other"},
	} {
		if _, err := f.Kubectl(ctx, "", args...); err != nil {
			return err
		}
	}
	return nil
}

// replica is one controller process.
type replica struct {
	name    string
	health  int
	webhook int
	cmd     *exec.Cmd
	log     *syncBuffer
	ended   chan struct{}
}

// syncBuffer is a buffer that a process writes to while a test reads.
type syncBuffer struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

// Write implements io.Writer.
func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String returns what was written.
func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// start runs a controller until the test ends or it is stopped.
func start(t *testing.T, name string, args ...string) *replica {
	t.Helper()
	r := &replica{name: name, health: freePort(t), webhook: freePort(t), log: &syncBuffer{}, ended: make(chan struct{})}
	r.cmd = exec.Command(shared.binary, append([]string{
		"--kubeconfig=" + shared.kubeconfig, "--namespace=" + own, "--pod-name=" + name, "--port=0",
		"--health-probe-port=" + strconv.Itoa(r.health), "--webhook-port=" + strconv.Itoa(r.webhook),
	}, args...)...)
	r.cmd.Stderr = r.log
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.ended)
		if err := r.cmd.Wait(); err != nil {
			fmt.Fprintf(r.log, "ended: %v\n", err)
		}
	}()
	t.Cleanup(func() {
		r.stop(t, syscall.SIGTERM)
		if t.Failed() {
			t.Logf("%s:\n%s", r.name, tail(r.log.String(), 40))
		}
	})
	return r
}

// stop sends a signal and waits for the end.
func (r *replica) stop(t *testing.T, signal syscall.Signal) {
	t.Helper()
	select {
	case <-r.ended:
		return
	default:
	}
	if err := r.cmd.Process.Signal(signal); err != nil {
		t.Logf("stop %s: %v", r.name, err)
	}
	select {
	case <-r.ended:
	case <-time.After(30 * time.Second):
		t.Errorf("%s does not end", r.name)
	}
}

func (r *replica) leads() bool {
	log := r.log.String()
	return strings.LastIndex(log, "this replica leads") > strings.LastIndex(log, "leads no more") // both -1: it never did
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// ports are how many freePort has tried.
var ports atomic.Int32 //nolint:gochecknoglobals // no two calls may give the same

// freePort returns a port that is none of those which the kernel gives to connections: they
// could take it before the controller does.
func freePort(t *testing.T) int {
	t.Helper()
	for {
		port := 10_000 + os.Getpid()%200*100 + int(ports.Add(1))
		if port >= 32_000 {
			t.Fatal("no port is free")
		}
		if l, err := net.Listen("tcp", ":"+strconv.Itoa(port)); err == nil {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return port
		}
	}
}

func kubectl(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	out, err := shared.Kubectl(t.Context(), stdin, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// eventually waits until ok returns "", and fails with its last word.
func eventually(t *testing.T, limit time.Duration, ok func() string) {
	t.Helper()
	err := lab.Eventually(context.WithoutCancel(t.Context()), limit, func() error {
		if missing := ok(); missing != "" {
			return errors.New(missing)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// clean removes what a test made, so that the next one begins with nothing.
func clean(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		for _, args := range [][]string{
			{"delete", "services", "--all", "-n", "shop", "--wait=false"},
			{"delete", "services", "--all", "-n", "other", "--wait=false"},
			{"delete", "ipaddresspools,bgppeers,bgpadvertisements,l2advertisements,communities,bfdprofiles", "--all", "-n", own},
			{"delete", "leases", "--all", "-n", own},
			{"delete", "configurationstates", "--all", "-n", own},
		} {
			if _, err := shared.Kubectl(ctx, "", args...); err != nil {
				t.Error(err)
			}
		}
	})
}

// pool is the text of an IPAddressPool.
func pool(name string, addresses ...string) string {
	return fmt.Sprintf("apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: %s, namespace: %s}\nspec: {addresses: [%s]}\n---\n",
		name, own, `"`+strings.Join(addresses, `", "`)+`"`)
}

// service is the text of a service of type LoadBalancer in namespace shop.
func service(name, annotations string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: shop, annotations: {%s}}\n"+
		"spec: {type: LoadBalancer, ports: [{port: 80}]}\n---\n", name, annotations)
}

// addresses lists the services of namespace shop as "name address,address".
func addresses(t *testing.T) string {
	t.Helper()
	return kubectl(t, "", "get", "services", "-n", "shop", "-o",
		`jsonpath={range .items[*]}{.metadata.name} {.status.loadBalancer.ingress[*].ip}{"\n"}{end}`)
}
