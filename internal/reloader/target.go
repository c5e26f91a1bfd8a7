package reloader

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/handoff"
)

// target is a configuration that FRR is to run, or was seen to run.
type target struct {
	version handoff.Version
	body    []byte // below the header
	config  *frrdiff.Config
}

// newTarget parses a text. Line numbers are those of the file, its header included.
func newTarget(t handoff.Text) (*target, error) {
	c, err := frrdiff.Parse(t.Raw)
	if err != nil {
		return nil, err
	}
	return &target{version: t.Version, body: t.Body, config: c.Normalize()}, nil
}

// part is t with only what of it was found to work.
func (t *target) part(c *frrdiff.Config) *target {
	if c == t.config {
		return t
	}
	body := []byte(c.Annotated()) // what an object had stays known to be its own
	sum := sha256.Sum256(body)
	v := handoff.Version{Generation: t.version.Generation, Digest: hex.EncodeToString(sum[:])}
	return &target{version: v, body: body, config: c}
}

// unreadable turns the reason why a text could not become a target into a report.
func unreadable(err error) handoff.Failure {
	f := handoff.Failure{Phase: handoff.PhaseCheck, Message: err.Error()}
	var p *frrdiff.ParseError
	if errors.As(err, &p) {
		f.Number, f.Message = p.Line, p.Why
	}
	return f
}

// failureOf reports a refused command, secrets taken out.
func failureOf(phase handoff.Phase, r *refusal) handoff.Failure {
	return handoff.Failure{
		Phase:   phase,
		Daemon:  string(r.daemon),
		Line:    frrdiff.Redact(r.line),
		Number:  r.command.Source.Number,
		Object:  r.command.Source.Object,
		Message: frrdiff.Redact(r.err.Error()),
	}
}
