package vty_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/vty"
	"frr-speaker/internal/vty/vtytest"
)

func dial(t *testing.T) (*vtytest.Daemon, *vty.Conn) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bgpd.vty")
	d := vtytest.Start(t, path)
	c, err := vty.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return d, c
}

func TestConfigurationIsWrittenAndReadBack(t *testing.T) {
	t.Parallel()
	_, c := dial(t)
	for _, line := range []string{"enable", "configure terminal", "router bgp 64512", "coalesce-time 0", "end"} {
		r, err := c.Do(t.Context(), line)
		if err != nil || r.Err() != nil {
			t.Fatalf("%s: %v, %v", line, err, r.Err())
		}
	}
	text, err := c.Query(t.Context(), "show running-config")
	if err != nil {
		t.Fatal(err)
	}
	want := "frr version 8.4.4\nfrr defaults traditional\n!\nrouter bgp 64512\n coalesce-time 0\nexit\n!\nend\n"
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("running-config (-want +got):\n%s", diff)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault vtytest.Fault
		want  string // in the error; empty: none
	}{
		{"a daemon that hangs runs into the deadline", vtytest.Hang, "no answer within the deadline"},
		{"garbage is not taken for a reply", vtytest.Garbage, "vty protocol"},
		{"a daemon that vanishes is noticed", vtytest.Vanish, "closed the connection"},
		{"a reply without end is cut off", vtytest.Huge, "a reply of more than 1048576 bytes"},
		{"half a reply is none", vtytest.Partial, "closed the connection"},
		{"bytes that nobody asked for are not kept for the next reply", vtytest.Babble, "bytes after the last reply"},
		{"a reply may come byte by byte", vtytest.Dribble, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, c := dial(t)
			c.MaxReply = 1 << 20
			if tt.fault == vtytest.Hang {
				c.Timeout = 500 * time.Millisecond
			}
			d.Misbehave("show version", tt.fault)
			text, err := c.Query(t.Context(), "show version")
			if tt.want == "" {
				if err != nil || !strings.HasPrefix(text, "FRRouting") {
					t.Fatalf("reply %q, error %v", text, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want one with %q", err, tt.want)
			}
			if c.Broken() == nil {
				t.Error("the connection counts as usable")
			}
			if _, err := c.Do(t.Context(), "enable"); err == nil {
				t.Error("a command was sent over a broken connection")
			}
		})
	}
}

func TestCancelEndsACommandAtOnce(t *testing.T) {
	t.Parallel()
	d, c := dial(t)
	c.Timeout = time.Hour // the test is over before
	d.Misbehave("show version", vtytest.Hang)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := c.Do(ctx, "show version")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// lateConn is a connection whose reply comes while a context ends, and to which the end of
// the context is news only some time after.
type lateConn struct {
	net.Conn

	end   func()
	ended bool
}

func (c *lateConn) Write(b []byte) (int, error) { return len(b), nil }

func (c *lateConn) Read(b []byte) (int, error) {
	c.end()
	return copy(b, vtytest.Encode(vty.Reply{Text: "PING\n"})), nil
}

func (c *lateConn) SetDeadline(at time.Time) error {
	if at.Before(time.Now()) {
		time.Sleep(time.Second) // the bubble's clock, not the machine's
		c.ended = true
	}
	return nil
}

func TestAContextThatEndsWithItsCommandDoesNotEndTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		late := &lateConn{end: cancel}
		if r, err := vty.NewConn(late).Do(ctx, "echo PING"); err != nil || r.Text != "PING\n" {
			t.Errorf("reply %q, error %v", r.Text, err)
		}
		if !late.ended {
			t.Error("the command is over before its context has ended whatever is under way")
		}
	})
}

func TestBadLinesAreNotSent(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, line string }{
		{"a NUL byte would end the command", "hostname a\x00no router bgp"},
		{"a newline would begin another command", "hostname a\nno router bgp"},
		{"a carriage return is no better", "hostname a\rno router bgp"},
		{"an escape is not for a router", "hostname \x1b[2J"},
		{"the tail of a long line would be executed", "description " + strings.Repeat("x", vty.MaxLine)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, c := dial(t)
			err := c.Batch(t.Context(), []string{"enable", tt.line}, vty.OneByOne, func(int, vty.Reply) bool { return true })
			var bad *vty.LineError
			if !errors.As(err, &bad) {
				t.Fatalf("error %v, want a *vty.LineError", err)
			}
			if strings.Contains(err.Error(), "router bgp") {
				t.Errorf("the error quotes the line: %v", err)
			}
			if heard := d.Heard(); len(heard) != 0 {
				t.Errorf("the daemon heard %q", heard)
			}
			if _, err := c.Do(t.Context(), "enable"); err != nil {
				t.Errorf("the connection is of no use any more: %v", err)
			}
		})
	}
}

func TestTheLongestLineIsSent(t *testing.T) {
	t.Parallel()
	d, c := dial(t)
	line := strings.Repeat("x", vty.MaxLine)
	if _, err := c.Do(t.Context(), line); err != nil {
		t.Fatal(err)
	}
	if heard := d.Heard(); len(heard) != 1 || heard[0] != line {
		t.Errorf("the daemon heard %d lines", len(heard))
	}
}

func TestBatchKeepsOrderInEveryWindow(t *testing.T) {
	t.Parallel()
	for _, window := range []int{vty.OneByOne, 2, 7, vty.Pipelined, 100000} {
		t.Run(fmt.Sprintf("window %d", window), func(t *testing.T) {
			t.Parallel()
			d, c := dial(t)
			var lines, texts []string
			for i := range 5000 {
				line := fmt.Sprintf("show %d", i)
				lines = append(lines, line)
				d.Answer(line, vty.Reply{Text: line, Status: vty.Status(i % 3)})
			}
			err := c.Batch(t.Context(), lines, window, func(i int, r vty.Reply) bool {
				if r.Status != vty.Status(i%3) {
					t.Fatalf("reply %d has status %d", i, r.Status)
				}
				texts = append(texts, r.Text)
				return true
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(lines, texts); diff != "" {
				t.Errorf("replies (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(lines, d.Heard()); diff != "" {
				t.Errorf("heard (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBatchStopsSending(t *testing.T) {
	t.Parallel()
	d, c := dial(t)
	var lines []string
	for i := range 1000 {
		lines = append(lines, fmt.Sprintf("line %d", i))
	}
	seen := 0
	err := c.Batch(t.Context(), lines, 8, func(i int, _ vty.Reply) bool {
		seen++
		return i < 100
	})
	if err != nil {
		t.Fatal(err)
	}
	if heard := len(d.Heard()); heard != seen || heard < 101 || heard > 101+8 {
		t.Errorf("%d lines heard, %d replies seen, want the same and at most a window after line 100", heard, seen)
	}
	if r, err := c.Do(t.Context(), "echo PING"); err != nil || r.Text != "PING\n" {
		t.Errorf("the connection is out of step: %q, %v", r.Text, err)
	}
}

func TestDialSaysWhichSocket(t *testing.T) {
	t.Parallel()
	_, err := vty.Dial(t.Context(), "/nonexistent/bgpd.vty")
	if err == nil || !strings.Contains(err.Error(), "/nonexistent/bgpd.vty") {
		t.Errorf("error %v", err)
	}
}
