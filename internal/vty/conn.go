package vty

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// Limits of a connection.
const (
	// DefaultTimeout is the longest a command may take when the context does not say less. A
	// configuration of 10,000 prefixes commits in a fraction of it.
	DefaultTimeout = 15 * time.Second
	// DefaultMaxReply bounds one reply, in bytes. The running-config of 10,000 prefixes has half a million.
	DefaultMaxReply = 64 << 20
)

// Conn is one session with one daemon. It is for one goroutine at a time.
type Conn struct {
	// Timeout bounds every command on top of its context. Zero means DefaultTimeout.
	Timeout time.Duration
	// MaxReply bounds every reply, in bytes. Zero means DefaultMaxReply.
	MaxReply int

	conn   net.Conn
	buf    []byte // received and not yet taken by a reply
	out    []byte // scratch for what is sent
	broken error  // why nothing more can be said
}

// Dial connects to the vty socket at path. The session begins in FRR's view node.
func Dial(ctx context.Context, path string) (*Conn, error) {
	var d net.Dialer
	ctx, cancel := context.WithTimeout(ctx, DefaultTimeout)
	defer cancel()
	c, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("connect to vty socket: %w", err)
	}
	return NewConn(c), nil
}

// NewConn speaks the protocol over an established connection, which it owns from then on.
func NewConn(c net.Conn) *Conn { return &Conn{conn: c} }

// Close ends the session. FRR drops what the session holds, its locks included.
func (c *Conn) Close() error {
	if c.broken == nil {
		c.broken = net.ErrClosed
	}
	return c.conn.Close()
}

// Broken tells why the connection is of no use any more, or nil.
func (c *Conn) Broken() error { return c.broken }

// Do sends one command and waits for its reply, whatever that says: see Reply.Err. An error is one of the
// transport, after which the connection is broken, or a *LineError, which is not sent.
func (c *Conn) Do(ctx context.Context, line string) (Reply, error) {
	var r Reply
	err := c.Batch(ctx, []string{line}, 1, func(_ int, got Reply) bool {
		r = got
		return true
	})
	return r, err
}

// Query sends a show command and returns its text. Show commands answer with free text, in which a percent
// sign means nothing; only the status counts.
func (c *Conn) Query(ctx context.Context, line string) (string, error) {
	r, err := c.Do(ctx, line)
	if err != nil {
		return "", err
	}
	if r.Status != StatusSuccess {
		return "", &Refused{Status: r.Status, Message: r.Text}
	}
	return r.Text, nil
}

// arm makes the connection obey ctx and the timeout of one command, and returns what to call when it is over.
func (c *Conn) arm(ctx context.Context) (disarm func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := c.conn.SetDeadline(c.deadline(ctx)); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		_ = c.conn.SetDeadline(time.Unix(1, 0))
	})
	return func() {
		if !stop() {
			<-ended // else it would end the next command
		}
	}, nil
}

func (c *Conn) deadline(ctx context.Context) time.Time {
	timeout := c.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	at := time.Now().Add(timeout)
	if d, ok := ctx.Deadline(); ok && d.Before(at) {
		return d
	}
	return at
}

// fail breaks the connection and says why.
func (c *Conn) fail(ctx context.Context, what string, err error) error {
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = fmt.Errorf("no answer within the deadline: %w", err)
	}
	c.broken = fmt.Errorf("%s: %w", what, err)
	_ = c.conn.Close()
	return c.broken
}

// maxReply in bytes.
func (c *Conn) maxReply() int {
	if c.MaxReply == 0 {
		return DefaultMaxReply
	}
	return c.MaxReply
}
