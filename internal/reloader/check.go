package reloader

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/handoff"
)

// checker asks FRR whether it would take a configuration, before anything that runs is touched. It remembers what
// was found good, so that a text which is new only in prefixes costs nothing (docs/design/reloader.md).
type checker struct {
	dry  dryRun
	good map[frrdiff.Daemon]string // the sample that passed last
	log  *slog.Logger
}

func newChecker(d dryRun, log *slog.Logger) *checker {
	return &checker{dry: d, good: map[frrdiff.Daemon]string{}, log: log}
}

// check returns what FRR would refuse of c. Where no dry run can be made, nothing is refused: applying has its
// own checks, and a way back.
func (k *checker) check(ctx context.Context, c *frrdiff.Config, layout frrdiff.Layout) []handoff.Failure {
	var failures []handoff.Failure
	for _, name := range []frrdiff.Daemon{frrdiff.Bfdd, frrdiff.Bgpd} {
		text, sources := c.For(name, layout).Text()
		s := newSample(text, sources)
		if !k.dry.available(name) || k.good[name] == s.key() || len(s.lines) == 0 {
			continue
		}
		complaints, err := k.dry.run(ctx, name, s.lines)
		if err != nil {
			if ctx.Err() == nil {
				k.log.Warn("no dry run; the configuration is checked by applying it", "daemon", name, "error", err)
			}
			continue
		}
		if len(complaints) == 0 {
			k.good[name] = s.key()
		}
		for _, c := range complaints {
			failures = append(failures, s.failure(name, c.line, c.message))
		}
	}
	return failures
}

// sample is a configuration in which all network lines of one kind are one line. Which prefix it is does
// not matter to FRR's parser, and it is judged here.
type sample struct {
	lines   []string
	sources []frrdiff.Line // of lines
}

func newSample(text string, sources []frrdiff.Line) *sample {
	s := &sample{}
	seen := map[string]bool{}
	family := ""
	k := -1
	for line := range strings.Lines(text) {
		k++
		line = strings.TrimSuffix(line, "\n")
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(trimmed, "address-family "):
			family = trimmed
			clear(seen)
		case strings.HasPrefix(trimmed, "network ") && family != "":
			kind := networkKind(trimmed, family)
			if seen[kind] {
				continue
			}
			seen[kind] = true
			line = strings.Repeat(" ", indent(line)) + kind
		case !strings.HasPrefix(line, "  "):
			family = ""
		}
		s.lines = append(s.lines, line)
		s.sources = append(s.sources, sources[k])
	}
	return s
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

func (s *sample) key() string { return strings.Join(s.lines, "\n") }

func (s *sample) failure(name frrdiff.Daemon, line int, message string) handoff.Failure {
	f := handoff.Failure{Phase: handoff.PhaseCheck, Daemon: string(name), Message: frrdiff.Redact(message)}
	if line >= 0 && line < len(s.lines) {
		f.Line = frrdiff.Redact(strings.TrimSpace(s.lines[line]))
		f.Number, f.Object = s.sources[line].Number, s.sources[line].Object
	}
	return f
}
