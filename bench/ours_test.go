package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
)

// ours is a node with our two processes.
type ours struct {
	stage   *stage
	node    *lab.Node
	objects string // the directory that speaker follows
	drafts  string // where files are written before they get there, whole
	loaded  bool   // it runs the base
}

// applied is how long one change took, from the moment that it was in the directory
// of objects or, for a cold load, that speaker was started.
type applied struct {
	published time.Duration // frr.conf is written
	verified  time.Duration // FRR was seen to run it
	peers     time.Duration // the last peer has heard of it
	phases    map[handoff.Phase]handoff.Milliseconds
}

// reloader is frr-reloader's part: from frr.conf to verified.
func (a applied) reloader() time.Duration { return a.verified - a.published }

func (a applied) phase(p handoff.Phase) time.Duration { return time.Duration(a.phases[p]) }

// rest is what belongs to no phase: noticing the file, reading it, the disk.
func (a applied) rest() time.Duration {
	rest := a.reloader()
	for _, d := range a.phases {
		rest -= time.Duration(d)
	}
	return rest
}

// cold gives daemons that were just started the base: speaker starts and reads all
// objects, frr-reloader finds its first frr.conf.
func (o *ours) cold(ctx context.Context) (applied, error) {
	if err := o.stop(ctx); err != nil {
		return applied{}, err
	}
	if err := o.node.StartReloader(); err != nil {
		return applied{}, err
	}
	if err := lab.Eventually(ctx, settleTimeout, o.daemonsUp); err != nil {
		return applied{}, err
	}
	watch, err := watchFile(o.node.Handoff().Path(handoff.ConfFile))
	if err != nil {
		return applied{}, err
	}
	defer watch.stop()
	from := o.stage.mark()
	began := time.Now()
	if err := o.node.StartSpeaker(); err != nil {
		return applied{}, err
	}
	a, err := o.await(ctx, began, watch, "", len(o.stage.work.base))
	if err != nil {
		return a, err
	}
	last, err := o.stage.complete(ctx, from, o.node.Addr4())
	a.peers = last.Sub(began)
	o.loaded = err == nil
	return a, err
}

// stop ends the processes and forgets all they left.
func (o *ours) stop(ctx context.Context) error {
	if o.node.Speaker() != nil {
		if err := errors.Join(o.node.StopSpeaker(ctx), o.node.StopReloader(ctx)); err != nil {
			return err
		}
	}
	for _, file := range []string{handoff.ConfFile, handoff.StatusFile, handoff.LastGoodFile} {
		if err := os.RemoveAll(o.node.Handoff().Path(file)); err != nil {
			return err
		}
	}
	return o.stage.silent(ctx, o.node.Addr4())
}

func (o *ours) daemonsUp() error {
	r, err := o.node.Result()
	if err != nil {
		return err
	}
	if len(r.Daemons) == 0 {
		return errors.New("frr-reloader has no daemons yet")
	}
	for _, d := range r.Daemons {
		if d.State != "up" {
			return fmt.Errorf("%s is %s: %s", d.Name, d.State, d.LastError)
		}
	}
	return nil
}

// change puts the objects of one service into a file of the directory, or takes them
// out of it. The file stays: of one that vanishes, speaker waits 100 ms for the next.
func (o *ours) change(ctx context.Context, c change) (applied, error) {
	before, err := o.node.Result()
	if err != nil {
		return applied{}, err
	}
	networks, text := len(o.stage.work.base)+1, service(c.prefix, o.node.Name())
	if c.withdraw {
		networks, text = len(o.stage.work.base), "# nothing more\n"
	}
	draft := filepath.Join(o.drafts, "one-more.yaml")
	if err := os.WriteFile(draft, []byte(text), 0o644); err != nil {
		return applied{}, err
	}
	watch, err := watchFile(o.node.Handoff().Path(handoff.ConfFile))
	if err != nil {
		return applied{}, err
	}
	defer watch.stop()
	from := o.stage.mark()
	began := time.Now()
	if err := os.Rename(draft, filepath.Join(o.objects, "one-more.yaml")); err != nil {
		return applied{}, err
	}
	a, err := o.await(ctx, began, watch, before.Running.Digest, networks)
	if err != nil {
		return a, err
	}
	last, err := o.stage.heard(ctx, from, o.node.Addr4(), c.match)
	a.peers = last.Sub(began)
	return a, err
}

// await waits until a text other than old, with so many network lines, is verified
// to run, and reads when from what the processes left behind: waiting costs little.
func (o *ours) await(ctx context.Context, began time.Time, watch *fileWatch, old string, networks int) (applied, error) {
	var a applied
	err := lab.Eventually(ctx, settleTimeout, func() error {
		r, err := o.node.Result()
		if err != nil {
			return err
		}
		if r.Outcome != handoff.OutcomeApplied || r.Phase != handoff.PhaseIdle || r.Running.Digest == old || r.Running != r.Desired {
			return fmt.Errorf("outcome %q, phase %q, generation %d runs and %d is desired, failures %v",
				r.Outcome, r.Phase, r.Running.Generation, r.Desired.Generation, r.Failures)
		}
		conf, err := o.node.Conf()
		if err != nil {
			return err
		}
		if have := strings.Count(conf, "\n  network "); have != networks {
			return fmt.Errorf("frr.conf has %d network lines, not %d", have, networks)
		}
		a = applied{published: watch.last().Sub(began), verified: r.Since.Sub(began), phases: r.Durations}
		return nil
	})
	return a, err
}
