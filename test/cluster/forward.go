package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"golang.org/x/sync/errgroup"
)

// Forward answers every connection that a listener accepts with one to the API
// server, until ctx ends; then it closes the listener and all connections. With
// a listener in another network namespace, on the address and port of Address,
// the kubeconfigs of the cluster are good there too.
func (c *Cluster) Forward(ctx context.Context, l net.Listener) error {
	tasks, ctx := errgroup.WithContext(ctx)
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	tasks.Go(func() error {
		for {
			conn, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("forward to the API server: %w", err)
			}
			tasks.Go(func() error {
				c.relay(ctx, conn)
				return nil
			})
		}
	})
	return tasks.Wait()
}

// relay copies both ways until either side ends. An API server that is away
// looks like one that closes connections at once.
func (c *Cluster) relay(ctx context.Context, client net.Conn) {
	defer client.Close()
	var dialer net.Dialer
	server, err := dialer.DialContext(ctx, "tcp", c.Address())
	if err != nil {
		return
	}
	defer server.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		client.Close()
		server.Close()
	})
	defer stop()
	var both errgroup.Group
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		both.Go(func() error {
			defer cancel()
			_, err := io.Copy(way[0], way[1])
			return err
		})
	}
	_ = both.Wait() // that a side has closed is how connections end
}
