package reloader

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/vty"
)

// States of a daemon, as status.json has them.
const (
	stateStarting = "starting"
	stateUp       = "up"
	stateHung     = "hung"
	stateDown     = "down"
)

// Times of a link.
const (
	dialPoll     = 10 * time.Millisecond // how often a daemon that is down is tried; a refused connect costs microseconds
	pingInterval = time.Second
	hungAfter    = 5 * time.Second // a daemon that leaves a ping unanswered for so long is reported, if not killed before

	// defaultHangTimeout is when it is killed. FRR 8.4 takes 24 s to commit 1,000 prefix-list entries for each of 4 peers.
	defaultHangTimeout = 30 * time.Second
)

// link follows the life of one daemon over two connections of its own: one that says nothing and ends
// when the daemon does, and one for pings.
type link struct {
	name   string
	path   string
	board  *board
	log    *slog.Logger
	notify func()            // something changed; must not block
	kill   func(name string) // nil when daemons are not ours
	limit  time.Duration     // how long a daemon may leave a ping unanswered

	mu    sync.Mutex // guards epoch and up
	epoch int        // counts daemons seen: another number is another process, which knows nothing
	up    bool
}

func (l *link) String() string { return "link to " + l.name }

// state tells which life of the daemon this is, and whether it can be talked to.
func (l *link) state() (epoch int, up bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.epoch, l.up
}

// Run follows one daemon after the other until ctx ends.
func (l *link) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := l.follow(ctx); err != nil && ctx.Err() == nil {
			pause(ctx, dialPoll)
		}
	}
	return nil
}

// follow returns when the daemon it connected to is gone, or there is none.
func (l *link) follow(ctx context.Context) error {
	life, err := (&net.Dialer{Timeout: l.limit}).DialContext(ctx, "unix", l.path)
	if err != nil {
		return err
	}
	defer life.Close()
	c, err := vty.Dial(ctx, l.path)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := l.ping(ctx, c); err != nil {
		return err
	}
	l.begin(life)
	defer l.end(ctx)

	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = life.Read(make([]byte, 1)) // FRR says nothing unasked: this ends with the daemon, or with Close above
	}()
	tick := time.NewTicker(pingInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-gone:
			return errors.New("the daemon closed the connection")
		case <-tick.C:
			if err := l.ping(ctx, c); err != nil {
				return err
			}
		}
	}
}

func (l *link) begin(life net.Conn) {
	l.mu.Lock()
	l.epoch++
	l.up = true
	l.mu.Unlock()
	l.board.daemon(l.name, func(d *handoff.Daemon) {
		d.State = stateUp
		if pid := peerPID(life); pid != 0 {
			d.PID = pid
		}
	})
	l.notify()
}

func (l *link) end(ctx context.Context) {
	l.mu.Lock()
	l.up = false
	l.mu.Unlock()
	if ctx.Err() != nil {
		return // this process ends, not the daemon
	}
	l.log.Warn("connection to a daemon lost", "daemon", l.name)
	l.board.lost(l.name)
	l.notify()
}

// ping waits for an answer as long as anybody may, and reports a daemon that takes long meanwhile.
func (l *link) ping(ctx context.Context, c *vty.Conn) error {
	c.Timeout = l.limit
	soon, said := min(hungAfter, l.limit/2), make(chan struct{})
	slow := time.AfterFunc(soon, func() {
		defer close(said)
		l.log.Warn("a daemon does not answer", "daemon", l.name, "for", soon)
		l.board.daemon(l.name, func(d *handoff.Daemon) {
			d.State, d.LastError = stateHung, fmt.Sprintf("did not answer for %s", soon)
		})
	})
	_, err := c.Query(ctx, "echo PING")
	late := !slow.Stop()
	if late {
		<-said // else it could call a daemon hung that has answered
	}
	switch {
	case err == nil && late:
		l.log.Info("a daemon answers again", "daemon", l.name)
		l.board.daemon(l.name, func(d *handoff.Daemon) { d.State = stateUp })
	case errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil && l.kill != nil:
		l.kill(l.name) // not one that hung and then died: its successor would be killed
	}
	return err
}

// peerPID is the process that listens on the other end of a unix socket (SO_PEERCRED), or 0 when it is in another
// process namespace.
func peerPID(c net.Conn) int {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return 0
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return 0
	}
	pid := 0
	_ = raw.Control(func(fd uintptr) {
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid = int(cred.Pid)
		}
	})
	return pid
}
