package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// How long the API server has to become ready: three seconds on an idle machine,
// and a few CPU seconds wherever they come from.
const (
	readyTimeout = 5 * time.Minute
	readyPoll    = 50 * time.Millisecond
	readyRequest = 5 * time.Second // one that begins too early may hang
)

// StartAPIServer starts kube-apiserver, if it does not run, on the same port and
// data as the last one, and waits until it is ready.
func (c *Cluster) StartAPIServer(ctx context.Context) error {
	p, err := c.launchAPIServer()
	if err != nil {
		return err
	}
	client, err := c.adminClient()
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	// The namespace is made by the API server itself, a moment after it is ready.
	for _, path := range []string{"/readyz", "/api/v1/namespaces/default"} {
		if err := c.await(ctx, p, client, path); err != nil {
			return fmt.Errorf("wait for kube-apiserver: %w; it said last:\n%s", err, p.tail(10))
		}
	}
	c.ready()
	return nil
}

// span is from when a process was started until all it needs was read.
type span struct {
	from, to time.Time // to is zero until then
}

// ready notes that the API server that was started last is ready: /readyz waits for
// its informers, those of roles and bindings too.
func (c *Cluster) ready() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if last := &c.starts[len(c.starts)-1]; last.to.IsZero() {
		last.to = time.Now()
	}
}

// starting tells whether an API server was getting ready at that time.
func (c *Cluster) starting(at time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.starts, func(s span) bool {
		return !at.Before(s.from) && (s.to.IsZero() || at.Before(s.to))
	})
}

func (c *Cluster) launchAPIServer() (*process, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errors.New("start kube-apiserver: the cluster is closed")
	}
	if c.apiServer != nil && c.apiServer.running() {
		return c.apiServer, nil
	}
	if err := os.WriteFile(c.path("audit-policy.yaml"), []byte(auditPolicy), 0o644); err != nil {
		return nil, fmt.Errorf("start kube-apiserver: %w", err)
	}
	began := time.Now()
	p, err := startProcess(c.dir, filepath.Join(c.binaries, "kube-apiserver"), c.apiServerArgs()...)
	if err == nil {
		c.apiServer = p
		c.starts = append(c.starts, span{from: began})
	}
	return p, err
}

func (c *Cluster) apiServerArgs() []string {
	args := []string{
		"--etcd-servers=" + c.etcdURL(),
		"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", c.port.number), "--permit-port-sharing",
		"--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none", // a loopback address is no endpoint
		"--service-cluster-ip-range=" + ServiceRange, "--allow-privileged",
		"--authorization-mode=Node,RBAC", "--anonymous-auth=false",
		"--client-ca-file=" + c.path("pki/ca.crt"),
		"--tls-cert-file=" + c.path("pki/apiserver.crt"), "--tls-private-key-file=" + c.path("pki/apiserver.key"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.path("pki/serviceaccount.pub"),
		"--service-account-signing-key-file=" + c.path("pki/serviceaccount.key"),
		"--audit-policy-file=" + c.path("audit-policy.yaml"), "--audit-log-path=" + c.auditLog(),
		"--cert-dir=" + c.path("apiserver"),
	}
	if c.withNodes {
		args = append(args, "--egress-selector-config-file="+c.path("egress.yaml"),
			"--kubelet-preferred-address-types=InternalIP",
			"--kubelet-client-certificate="+c.path("pki/admin.crt"), "--kubelet-client-key="+c.path("pki/admin.key"))
	} else {
		// Nobody makes the default ServiceAccount, without which this plugin refuses every Pod.
		args = append(args, "--disable-admission-plugins=ServiceAccount")
	}
	return append(args, c.args...)
}

// StopAPIServer asks kube-apiserver to end, as a planned update does, and waits.
func (c *Cluster) StopAPIServer(ctx context.Context) error { return c.current().stop(ctx) }

// KillAPIServer ends kube-apiserver by SIGKILL: connections are reset, and
// refused until StartAPIServer. What it had written is kept.
func (c *Cluster) KillAPIServer() error { return c.current().kill() }

func (c *Cluster) current() *process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.apiServer
}

// await asks for a path until it is there.
func (c *Cluster) await(ctx context.Context, p *process, client *http.Client, path string) error {
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for {
		err := get(ctx, client, "https://"+c.Address()+path)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("it ended: %v", p.cmd.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-tick.C:
		}
	}
}

func get(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	const enough = 500
	body, err := io.ReadAll(io.LimitReader(response.Body, enough))
	return errors.Join(fmt.Errorf("%s: %s: %s", url, response.Status, body), err)
}

// adminClient speaks HTTPS as the administrator.
func (c *Cluster) adminClient() (*http.Client, error) {
	ca, err := os.ReadFile(c.path("pki/ca.crt"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	mine, err := tls.LoadX509KeyPair(c.path("pki/admin.crt"), c.path("pki/admin.key"))
	if err != nil {
		return nil, err
	}
	return &http.Client{Timeout: readyRequest, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{mine}, MinVersion: tls.VersionTLS13},
	}}, nil
}
