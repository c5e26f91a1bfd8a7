package bench

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"frr-speaker/bench/metallb"
	"frr-speaker/test/lab"
)

// theirs is an FRR that frr-reload.py configures, as MetalLB's reloader does on
// each change: a test, then the reload.
type theirs struct {
	stage  *stage
	frr    *lab.FRR
	loaded bool // it runs the base
	broken bool // a run was stopped: what it runs is unknown
}

// reload is how long one run took.
type reload struct {
	test, apply time.Duration
	cpu         time.Duration // of the script and of what it runs, twice
	peers       time.Duration // from the start of the test until the last peer heard of it
}

func (r reload) total() time.Duration { return r.test + r.apply }

// errStopped says that frr-reload.py took longer than the limit.
var errStopped = errors.New("frr-reload.py was stopped")

// run brings FRR to the base and more.
func (t *theirs) run(ctx context.Context, limit time.Duration, more ...netip.Prefix) (reload, time.Time, error) {
	text := string(metallb.Render(t.stage.work.speaker(more...), t.frr.Name()))
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	spent, err := childrenCPU()
	if err != nil {
		return reload{}, time.Time{}, err
	}
	began := time.Now()
	_, err = t.frr.FRRReload(limited, text, true)
	tested := time.Now()
	if err == nil {
		_, err = t.frr.FRRReload(limited, text, false)
	}
	r := reload{test: tested.Sub(began), apply: time.Since(tested)}
	if limited.Err() != nil && ctx.Err() == nil {
		t.broken = true
		// The script's children go on without it, and end with the daemons. It is no
		// matter if these, too busy to listen, have to be killed.
		_ = t.frr.StopDaemons(ctx)
		return r, began, errStopped
	}
	if err != nil {
		return r, began, fmt.Errorf("frr-reload.py: %w", err)
	}
	now, err := childrenCPU()
	r.cpu = now - spent
	return r, began, err
}

// cold gives daemons that were just started the base.
func (t *theirs) cold(ctx context.Context, limit time.Duration) (reload, error) {
	if err := t.frr.StopDaemons(ctx); err != nil {
		return reload{}, err
	}
	if err := t.stage.silent(ctx, t.frr.Addr4()); err != nil {
		return reload{}, err
	}
	if err := t.frr.StartDaemons(ctx); err != nil {
		return reload{}, err
	}
	from := t.stage.mark()
	r, began, err := t.run(ctx, limit)
	if err != nil {
		return r, err
	}
	last, err := t.stage.complete(ctx, from, t.frr.Addr4())
	r.peers = last.Sub(began)
	t.loaded = err == nil
	return r, err
}

// change makes one change on top of the base.
func (t *theirs) change(ctx context.Context, limit time.Duration, c change) (reload, error) {
	var more []netip.Prefix
	if !c.withdraw {
		more = append(more, c.prefix)
	}
	from := t.stage.mark()
	r, began, err := t.run(ctx, limit, more...)
	if err != nil {
		return r, err
	}
	last, err := t.stage.heard(ctx, from, t.frr.Addr4(), c.match)
	r.peers = last.Sub(began)
	return r, err
}
