package vtytest

import (
	"bufio"
	"net"
	"os"
	"slices"
	"sync"
	"testing"

	"frr-speaker/internal/vty"
)

// Daemon is a fake daemon listening on a unix socket.
type Daemon struct {
	path string
	ln   net.Listener
	wg   sync.WaitGroup

	mu      sync.Mutex // guards everything below
	conns   map[net.Conn]bool
	heard   []string
	answers map[string]vty.Reply
	faults  map[string]Fault
	config  *block
}

// Start listens on path and serves until the test ends.
func Start(t testing.TB, path string) *Daemon {
	t.Helper()
	d := &Daemon{
		path: path, conns: map[net.Conn]bool{}, config: &block{},
		answers: map[string]vty.Reply{}, faults: map[string]Fault{},
	}
	d.Listen(t)
	t.Cleanup(d.Stop)
	return d
}

// Listen opens the socket, as a daemon does that starts. What it was configured with before is not lost; see Reset.
func (d *Daemon) Listen(t testing.TB) {
	t.Helper()
	_ = os.Remove(d.path)
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", d.path)
	if err != nil {
		t.Fatalf("fake daemon: %v", err)
	}
	d.ln = ln
	d.wg.Go(func() { d.accept(ln) })
}

// Stop closes the socket and all connections, as a daemon that dies.
func (d *Daemon) Stop() {
	_ = d.ln.Close()
	d.mu.Lock()
	for c := range d.conns {
		_ = c.Close()
	}
	d.mu.Unlock()
	d.wg.Wait()
}

// Reset makes the daemon forget its configuration.
func (d *Daemon) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.config = &block{}
}

// Heard are all commands so far, in the order of arrival.
func (d *Daemon) Heard() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.heard)
}

// Running is the configuration as "show running-config" prints it.
func (d *Daemon) Running() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.config.running()
}

// Answer makes the daemon reply to a command with r, and do nothing else about it.
func (d *Daemon) Answer(line string, r vty.Reply) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers[line] = r
}

// Misbehave makes the daemon do f whenever it hears a command, until f is None.
func (d *Daemon) Misbehave(line string, f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults[line] = f
}

func (d *Daemon) accept(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		d.mu.Lock()
		d.conns[c] = true
		d.mu.Unlock()
		d.wg.Go(func() { d.serve(c) })
	}
}

func (d *Daemon) serve(c net.Conn) {
	defer func() {
		_ = c.Close()
		d.mu.Lock()
		delete(d.conns, c)
		d.mu.Unlock()
	}()
	s := &session{daemon: d}
	in := bufio.NewReader(c)
	for {
		line, err := in.ReadString(0)
		if err != nil {
			return
		}
		line = line[:len(line)-1]
		reply, fault := d.hear(s, line)
		if fault.commit(c, reply) != nil || s.closed {
			return
		}
	}
}

// hear takes one command and returns the reply and what is to be done to it.
func (d *Daemon) hear(s *session, line string) (vty.Reply, Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard = append(d.heard, line)
	fault := d.faults[line]
	if r, ok := d.answers[line]; ok {
		return r, fault
	}
	return s.run(line), fault
}
