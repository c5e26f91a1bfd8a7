package vtytest

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"frr-speaker/internal/vty"
)

// Fault is a way in which a daemon fails to answer.
type Fault int

// The faults.
const (
	None    Fault = iota // answers
	Hang                 // never answers, and keeps the connection
	Garbage              // answers with bytes that are no reply
	Vanish               // closes the connection instead of answering
	Huge                 // answers without end
	Partial              // sends half of the answer, then closes the connection
	Babble               // answers, and goes on talking
	Dribble              // answers byte by byte, which is in order
)

func (f Fault) String() string {
	return [...]string{"none", "hang", "garbage", "vanish", "huge", "partial", "babble", "dribble"}[f]
}

var errClosed = errors.New("the fake closes the connection")

// commit answers on c in the way of the fault. An error ends the connection.
func (f Fault) commit(c net.Conn, r vty.Reply) error {
	b := Encode(r)
	switch f {
	case None:
	case Hang:
		// Reading until the client gives up keeps the connection open.
		buf := make([]byte, 1)
		for {
			if _, err := c.Read(buf); err != nil {
				return err
			}
		}
	case Garbage:
		b = []byte("\x16\x03\x01\x00\x05junk\x00\x01\x02")
	case Vanish:
		return errClosed
	case Huge:
		return endless(c)
	case Partial:
		_, _ = c.Write(b[:len(b)-2])
		return errClosed
	case Babble:
		b = append(b, "and another thing"...)
	case Dribble:
		return dribble(c, b)
	}
	if _, err := c.Write(b); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}

func endless(c net.Conn) error {
	chunk := []byte(strings.Repeat("all work and no play\n", 1000))
	for {
		if _, err := c.Write(chunk); err != nil {
			return err
		}
	}
}

func dribble(c net.Conn, b []byte) error {
	for _, one := range b {
		if _, err := c.Write([]byte{one}); err != nil {
			return err
		}
	}
	return nil
}

// Encode is a reply as it goes over the socket.
func Encode(r vty.Reply) []byte {
	return append([]byte(r.Text), 0, 0, 0, byte(r.Status))
}
