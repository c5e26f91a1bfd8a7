package reloader

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"strings"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/handoff"
)

// checker asks FRR whether it would take a configuration, before anything that runs is touched. It remembers what
// was said, so that a text which is new only in prefixes costs nothing (docs/design/reloader.md).
type checker struct {
	dry  dryRun
	good map[frrdiff.Daemon]*sample // that passed last
	bad  map[frrdiff.Daemon]*sample // that did not
	log  *slog.Logger
}

func newChecker(d dryRun, log *slog.Logger) *checker {
	return &checker{dry: d, good: map[frrdiff.Daemon]*sample{}, bad: map[frrdiff.Daemon]*sample{}, log: log}
}

// check returns what FRR would refuse of c. Where no dry run can be made, nothing is refused: applying has its
// own checks, and a way back.
func (k *checker) check(ctx context.Context, c *frrdiff.Config, layout frrdiff.Layout) []handoff.Failure {
	var failures []handoff.Failure
	for _, name := range []frrdiff.Daemon{frrdiff.Bfdd, frrdiff.Bgpd} {
		if !k.dry.available(name) {
			continue
		}
		s := newSample(c.For(name, layout).Text())
		complaints, err := k.ask(ctx, name, s)
		if err != nil && ctx.Err() == nil {
			k.log.Warn("no dry run; the configuration is checked by applying it", "daemon", name, "error", err)
		}
		for _, c := range complaints {
			failures = append(failures, s.failure(name, c))
		}
	}
	return failures
}

// ask makes a dry run unless the answer is known.
func (k *checker) ask(ctx context.Context, name frrdiff.Daemon, s *sample) ([]complaint, error) {
	switch {
	case len(s.lines) == 0 || s.equal(k.good[name]):
		return nil, nil
	case s.equal(k.bad[name]):
		return k.bad[name].complaints, nil
	}
	complaints, err := k.dry.run(ctx, name, s.lines)
	s.complaints = complaints
	switch {
	case err != nil:
		return nil, err
	case len(complaints) == 0:
		k.good[name] = s
	default:
		k.bad[name] = s
	}
	return complaints, nil
}

// routine tells whether a script does nothing but announce and withdraw prefixes in ways that passed a dry run.
func (k *checker) routine(name frrdiff.Daemon, script frrdiff.Script) bool {
	passed := k.good[name]
	for _, step := range script {
		for _, c := range step.Commands {
			known := strings.HasPrefix(c.Text, "no network ") ||
				passed != nil && strings.HasPrefix(c.Text, "network ") && len(c.Context) == 2 &&
					passed.kinds[kindOf(c.Context[0], c.Context[1], c.Text)]
			if !known {
				return false
			}
		}
	}
	return true
}

// sample is a configuration in which all network lines of one kind are one line. Which prefix it is does
// not matter to FRR's parser, and it is judged here.
type sample struct {
	lines      []string
	sources    []frrdiff.Line  // of lines
	kinds      map[string]bool // of network lines, by kindOf
	complaints []complaint     // that FRR had
}

func newSample(text string, sources []frrdiff.Line) *sample {
	s := &sample{kinds: map[string]bool{}}
	instance, family := "", ""
	k := -1
	for line := range strings.Lines(text) {
		k++
		line = strings.TrimSuffix(line, "\n")
		trimmed := strings.TrimLeft(line, " ")
		switch depth := len(line) - len(trimmed); {
		case depth == 0:
			instance, family = trimmed, ""
		case depth == 1:
			family = trimmed
		case strings.HasPrefix(trimmed, "network ") && strings.HasPrefix(family, "address-family "):
			key := kindOf(instance, family, trimmed)
			if s.kinds[key] {
				continue
			}
			s.kinds[key] = true
			line = "  " + networkKind(trimmed, family)
		}
		s.lines = append(s.lines, line)
		s.sources = append(s.sources, sources[k])
	}
	return s
}

func kindOf(instance, family, line string) string {
	return instance + "\n" + family + "\n" + networkKind(line, family)
}

// networkKind is a network line with a documentation prefix (RFC 5737, RFC 3849) instead of its own, if that
// is one of the family with no host bits set. Others stay as they are, for FRR to judge.
func networkKind(line, family string) string {
	fields := strings.Fields(line)
	prefix, err := netip.ParsePrefix(fields[1])
	switch {
	case err != nil || prefix != prefix.Masked():
		return line
	case prefix.Addr().Is4() && strings.HasPrefix(family, "address-family ipv4"):
		fields[1] = "192.0.2.0/32"
	case prefix.Addr().Is6() && strings.HasPrefix(family, "address-family ipv6"):
		fields[1] = "2001:db8::/128"
	default:
		return line
	}
	return strings.Join(fields, " ")
}

func (s *sample) equal(other *sample) bool {
	return other != nil && slices.Equal(s.lines, other.lines)
}

func (s *sample) failure(name frrdiff.Daemon, c complaint) handoff.Failure {
	f := handoff.Failure{Phase: handoff.PhaseCheck, Daemon: string(name), Message: frrdiff.Redact(c.message)}
	if c.line >= 0 && c.line < len(s.lines) {
		f.Line = frrdiff.Redact(strings.TrimSpace(s.lines[c.line]))
		f.Number, f.Object = s.sources[c.line].Number, s.sources[c.line].Object
	}
	return f
}
