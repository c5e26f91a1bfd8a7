package cluster

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"frr-speaker/test/lab"
)

// NodeOptions describe a node.
type NodeOptions struct {
	Host     *lab.Host // becomes the node; its name is the node's
	PodRange netip.Prefix
	// Images are files (docker-archive or OCI) with the images that Pods will name.
	Images []string
	// Sandbox is the image that holds the namespaces of a Pod, one of Images.
	Sandbox string
}

// Node is a host of the lab with a real kubelet, containerd and kube-proxy.
type Node struct {
	*lab.Host
	// The rest is for the templates of the node's configuration.
	Dir      string
	CA       string
	Addr     netip.Addr
	PodRange netip.Prefix
	Sandbox  string

	cluster *Cluster
	kubelet *lab.Process
	proxy   *lab.Process
}

//go:embed node.sh
var nodeScript string

const nodeTimeout = 3 * time.Minute

// AddNode makes a host a node, and waits until it is ready. The cluster must have been
// started with Nodes.
func (c *Cluster) AddNode(ctx context.Context, o NodeOptions) (*Node, error) {
	if _, err := Binaries("kubelet", "kube-proxy", "containerd", "containerd-shim-runc-v2", "ctr"); err != nil {
		return nil, fmt.Errorf("add node: %w", err)
	}
	n := &Node{
		Host: o.Host, Dir: filepath.Join(o.Host.Dir(), "node"), CA: c.path("pki/ca.crt"), Addr: o.Host.Addr4(),
		PodRange: o.PodRange, Sandbox: o.Sandbox, cluster: c,
	}
	if err := n.start(ctx, o.Images); err != nil {
		return nil, fmt.Errorf("add node %s: %w", o.Host.Name(), err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes = append(c.nodes, n)
	return n, nil
}

func (n *Node) start(ctx context.Context, images []string) error {
	ctx, cancel := context.WithTimeout(ctx, nodeTimeout)
	defer cancel()
	if err := os.MkdirAll(n.Dir, 0o755); err != nil {
		return err
	}
	for _, prepare := range []func() error{
		n.writeConfig,
		func() error { return n.credentials("kubelet", "system:node:"+n.Name(), "system:nodes") },
		func() error { return n.credentials("kube-proxy", "system:kube-proxy") },
		func() error {
			_, err := n.Exec(ctx, "/bin/sh", "-euc", nodeScript, "node.sh", n.Dir, apiAddress)
			return err
		},
		n.forward,
		func() error { return n.launch("containerd", "--config", n.path("containerd.toml")) },
		func() error {
			return lab.Eventually(ctx, nodeTimeout, func() error { _, err := n.ctr(ctx, "version"); return err })
		},
	} {
		if err := prepare(); err != nil {
			return err
		}
	}
	for _, file := range images {
		if _, err := n.ctr(ctx, "--namespace", "k8s.io", "images", "import", "--local", file); err != nil {
			return err
		}
	}
	if err := errors.Join(n.startKubelet(), n.startProxy()); err != nil {
		return err
	}
	return n.awaitReady(ctx)
}

// startKubelet starts kubelet, which registers the node if the cluster has none of its name.
func (n *Node) startKubelet() (err error) {
	n.kubelet, err = n.process("kubelet", "--config", n.path("kubelet.yaml"), "--kubeconfig", n.path("kubelet.kubeconfig"),
		"--hostname-override", n.Name(), "--node-ip", n.Addr.String(),
		"--root-dir", n.path("kubelet"), "--cert-dir", n.path("kubelet-pki"))
	return err
}

func (n *Node) startProxy() (err error) {
	n.proxy, err = n.process("kube-proxy", "--config", n.path("kube-proxy.yaml"))
	return err
}

// Restart ends kubelet and kube-proxy, starts them again, and waits until the node is
// ready. Its containers run meanwhile. kube-proxy ends when its Node is deleted, and what
// it leaves in the kernel is of then: as a pod, it would be started again.
func (n *Node) Restart(ctx context.Context) error {
	err := errors.Join(n.kubelet.Stop(ctx), n.proxy.Stop(ctx))
	if err == nil {
		err = errors.Join(n.startKubelet(), n.startProxy())
	}
	if err == nil {
		err = n.awaitReady(ctx)
	}
	if err != nil {
		return fmt.Errorf("restart node %s: %w", n.Name(), err)
	}
	return nil
}

func (n *Node) awaitReady(ctx context.Context) error {
	return lab.Eventually(ctx, nodeTimeout, func() error {
		out, err := n.cluster.Kubectl(ctx, "", "get", "node", n.Name(), "--no-headers")
		if err == nil && !strings.Contains(out, " Ready ") {
			return errors.New(strings.TrimSpace(out))
		}
		return err
	})
}

// credentials makes a kubeconfig of a user.
func (n *Node) credentials(name, user string, groups ...string) error {
	c := n.cluster
	file := n.Name() + "-" + name
	if err := c.authority.client(file, user, groups...); err != nil {
		return err
	}
	return c.writeKubeconfig(n.path(name+".kubeconfig"), map[string]any{
		"client-certificate": c.path("pki/" + file + ".crt"),
		"client-key":         c.path("pki/" + file + ".key"),
	})
}

// forward makes the API server reachable on the node, as the address in kubeconfigs
// and as the endpoint of the kubernetes Service.
func (n *Node) forward() error {
	for _, address := range []string{n.cluster.Address(), net.JoinHostPort(apiAddress, fmt.Sprint(apiPort))} {
		var l net.Listener
		err := n.Do(func() (err error) {
			l, err = net.Listen("tcp4", address)
			return err
		})
		if err != nil {
			return err
		}
		n.cluster.background(func(ctx context.Context) error { return n.cluster.Forward(ctx, l) })
	}
	return nil
}

func (n *Node) launch(program string, args ...string) error {
	_, err := n.process(program, args...)
	return err
}

func (n *Node) process(program string, args ...string) (*lab.Process, error) {
	return n.StartProcess(lab.ProcessOptions{
		Name: program,
		Args: append([]string{filepath.Join(n.cluster.binaries, program)}, args...),
		Env:  []string{"PATH=" + n.cluster.binaries + ":/usr/sbin:/usr/bin:/sbin:/bin"},
	})
}

func (n *Node) ctr(ctx context.Context, args ...string) ([]byte, error) {
	return n.Exec(ctx, append([]string{filepath.Join(n.cluster.binaries, "ctr"), "--address", n.path("c.sock")}, args...)...)
}

// Dial opens a connection from the node.
func (n *Node) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	var conn net.Conn
	err := n.Do(func() (err error) {
		// The socket belongs to the thread's namespace, and a dialer races several only for names.
		conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
		return err
	})
	return conn, err
}
