package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"golang.org/x/sync/errgroup"
)

// Dialer opens a connection as one node would.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// egressConfig sends what the API server itself opens (webhooks, logs, exec) to a
// proxy on a unix socket: it is not in the network of the nodes.
func (c *Cluster) egressConfig() string {
	return fmt.Sprintf(`apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
- name: cluster
  connection:
    proxyProtocol: HTTPConnect
    transport:
      uds: {udsName: %s}
`, c.path("egress.sock"))
}

// startEgress listens for the API server until Close.
func (c *Cluster) startEgress() error {
	if err := os.WriteFile(c.path("egress.yaml"), []byte(c.egressConfig()), 0o644); err != nil {
		return err
	}
	l, err := net.Listen("unix", c.path("egress.sock"))
	if err != nil {
		return err
	}
	c.egress = l
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			go c.leave(conn)
		}
	}()
	return nil
}

// leave serves one CONNECT request (RFC 9110 section 9.3.6) of the API server.
func (c *Cluster) leave(client net.Conn) {
	defer client.Close()
	in := bufio.NewReader(client)
	request, err := http.ReadRequest(in)
	if err != nil || request.Method != http.MethodConnect {
		return
	}
	server, err := c.dial(request.Context(), request.Host)
	if err != nil {
		fmt.Fprintf(client, "HTTP/1.1 502 Bad Gateway\r\n\r\n%v", err)
		return
	}
	defer server.Close()
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection Established\r\n\r\n"); err != nil {
		return
	}
	var both errgroup.Group
	both.Go(func() error { defer client.Close(); _, err := io.Copy(client, server); return err })
	both.Go(func() error { defer server.Close(); _, err := io.Copy(server, in); return err })
	_ = both.Wait() // that a side has closed is how connections end
}

// dial opens a connection from any node: to Services through its kube-proxy.
func (c *Cluster) dial(ctx context.Context, address string) (net.Conn, error) {
	c.mu.Lock()
	nodes := c.nodes
	c.mu.Unlock()
	err := errors.New("there is no node to go through")
	for _, n := range nodes {
		var conn net.Conn
		if conn, err = n.Dial(ctx, "tcp", address); err == nil {
			return conn, nil
		}
	}
	return nil, err
}
