package frrdifftest

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"frr-speaker/internal/frrdiff"
)

// Check brings each form about on top of Base, compares what FRR then shows with what
// was sent, and takes it away again. major is FRR's major version.
func Check(ctx context.Context, t *testing.T, c *Client, major int) {
	base := parse(t, Base)
	for _, f := range Forms() {
		if major < f.Since || f.Until > 0 && major > f.Until {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			want := parse(t, Base+f.Text)
			learn(t, c, want, f)
			c.reach(ctx, t, "set", c.running(ctx, t), want)
			from := c.parts(want)
			if f.Twice {
				c.apply(ctx, t, "take back", from, base)
				from = c.running(ctx, t)
			}
			c.reach(ctx, t, "take back", from, base)
		})
	}
}

// CheckTransitions goes from one form of each pair straight to the other, and back.
func CheckTransitions(ctx context.Context, t *testing.T, c *Client) {
	base := parse(t, Base)
	for _, tr := range Transitions() {
		t.Run(tr.Name, func(t *testing.T) {
			from, to := parse(t, Base+tr.From), parse(t, Base+tr.To)
			if tr.Whole {
				from, to = parse(t, tr.From), parse(t, tr.To)
			}
			c.reach(ctx, t, "set", c.running(ctx, t), from)
			c.reach(ctx, t, "change", c.parts(from), to)
			c.reach(ctx, t, "change back", c.running(ctx, t), from)
			c.reach(ctx, t, "take back", c.parts(from), base)
		})
	}
}

// Walk goes from one mixture of forms straight to another, steps times.
func Walk(ctx context.Context, t *testing.T, c *Client, major int, seed uint64, steps int) {
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	forms := slices.DeleteFunc(Forms(), func(f Form) bool {
		return f.Twice || f.Alone || f.Owner != "" || major < f.Since || f.Until > 0 && major > f.Until
	})
	if t.Failed() {
		return
	}
	from, before := c.running(ctx, t), ""
	for range steps {
		text, names := Base, ""
		for range 1 + random.IntN(5) {
			f := forms[random.IntN(len(forms))]
			text += f.Text
			names += " + " + f.Name
		}
		want := parse(t, text)
		c.reach(ctx, t, names, from, want)
		from = c.parts(want)
		if t.Failed() {
			t.Fatalf("wanted:\n%s\nafter:\n%s", text[len(Base):], before)
		}
		before = text[len(Base):]
	}
}

func parse(t *testing.T, text string) *frrdiff.Config {
	t.Helper()
	c, err := frrdiff.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// learn tells the layout who owns the lines of a form that frrdiff does not know.
func learn(t *testing.T, c *Client, want *frrdiff.Config, f Form) {
	t.Helper()
	c.Layout.Owners = map[string][]frrdiff.Daemon{}
	for _, line := range want.Unknown(c.Layout) {
		if f.Owner == "" {
			t.Fatalf("no daemon is known for %q", line.Text)
		}
		c.Layout.Owners[line.Key()] = []frrdiff.Daemon{f.Owner}
	}
}

func (c *Client) running(ctx context.Context, t *testing.T) map[frrdiff.Daemon]*frrdiff.Config {
	t.Helper()
	parts := map[frrdiff.Daemon]*frrdiff.Config{}
	for _, d := range c.Daemons() {
		config, err := c.Running(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		parts[d] = config
	}
	return parts
}

func (c *Client) parts(of *frrdiff.Config) map[frrdiff.Daemon]*frrdiff.Config {
	parts := map[frrdiff.Daemon]*frrdiff.Config{}
	for _, d := range c.Daemons() {
		parts[d] = of.For(d, c.Layout)
	}
	return parts
}

// reach applies the way from one configuration to another, and checks that it led there.
func (c *Client) reach(ctx context.Context, t *testing.T, what string, from map[frrdiff.Daemon]*frrdiff.Config, to *frrdiff.Config) {
	t.Helper()
	c.apply(ctx, t, what, from, to)
	wanted := c.parts(to)
	c.checkEffect(ctx, t, what, wanted[frrdiff.Bgpd])
	for d, have := range c.running(ctx, t) {
		for _, difference := range frrdiff.Compare(wanted[d], have) {
			t.Errorf("%s: %s: %v", what, d, difference)
		}
		for _, step := range frrdiff.Diff(have, wanted[d]) {
			for _, command := range step.Commands {
				if _, no := cutNo(command.Text); !no {
					t.Errorf("%s: %s: would go on with %q", what, d, command.Text)
				}
			}
		}
	}
}

func (c *Client) apply(ctx context.Context, t *testing.T, what string, from map[frrdiff.Daemon]*frrdiff.Config, to *frrdiff.Config) {
	t.Helper()
	wanted := c.parts(to)
	scripts := map[frrdiff.Daemon]frrdiff.Script{}
	for d, have := range from {
		scripts[d] = frrdiff.Diff(have, wanted[d])
	}
	if err := c.Apply(ctx, scripts); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// cutNo: a "no" line that FRR never shows is said again whenever FRR is read; that is no harm.
func cutNo(text string) (string, bool) {
	if len(text) > 3 && text[:3] == "no " {
		return text[3:], true
	}
	return text, false
}
