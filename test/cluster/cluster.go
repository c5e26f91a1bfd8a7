package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
)

// Options say how to start a cluster.
type Options struct {
	// Dir is for logs, certificates and data; default: a new one that Close
	// removes. Its path must be short, for it holds unix sockets.
	Dir string
	// APIServerArgs are added to those of kube-apiserver.
	APIServerArgs []string
	// Nodes starts what makes and places Pods, and allows AddNode.
	Nodes bool
}

// Cluster is one API server with its etcd. Its methods may be called at the same time.
type Cluster struct {
	dir       string
	removeDir bool
	binaries  string
	args      []string // of kube-apiserver, in addition
	withNodes bool
	port      *port
	authority *authority

	// What runs beside the servers ends with the context.
	ctx    context.Context //nolint:containedctx // the cluster's life, which Close ends
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu        sync.Mutex // guards the rest
	etcd      *process
	apiServer *process // the last one started
	starts    []span   // of API servers, until they were ready
	others    []*process
	nodes     []*Node
	egress    net.Listener
	closed    bool
}

// ServiceRange is where the API server takes cluster IPs from.
const ServiceRange = "10.96.0.0/16"

// Start starts a cluster and waits until it is ready.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	programs := []string{"etcd", "kube-apiserver", "kubectl"}
	if o.Nodes {
		programs = append(programs, "kube-controller-manager", "kube-scheduler")
	}
	binaries, err := Binaries(programs...)
	if err != nil {
		return nil, fmt.Errorf("start cluster: %w", err)
	}
	c := &Cluster{dir: o.Dir, removeDir: o.Dir == "", binaries: binaries, args: o.APIServerArgs, withNodes: o.Nodes}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	if err := c.start(ctx); err != nil {
		err = fmt.Errorf("start cluster: %w", err)
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	var err error
	if c.removeDir {
		c.dir, err = os.MkdirTemp("", "cluster-")
	} else if c.dir, err = filepath.Abs(c.dir); err == nil {
		err = os.MkdirAll(c.dir, 0o755)
	}
	if err != nil {
		return err
	}
	if c.port, err = reservePort(); err != nil {
		return err
	}
	if err := c.makeCredentials(); err != nil {
		return fmt.Errorf("make credentials: %w", err)
	}
	if err := c.startEtcd(); err != nil {
		return err
	}
	if !c.withNodes {
		return c.StartAPIServer(ctx)
	}
	if err := c.startEgress(); err != nil {
		return err
	}
	if err := c.StartAPIServer(ctx); err != nil {
		return err
	}
	return c.startWorkloads(ctx)
}

// background runs a task until Close.
func (c *Cluster) background(task func(context.Context) error) {
	c.tasks.Go(func() { _ = task(c.ctx) }) // what it serves notices the end
}

// makeCredentials writes certificates, keys and the administrator's kubeconfig.
func (c *Cluster) makeCredentials() error {
	ca, err := newAuthority(c.path("pki"))
	if err != nil {
		return err
	}
	c.authority = ca
	addresses := []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(apiClusterIP), net.ParseIP(apiAddress)}
	for _, write := range []func() error{
		func() error {
			return ca.server("apiserver", addresses, "localhost", "kubernetes.default.svc")
		},
		func() error { return ca.client("admin", "admin", "system:masters") },
		func() error { return ca.client("kube-controller-manager", "system:kube-controller-manager") },
		func() error { return ca.client("kube-scheduler", "system:kube-scheduler") },
		func() error { return ca.signing("serviceaccount") },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return c.writeKubeconfig(c.Kubeconfig(), map[string]any{
		"client-certificate": c.path("pki/admin.crt"),
		"client-key":         c.path("pki/admin.key"),
	})
}

// startEtcd starts etcd on unix sockets and without fsync: nothing outlives a test.
func (c *Cluster) startEtcd() error {
	peer := "unix://" + c.path("peer.sock")
	etcd, err := startProcess(c.dir, filepath.Join(c.binaries, "etcd"),
		"--name=test", "--data-dir="+c.path("etcd"), "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls="+c.etcdURL(), "--advertise-client-urls="+c.etcdURL(),
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=test="+peer)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.etcd = etcd
	return nil
}

func (c *Cluster) etcdURL() string { return "unix://" + c.path("etcd.sock") }

// Close ends the servers and removes what the cluster made. It may be called twice.
func (c *Cluster) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	processes := append(c.others, c.apiServer, c.etcd)
	egress := c.egress
	c.mu.Unlock()

	var errs []error
	c.cancel()
	if egress != nil {
		errs = append(errs, egress.Close())
	}
	for _, p := range processes {
		if p != nil {
			errs = append(errs, p.kill()) // nobody reads the data again
		}
	}
	c.tasks.Wait()
	if c.withNodes {
		errs = append(errs, removeCgroups())
	}
	if c.port != nil {
		errs = append(errs, c.port.release())
	}
	if c.removeDir && c.dir != "" {
		errs = append(errs, os.RemoveAll(c.dir))
	}
	return errors.Join(errs...)
}

// Dir holds logs, certificates and kubeconfigs.
func (c *Cluster) Dir() string { return c.dir }

// Address is where the API server listens: 127.0.0.1 and a port that stays.
func (c *Cluster) Address() string { return fmt.Sprintf("127.0.0.1:%d", c.port.number) }

// Kubeconfig is the administrator's: nothing is forbidden to it.
func (c *Cluster) Kubeconfig() string { return c.path("admin.kubeconfig") }

// Tails is the last n lines of each server's log, for a failure's report.
func (c *Cluster) Tails(n int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out string
	for _, p := range append([]*process{c.etcd, c.apiServer}, c.others...) {
		if p != nil {
			out += fmt.Sprintf("--- %s\n%s\n", p.name, p.tail(n))
		}
	}
	return out
}

func (c *Cluster) path(file string) string { return filepath.Join(c.dir, file) }
