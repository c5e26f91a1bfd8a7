package reloader

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/vty"
)

// instance is one daemon as the loop sees it: a session on its vty and what it is known to run.
type instance struct {
	name frrdiff.Daemon
	link *link

	epoch  int       // the life of the daemon that the rest is about
	seen   int       // the life for which a configuration was last planned
	conn   *vty.Conn // nil: to be made
	block  []string  // where the session is, when config is set
	inConf bool      // the session is in configuration mode

	known *frrdiff.Config // what it was verified to run; nil: unknown
	raw   string          // its running-config when known was verified
	shown *frrdiff.Config // what that says, if in other words than known; else nil
	kept  []*refusal      // lines that were to be taken back in this life, and FRR has no way to

	dials map[neighborID]*dial // neighbors that were launched in this life and not seen up yet
}

// refresh forgets what was known of a daemon that is not the same any more, and tells whether it is up.
func (i *instance) refresh() bool {
	epoch, up := i.link.state()
	if epoch != i.epoch || !up {
		i.epoch, i.dials = epoch, nil
		i.drop()
		i.forget()
	}
	return up
}

func (i *instance) drop() {
	if i.conn != nil {
		_ = i.conn.Close()
	}
	i.conn, i.inConf, i.block = nil, false, nil
}

func (i *instance) forget() { i.known, i.raw, i.shown, i.kept = nil, "", nil, nil }

// odd is what it shows otherwise than it was told, and did when that was verified.
func (i *instance) odd() []frrdiff.Difference {
	if i.known == nil || i.shown == nil {
		return nil
	}
	return frrdiff.Compare(i.known, i.shown)
}

// session makes sure that there is a connection to talk over.
func (i *instance) session(ctx context.Context) error {
	if i.conn != nil && i.conn.Broken() == nil {
		return nil
	}
	i.drop()
	c, err := vty.Dial(ctx, i.link.path)
	if err != nil {
		return fmt.Errorf("%s: %w", i.name, err)
	}
	c.Timeout = i.link.limit
	i.conn = c
	return i.say(ctx, "enable")
}

// say sends a command that is the session's business, not configuration.
func (i *instance) say(ctx context.Context, line string) error {
	r, err := i.conn.Do(ctx, line)
	if err == nil {
		err = r.Err()
	}
	if err != nil {
		return fmt.Errorf("%s: %s: %w", i.name, line, err)
	}
	return nil
}

// read returns the daemon's running-config.
func (i *instance) read(ctx context.Context) (string, error) {
	if err := i.session(ctx); err != nil {
		return "", err
	}
	if i.inConf {
		i.inConf = false
		if err := i.say(ctx, "end"); err != nil {
			return "", err
		}
	}
	text, err := i.conn.Query(ctx, "show running-config")
	if err != nil {
		return "", fmt.Errorf("%s: show running-config: %w", i.name, err)
	}
	return text, nil
}

// running reads and parses what the daemon runs of its own part.
func (i *instance) running(ctx context.Context, layout frrdiff.Layout) (*frrdiff.Config, string, error) {
	raw, err := i.read(ctx)
	if err != nil {
		return nil, "", err
	}
	c, err := parseRunning(i.name, raw, layout)
	return c, raw, err
}

func parseRunning(name frrdiff.Daemon, raw string, layout frrdiff.Layout) (*frrdiff.Config, error) {
	c, err := frrdiff.Parse([]byte(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: running-config: %w", name, err)
	}
	return c.Normalize().For(name, layout), nil
}

// enter brings the session into a block, and checks that it got there: lines that follow a refused opener would
// land in another block.
func (i *instance) enter(ctx context.Context, block []string) error {
	if i.inConf && slices.Equal(i.block, block) {
		return nil
	}
	from := i.block
	if !i.inConf || len(from) > len(block) || !slices.Equal(from, block[:len(from)]) {
		if err := i.top(ctx); err != nil {
			return err
		}
		from = nil
	}
	for _, opener := range block[len(from):] {
		if err := i.tell(ctx, opener); err != nil {
			return err
		}
		i.block = append(slices.Clip(i.block), opener)
	}
	return nil
}

// way lists the lines that bring the session into a block from where it is.
func (i *instance) way(block []string) []string {
	if i.inConf && slices.Equal(i.block, block) {
		return nil
	}
	return append([]string{"end", "configure terminal"}, block...)
}

// top brings the session to the top of configuration mode from wherever it is.
func (i *instance) top(ctx context.Context) error {
	i.inConf, i.block = false, nil
	if err := i.say(ctx, "end"); err != nil {
		return err
	}
	if err := i.tell(ctx, "configure terminal"); err != nil {
		return err
	}
	i.inConf = true
	return nil
}

// Lock contention in mgmtd: another client is in its own transaction for a moment.
const (
	lockPoll    = 100 * time.Millisecond
	lockTimeout = 10 * time.Second
)

// tell sends one line of configuration. The error is *vty.Refused or *vty.LineError when the line is at fault, and
// something else when the connection is.
func (i *instance) tell(ctx context.Context, line string) error {
	until := time.Now().Add(lockTimeout)
	for {
		r, err := i.conn.Do(ctx, line)
		if err != nil {
			return fmt.Errorf("%s: %w", i.name, err)
		}
		if !locked(r) || time.Now().After(until) {
			return r.Err()
		}
		pause(ctx, lockPoll)
	}
}

func locked(r vty.Reply) bool {
	return r.Status == vty.StatusLocked || r.Status == vty.StatusConfigFailed && strings.Contains(r.Text, "locked by another")
}

// refused tells whether an error is about the line, not about the connection.
func refused(err error) bool {
	var r *vty.Refused
	var l *vty.LineError
	return errors.As(err, &r) || errors.As(err, &l)
}
