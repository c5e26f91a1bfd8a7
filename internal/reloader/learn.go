package reloader

import (
	"context"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/vty"
)

// learn finds out which daemons own the lines of a raw snippet that are not known to belong to any, by saying
// them: a daemon that does not own a line answers so, and changes nothing. One that does has taken it, as it was to.
func (tx *transaction) learn(ctx context.Context, config *frrdiff.Config) error {
	for _, c := range config.Unknown(tx.layout()) {
		owners, err := tx.ask(ctx, c)
		if err != nil {
			return err
		}
		if len(owners) == 0 {
			none := &vty.Refused{Status: vty.StatusNoMatch, Message: "no FRR daemon that runs knows this line"}
			return &refusal{command: c, line: c.Text, err: none}
		}
		tx.owners[c.Key()] = owners
	}
	return nil
}

// ask says one line to every daemon. The error is a refusal when an owner does not like it.
func (tx *transaction) ask(ctx context.Context, c frrdiff.Command) ([]frrdiff.Daemon, error) {
	var owners []frrdiff.Daemon
	for _, i := range tx.instances {
		if !i.refresh() {
			continue
		}
		if err := i.session(ctx); err != nil {
			return nil, err
		}
		if err := tx.remember(ctx, i); err != nil {
			return nil, err
		}
		err := i.inTurn(ctx, []frrdiff.Command{c})
		if foreign(err) {
			continue
		}
		i.forget()
		tx.touched = true
		if err != nil {
			return nil, err
		}
		owners = append(owners, i.name)
	}
	return owners, nil
}

// remember notes what a daemon runs before it is told anything.
func (tx *transaction) remember(ctx context.Context, i *instance) error {
	if tx.before[i] != nil {
		return nil
	}
	if i.known != nil {
		tx.before[i] = i.known
		return nil
	}
	from, _, err := i.running(ctx, tx.layout())
	tx.before[i] = from
	return err
}

// foreign tells whether an error means that the line is not this daemon's.
func foreign(err error) bool {
	r, ok := err.(*refusal) //nolint:errorlint // made by inTurn, never wrapped
	if !ok {
		return false
	}
	v, ok := r.err.(*vty.Refused) //nolint:errorlint // likewise
	return ok && v.Status == vty.StatusNoMatch
}
