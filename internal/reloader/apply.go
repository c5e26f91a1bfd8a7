package reloader

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/vty"
)

// plan is what one daemon has to be told, and what it runs then.
type plan struct {
	to     *instance
	want   *frrdiff.Config
	script frrdiff.Script
	odd    []frrdiff.Difference // that stay, as they did before
}

// refusal is a command that a daemon did not take.
type refusal struct {
	daemon  frrdiff.Daemon
	command frrdiff.Command
	line    string // what was refused: the command, or the opener of its block
	err     error
}

func (e *refusal) Error() string {
	return fmt.Sprintf("%s refused %q: %s", e.daemon, frrdiff.Redact(e.line), frrdiff.Redact(e.err.Error()))
}

func (e *refusal) Unwrap() error { return e.err }

// carryOut runs the plans phase by phase, so that what one daemon refers to is in the other before, and goes after.
// It stops at the first error: a *refusal, or one of a connection.
func carryOut(ctx context.Context, plans []plan) error {
	for _, phase := range []frrdiff.Phase{frrdiff.Prepare, frrdiff.Change, frrdiff.Retire} {
		order := slices.Clone(plans)
		if phase == frrdiff.Retire {
			slices.Reverse(order)
		}
		for _, p := range order {
			if err := p.carryOut(ctx, phase); err != nil {
				return err
			}
		}
	}
	return nil
}

// carryOut runs one phase of one plan.
func (p plan) carryOut(ctx context.Context, phase frrdiff.Phase) error {
	script, launches := splitLaunches(p.script)
	for _, step := range script {
		if step.Phase != phase {
			continue
		}
		if err := p.to.carry(ctx, step); err != nil {
			return err
		}
	}
	if phase != frrdiff.Change || len(launches) == 0 {
		return nil
	}
	p.to.awaitTable(ctx, script)
	for _, l := range launches {
		if err := p.to.launch(ctx, l); err != nil {
			return err
		}
	}
	return p.to.guard(ctx, launches)
}

// carry runs one step. It does not connect anew: behind a new connection there may be a new daemon, for which
// the script was not made.
func (i *instance) carry(ctx context.Context, step frrdiff.Step) error {
	if i.conn == nil {
		return fmt.Errorf("%s: not connected", i.name)
	}
	if step.Atomic && len(step.Commands) > 1 && i.speaks() {
		return i.atomic(ctx, step.Commands)
	}
	return i.inTurn(ctx, step.Commands)
}

// speaks tells whether the daemon has neighbors, to which half a filter could leak. One that has none is
// spared the bracket, which holds up neighbors that come next for a second and more (docs/design/frr.md).
func (i *instance) speaks() bool { return strings.Contains(i.raw, "\n neighbor ") }

// inTurn runs commands each for itself; runs of network lines are pipelined.
func (i *instance) inTurn(ctx context.Context, commands []frrdiff.Command) error {
	for len(commands) > 0 {
		first := commands[0]
		if n := networks(commands); n > 0 && i.name == frrdiff.Bgpd {
			if err := i.pipeline(ctx, commands[:n]); err != nil {
				return err
			}
			commands = commands[n:]
			continue
		}
		if err := i.enter(ctx, first.Context); err != nil {
			return i.blame(first, strings.Join(first.Context, " / "), err)
		}
		if err := i.tell(ctx, first.Text); err != nil {
			if err = i.blame(first, first.Text, err); !i.keeps(err) {
				return err
			}
		}
		if first.Opens {
			i.block = append(slices.Clip(i.block), first.Text)
		}
		commands = commands[1:]
	}
	return nil
}

// keeps tells whether an error is that FRR does not take back a line that may stay, and takes note of it. A line that FRR
// takes and has no "no" for is in the way of nothing; reading back tells whether it is really there.
func (i *instance) keeps(err error) bool {
	r, ok := err.(*refusal) //nolint:errorlint // made by blame, never wrapped
	if !ok || r.command.Undoes == "" {
		return false
	}
	if i.keptLine(frrdiff.Difference{Context: r.command.Context, Text: r.command.Undoes, Extra: true}) == nil {
		i.kept = append(i.kept, r)
	}
	return true
}

// networks counts the network lines of one block at the front. None of them depends on another, so nothing is
// lost when those behind a refused one are on their way already.
func networks(commands []frrdiff.Command) int {
	for n, c := range commands {
		if !isNetwork(c.Text) || !slices.Equal(c.Context, commands[0].Context) {
			return n
		}
	}
	return len(commands)
}

func isNetwork(text string) bool {
	return strings.HasPrefix(text, "network ") || strings.HasPrefix(text, "no network ")
}

// pipeline sends network lines, and before them the way into their block, without waiting for answers. Outside of
// their block bgpd knows no such lines, so that they do no harm if the way is refused; then it is gone step by step.
func (i *instance) pipeline(ctx context.Context, commands []frrdiff.Command) error {
	way := i.way(commands[0].Context)
	lines := slices.Clone(way)
	for _, c := range commands {
		lines = append(lines, c.Text)
	}
	i.inConf, i.block = false, nil
	lost := false
	var bad error
	err := i.conn.Batch(ctx, lines, vty.Pipelined, func(k int, r vty.Reply) bool {
		switch err := r.Err(); {
		case err == nil || lost || bad != nil:
		case k < len(way):
			lost = true
		default:
			bad = i.blame(commands[k-len(way)], lines[k], err)
		}
		return !lost && bad == nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", i.name, err)
	}
	if lost {
		if err := i.enter(ctx, commands[0].Context); err != nil {
			return i.blame(commands[0], strings.Join(commands[0].Context, " / "), err)
		}
		return i.pipeline(ctx, commands)
	}
	i.inConf, i.block = true, commands[0].Context
	return bad
}

// atomic runs commands in one transaction of FRR. In it, blocks are entered from wherever the session is, as
// in a file: "end" and, before FRR 9, "exit" would commit what there is so far.
func (i *instance) atomic(ctx context.Context, commands []frrdiff.Command) error {
	if err := i.top(ctx); err != nil {
		return i.blame(commands[0], "configure terminal", err)
	}
	defer func() { i.inConf = false }() // wherever the session is now: it begins anew
	if err := i.tell(ctx, "XFRR_start_configuration"); err != nil {
		return i.blame(commands[0], "XFRR_start_configuration", err)
	}
	for _, c := range commands {
		if err := i.scheduled(ctx, c); err != nil {
			i.abort(ctx)
			return err
		}
	}
	err := i.tell(ctx, "XFRR_end_configuration")
	if err == nil {
		return nil
	}
	if !refused(err) {
		return err
	}
	return i.culprit(ctx, commands, err)
}

// scheduled adds one command to the open transaction.
func (i *instance) scheduled(ctx context.Context, c frrdiff.Command) error {
	if len(c.Context) > 0 && !slices.Equal(i.block, c.Context) {
		for _, opener := range c.Context {
			if err := i.tell(ctx, opener); err != nil {
				return i.blame(c, opener, err)
			}
		}
		i.block = c.Context
	}
	if err := i.tell(ctx, c.Text); err != nil {
		return i.blame(c, c.Text, err)
	}
	if c.Opens {
		i.block = append(slices.Clip(c.Context), c.Text)
	}
	return nil
}

// poison is a line that FRR takes into a transaction and then refuses together with it: "ge" may not be less than
// the prefix is long, or equal. There is no command that drops a transaction, and closing the connection commits it.
const poison = "ip prefix-list frr-speaker-abort seq 5 permit 10.0.0.0/8 ge 4"

// abort drops the open transaction. Should that fail, what runs is read back all the same.
func (i *instance) abort(ctx context.Context) {
	if i.conn.Broken() != nil {
		return
	}
	_ = i.tell(ctx, poison)
	_ = i.tell(ctx, "XFRR_end_configuration")
}

// culprit finds the command for which FRR refused a whole transaction, by running them one by one. Should FRR
// take all of them that way, then all is well.
func (i *instance) culprit(ctx context.Context, commands []frrdiff.Command, whole error) error {
	i.inConf = false
	err := i.inTurn(ctx, commands)
	if err != nil && !refused(err) {
		return fmt.Errorf("%w (after %w)", err, whole)
	}
	return err
}

// blame turns the refusal of a line into one of a command, and leaves other errors alone.
func (i *instance) blame(c frrdiff.Command, line string, err error) error {
	if !refused(err) {
		return err
	}
	return &refusal{daemon: i.name, command: c, line: line, err: err}
}
