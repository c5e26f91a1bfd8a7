package frrdifftest

import (
	"context"
	"fmt"
	"slices"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/vty"
)

// Client speaks to the daemons of one FRR.
type Client struct {
	Layout frrdiff.Layout
	// Conns has one connection per daemon, on which "enable" was said.
	Conns map[frrdiff.Daemon]*vty.Conn
}

// Daemons are those of the layout, in the order in which they are configured.
func (c *Client) Daemons() []frrdiff.Daemon {
	all := []frrdiff.Daemon{frrdiff.Mgmtd, frrdiff.Zebra, frrdiff.Staticd, frrdiff.Bfdd, frrdiff.Bgpd}
	return slices.DeleteFunc(all, func(d frrdiff.Daemon) bool { return c.Conns[d] == nil })
}

// Running is what a daemon shows of its own part.
func (c *Client) Running(ctx context.Context, d frrdiff.Daemon) (*frrdiff.Config, error) {
	text, err := c.Conns[d].Query(ctx, "show running-config")
	if err != nil {
		return nil, err
	}
	config, err := frrdiff.Parse([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%w in:\n%s", err, text)
	}
	return config.For(d, c.Layout), nil
}

// Apply runs scripts of several daemons phase by phase.
func (c *Client) Apply(ctx context.Context, scripts map[frrdiff.Daemon]frrdiff.Script) error {
	for _, phase := range []frrdiff.Phase{frrdiff.Prepare, frrdiff.Change, frrdiff.Retire} {
		order := c.Daemons()
		if phase == frrdiff.Retire {
			slices.Reverse(order)
		}
		for _, d := range order {
			for _, step := range scripts[d] {
				if step.Phase != phase {
					continue
				}
				if err := c.step(ctx, d, step); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (c *Client) step(ctx context.Context, d frrdiff.Daemon, step frrdiff.Step) error {
	lines := []string{"configure terminal"}
	if step.Atomic {
		lines = append(lines, "XFRR_start_configuration")
	}
	for _, command := range step.Commands {
		if !step.Atomic {
			lines = append(lines, "end", "configure terminal")
		}
		lines = append(append(lines, command.Context...), command.Text)
	}
	if step.Atomic {
		lines = append(lines, "XFRR_end_configuration")
	}
	for _, line := range append(lines, "end") {
		r, err := c.Conns[d].Do(ctx, line)
		if err == nil {
			err = r.Err()
		}
		if err != nil {
			_, _ = c.Conns[d].Do(ctx, "end")
			return fmt.Errorf("%s: %q: %w", d, line, err)
		}
	}
	return nil
}
