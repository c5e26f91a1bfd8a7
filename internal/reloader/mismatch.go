package reloader

import (
	"fmt"
	"slices"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/handoff"
)

// mismatch is what FRR shows otherwise than it was told, although it took every line.
type mismatch struct{ differences []frrdiff.Difference }

func (e *mismatch) Error() string {
	return fmt.Sprintf("FRR took every line but does not show all of it: %s (%d differences)", e.differences[0], len(e.differences))
}

// unsettled judges what still differs after a repair. A raw snippet may hold lines that FRR prints in words of its
// own; those are reported, and the rest holds. A difference in anything else is an error.
func unsettled(left []frrdiff.Difference) ([]handoff.Failure, error) {
	var failures []handoff.Failure
	var blocks [][]string
	for _, d := range left {
		if d.Extra || d.Source.Object != snippet {
			continue
		}
		blocks = append(blocks, d.Context)
		failures = append(failures, handoff.Failure{
			Phase: handoff.PhaseVerify, Line: frrdiff.Redact(d.Text), Number: d.Source.Number, Object: snippet,
			Message: "FRR took the line but shows it otherwise or not at all; write it as \"show running-config\" has it",
		})
	}
	for _, d := range left {
		mine := !d.Extra && d.Source.Object == snippet
		sibling := d.Extra && slices.ContainsFunc(blocks, func(b []string) bool { return slices.Equal(b, d.Context) })
		if !mine && !sibling {
			return nil, &mismatch{differences: left}
		}
	}
	return failures, nil
}

// snippet is the object that raw text comes from (docs/design/text.md).
const snippet = "bgpextras"
