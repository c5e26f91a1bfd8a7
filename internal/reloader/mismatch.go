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
// own, and lines that FRR does not take back; those are reported, and the rest holds. A difference in anything else is an error.
func (tx *transaction) unsettled() ([]handoff.Failure, error) {
	var failures []handoff.Failure
	var left []frrdiff.Difference
	bad := false
	for _, i := range tx.instances {
		odd := i.odd()
		of, settled := i.excused(odd)
		failures, left, bad = append(failures, of...), append(left, odd...), bad || !settled
	}
	if bad {
		return nil, &mismatch{differences: left}
	}
	return failures, nil
}

// excused reports differences, and whether all of them are those of a snippet or of lines that stay.
func (i *instance) excused(odd []frrdiff.Difference) (failures []handoff.Failure, settled bool) {
	var blocks [][]string
	for _, d := range odd {
		if d.Extra || d.Source.Object != snippet {
			continue
		}
		blocks = append(blocks, d.Context)
		failures = append(failures, handoff.Failure{
			Phase: handoff.PhaseVerify, Line: frrdiff.Redact(d.Text), Number: d.Source.Number, Object: snippet,
			Message: "FRR took the line but shows it otherwise or not at all; write it as \"show running-config\" has it",
		})
	}
	settled = true
	for _, d := range odd {
		mine := !d.Extra && d.Source.Object == snippet
		sibling := d.Extra && slices.ContainsFunc(blocks, func(b []string) bool { return slices.Equal(b, d.Context) })
		r := i.keptLine(d)
		if r != nil {
			failures = append(failures, handoff.Failure{
				Phase: handoff.PhaseVerify, Daemon: string(i.name), Line: frrdiff.Redact(d.Text), Object: r.command.Source.Object,
				Message: "FRR does not take the line back, and keeps it until " + string(i.name) + " starts again: " + frrdiff.Redact(r.err.Error()),
			})
		}
		settled = settled && (mine || sibling || r != nil)
	}
	return failures, settled
}

// reworded tells whether FRR only shows lines of a snippet in other words: to say them again would take those back.
func (i *instance) reworded(found []frrdiff.Difference) bool {
	_, settled := i.excused(found)
	return settled && slices.ContainsFunc(found, func(d frrdiff.Difference) bool { return d.Extra })
}

// keptLine is the refusal for which a line is still there; nil when there is none.
func (i *instance) keptLine(d frrdiff.Difference) *refusal {
	k := slices.IndexFunc(i.kept, func(r *refusal) bool {
		return d.Extra && r.command.Undoes == d.Text && slices.Equal(r.command.Context, d.Context)
	})
	if k < 0 {
		return nil
	}
	return i.kept[k]
}

// unexplained is the differences that were not there before, and are not of lines that FRR keeps.
func (i *instance) unexplained(differences, before []frrdiff.Difference) []frrdiff.Difference {
	return slices.DeleteFunc(slices.Clone(differences), func(d frrdiff.Difference) bool {
		return i.keptLine(d) != nil || slices.ContainsFunc(before, func(b frrdiff.Difference) bool {
			return b.Extra == d.Extra && b.Text == d.Text && slices.Equal(b.Context, d.Context)
		})
	})
}

// snippet is the object that raw text comes from (docs/design/text.md).
const snippet = "bgpextras"
