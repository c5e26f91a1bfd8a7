package reload

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
)

// hangTimeout is short here, so that a test need not wait for half a minute.
const hangTimeout = 4 * time.Second

// zebraBound is how soon all is well after zebra died: bfdd and bgpd are restarted with it.
const zebraBound = usualBound

// TestDaemonsDie kills and stops daemons, and frr-reloader with all of them, as in a container.
func TestDaemonsDie(t *testing.T) {
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		faults := []fault{
			{name: "bfdd is killed", strike: kill("bfdd")},
			{name: "staticd is killed", strike: kill("staticd")},
			{name: "bgpd is killed", strike: kill("bgpd"), resets: true},
			{name: "zebra is killed", strike: kill("zebra"), resets: true, within: zebraBound},
			{name: "all daemons are killed at once", strike: kill("bgpd", "zebra", "bfdd", "staticd"), resets: true},
			{name: "bfdd hangs", strike: hang("bfdd"), lag: hangTimeout},
			{name: "bgpd hangs", strike: hang("bgpd"), resets: true, lag: hangTimeout},
			{name: "bgpd hangs for a moment only", strike: stopFor("bgpd", hangTimeout/3), lag: hangTimeout},
			{name: "the socket of bgpd vanishes for a while", strike: without("bgpd.vty"), lag: 2 * usualBound},
			{name: "the container is killed and started again", strike: restart((*lab.Node).KillReloader), resets: true},
			{name: "the container is stopped and started again", strike: restart(stop), resets: true},
		}
		if v >= lab.FRR10 {
			faults = slices.Insert(faults, 2, fault{name: "mgmtd is killed", strike: kill("mgmtd")})
		}
		strikeAll(t, newRig(t, v, rigOptions{container: true, args: []string{"--hang-timeout", hangTimeout.String()}}), faults)
	})
}

// TestReloaderDiesAlone kills frr-reloader and leaves its daemons living. No session notices.
func TestReloaderDiesAlone(t *testing.T) {
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		faults := []fault{{
			name:   "another adopts the daemons and then bgpd is killed",
			strike: inTurn(restart((*lab.Node).KillReloader), adopted, kill("bgpd")), resets: true,
		}}
		for n := range 4 {
			faults = append(faults, fault{
				name: fmt.Sprintf("it is killed at a random moment, for the %d. time", n+1), strike: restart((*lab.Node).KillReloader),
			})
		}
		faults = append(faults, fault{name: "one that does not supervise takes its place", strike: unsupervised})
		strikeAll(t, newRig(t, v, rigOptions{}), faults)
	})
}

func kill(daemons ...string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		for _, daemon := range daemons {
			if err := s.signal(ctx, daemon, syscall.SIGKILL); err != nil {
				return err
			}
		}
		return nil
	}
}

// signal finds the one process of a daemon that may just be starting, and signals it.
func (r *rig) signal(ctx context.Context, daemon string, sig syscall.Signal) error {
	return lab.Eventually(ctx, usualBound, func() error { return r.node.SignalDaemon(daemon, sig) })
}

// hang stops a daemon for good: it has to be reported, and killed.
func hang(daemon string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		var old int
		err := lab.Eventually(ctx, usualBound, func() (err error) { // a dry run is a second one for a moment
			if old, err = s.node.DaemonPID(daemon); err == nil {
				err = syscall.Kill(old, syscall.SIGSTOP)
			}
			return err
		})
		if err != nil {
			return err
		}
		if err := s.state(ctx, daemon, "hung"); err != nil {
			return err
		}
		return lab.Eventually(ctx, 2*hangTimeout+usualBound, func() error {
			pid, err := s.node.DaemonPID(daemon)
			if err == nil && pid == old {
				err = errors.New("the stopped process still lives")
			}
			return err
		})
	}
}

// stopFor stops a daemon for a time that is no hang.
func stopFor(daemon string, d time.Duration) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		if err := s.signal(ctx, daemon, syscall.SIGSTOP); err != nil {
			return err
		}
		pause(ctx, d)
		return s.signal(ctx, daemon, syscall.SIGCONT)
	}
}

// state waits until status.json says that a daemon is in a state.
func (r *rig) state(ctx context.Context, daemon, state string) error {
	return lab.Eventually(ctx, hangTimeout+usualBound, func() error {
		result, err := r.dir().ReadResult()
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(result.Daemons, func(d handoff.Daemon) bool { return d.Name == daemon && d.State == state }) {
			return fmt.Errorf("%s is never said to be %s: %+v", daemon, state, result.Daemons)
		}
		return nil
	})
}

// without takes a socket away from under a daemon that lives. What is connected goes on.
func without(socket string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		path := filepath.Join(s.node.RunDir(), socket)
		if err := os.Rename(path, path+".away"); err != nil {
			return err
		}
		before, err := s.dir().ReadResult()
		if err != nil {
			return err
		}
		err = lab.Eventually(ctx, usualBound, func() error {
			now, err := s.dir().ReadResult()
			if err == nil && now.Counters.Applied < before.Counters.Applied+2 {
				err = fmt.Errorf("%d texts were applied without the socket: %+v", now.Counters.Applied-before.Counters.Applied, now.Failures)
			}
			return err
		})
		return errors.Join(err, os.Rename(path+".away", path))
	}
}

// restart ends frr-reloader in one way and starts it again.
func restart(end func(*lab.Node) error) func(context.Context, *scene) error {
	return func(_ context.Context, s *scene) error {
		if err := end(s.node); err != nil {
			return err
		}
		return s.start()
	}
}

func stop(n *lab.Node) error { return n.StopReloader(context.Background()) }

// adopted waits until the new frr-reloader reports.
func adopted(ctx context.Context, s *scene) error {
	pid := s.node.Reloader().PID()
	return lab.Eventually(ctx, usualBound, func() error {
		result, err := s.dir().ReadResult()
		if err == nil && (len(result.Daemons) == 0 || result.Counters.Applied == 0 || result.Phase == handoff.PhaseStarting) {
			err = fmt.Errorf("process %d has not applied anything: %+v", pid, result)
		}
		return err
	})
}

// unsupervised puts a frr-reloader that does not supervise in place of one that did.
func unsupervised(_ context.Context, s *scene) error {
	if err := s.node.KillReloader(); err != nil {
		return err
	}
	return s.start("--supervise=false")
}

func inTurn(parts ...func(context.Context, *scene) error) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		for _, part := range parts {
			if err := part(ctx, s); err != nil {
				return err
			}
		}
		return nil
	}
}
