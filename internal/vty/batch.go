package vty

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Windows of Batch.
const (
	// OneByOne waits for each reply before the next command. mgmtd corrupts commands that come faster.
	OneByOne = 1
	// Pipelined is a window that bgpd takes at any load, for lines of configuration only. It is also the widest:
	// the kernel accounts close to a kilobyte for each small reply that waits in a socket buffer.
	Pipelined = 64
)

// maxUnanswered bounds the bytes on their way to the daemon, below any socket buffer, so that the daemon
// and this end never both wait to write.
const maxUnanswered = 32 << 10

// readSize is the least room for one read, in bytes.
const readSize = 16 << 10

// Batch sends lines with at most window of them unanswered, and hands each reply to seen, in order. When seen
// returns false nothing more is sent; what was sent already is still answered and shown to seen. Errors are
// those of Do; a bad line is found before anything is sent.
func (c *Conn) Batch(ctx context.Context, lines []string, window int, seen func(i int, r Reply) bool) error {
	if c.broken != nil {
		return fmt.Errorf("connection unusable: %w", c.broken)
	}
	for _, line := range lines {
		if err := CheckLine(line); err != nil {
			return err
		}
	}
	window = min(max(window, OneByOne), Pipelined)
	sent, more := 0, true
	for got := 0; got < len(lines) && (more || got < sent); got++ {
		disarm, err := c.arm(ctx)
		if err != nil {
			return c.fail(ctx, "send command", err)
		}
		if more {
			sent, err = c.fill(lines, got, sent, window)
		}
		if err != nil {
			disarm()
			return c.fail(ctx, "send command", err)
		}
		r, err := c.next()
		disarm()
		if err != nil {
			return c.fail(ctx, "read reply", err)
		}
		if !seen(got, r) {
			more = false
		}
	}
	if len(c.buf) != 0 {
		return c.fail(ctx, "read reply", &ProtocolError{Reason: "bytes after the last reply"})
	}
	return nil
}

// fill tops the window up once half of it is answered, so that a write carries many lines.
func (c *Conn) fill(lines []string, answered, sent, window int) (int, error) {
	if sent-answered > window/2 || sent == len(lines) {
		return sent, nil
	}
	c.out = c.out[:0]
	unanswered := 0
	for _, line := range lines[answered:sent] {
		unanswered += len(line) + 1
	}
	for sent < len(lines) && sent-answered < window {
		size := len(lines[sent]) + 1
		if sent > answered && unanswered+size > maxUnanswered {
			break
		}
		unanswered += size
		c.out = append(append(c.out, lines[sent]...), 0)
		sent++
	}
	_, err := c.conn.Write(c.out)
	return sent, err
}

// next reads one reply.
func (c *Conn) next() (Reply, error) {
	searched := 0
	for {
		r, n, err := parseReply(c.buf, searched)
		if err != nil {
			return Reply{}, err
		}
		if n > 0 {
			c.take(n)
			return r, nil
		}
		if len(c.buf) > c.maxReply() {
			return Reply{}, &ProtocolError{Reason: fmt.Sprintf("a reply of more than %d bytes", c.maxReply())}
		}
		// The last bytes may be an unfinished trailer, which has to be looked at again.
		searched = max(0, len(c.buf)-trailer)
		if err := c.read(); err != nil {
			return Reply{}, err
		}
	}
}

func (c *Conn) read() error {
	c.buf = slices.Grow(c.buf, readSize)
	n, err := c.conn.Read(c.buf[len(c.buf):cap(c.buf)])
	c.buf = c.buf[:len(c.buf)+n]
	if n > 0 {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the daemon closed the connection: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// take drops n bytes from the front, and the buffer itself after an unusually long reply.
func (c *Conn) take(n int) {
	rest := c.buf[n:]
	if cap(c.buf) > 64*readSize {
		c.buf = append([]byte(nil), rest...)
		return
	}
	c.buf = c.buf[:copy(c.buf, rest)]
}
