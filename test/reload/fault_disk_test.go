package reload

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
)

// TestTheVolumeFails fills the shared directory or makes it read-only. FRR goes on with what it runs; who can
// still write is still obeyed; when the volume is back, so is everything.
func TestTheVolumeFails(t *testing.T) {
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		r := newRig(t, v, rigOptions{container: true})
		ctx := t.Context()
		if err := r.mountVolume(ctx); err != nil {
			t.Fatal(err)
		}
		strikeAll(t, r, []fault{
			{name: "the volume is full", calm: true, mute: true, strike: func(ctx context.Context, s *scene) error { return s.whileFull(ctx, t) }},
			{name: "the volume is read-only", calm: true, mute: true, strike: func(ctx context.Context, s *scene) error { return s.whileReadOnly(ctx, t) }},
			{name: "the volume is read-only for frr-reloader", calm: true, mute: true, strike: func(ctx context.Context, s *scene) error { return s.whileMute(ctx, t) }},
			{name: "the volume is full when the container is killed", calm: true, mute: true, resets: true, strike: func(ctx context.Context, s *scene) error {
				return s.fullWhile(ctx, func() error { return restart((*lab.Node).KillReloader)(ctx, s) })
			}},
		})
	})
}

// volumeSize holds a few texts.
const volumeSize = "size=512k"

// mountVolume gives the node a volume of its own for the shared directory.
func (r *rig) mountVolume(ctx context.Context) error {
	_, err := r.node.Exec(ctx, "/usr/bin/mount", "-t", "tmpfs", "-o", volumeSize, "tmpfs", r.node.HandoffDir())
	return err
}

// fullWhile does something while there is no room on the volume.
func (s *scene) fullWhile(_ context.Context, do func() error) error {
	ballast := s.dir().Path("ballast")
	f, err := os.Create(ballast)
	if err != nil {
		return err
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Close(), do(), os.Remove(ballast))
}

func (s *scene) whileFull(ctx context.Context, t *testing.T) error {
	err := s.fullWhile(ctx, func() error {
		if err := s.next(t); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free space") {
			return fmt.Errorf("publishing on a full volume: %w", err)
		}
		pause(ctx, time.Second) // a status is written meanwhile, or not
		return s.await(ctx, s.past[0].means, usualBound)
	})
	return errors.Join(err, s.next(t))
}

func (s *scene) whileReadOnly(ctx context.Context, t *testing.T) error {
	remount := func(mode string) error {
		_, err := s.node.Exec(ctx, "/usr/bin/mount", "-o", "remount,"+mode, s.node.HandoffDir())
		return err
	}
	if err := remount("ro"); err != nil {
		return err
	}
	err := s.next(t)
	if errors.Is(err, syscall.EROFS) && strings.Contains(err.Error(), "read-write in both containers") {
		err = s.await(ctx, s.past[0].means, usualBound)
	}
	return errors.Join(err, remount("rw"), s.next(t))
}

// whileMute makes the volume read-only in frr-reloader's mount namespace alone. It cannot
// say so, but does as it is told.
func (s *scene) whileMute(ctx context.Context, t *testing.T) error {
	remount := func(mode string) error {
		pid := fmt.Sprint(s.node.Reloader().PID())
		args := []string{"--target", pid, "--mount", "mount", "-o", "remount,bind," + mode, s.node.HandoffDir()}
		if out, err := exec.CommandContext(ctx, "nsenter", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("remount in the container: %w: %s", err, out)
		}
		return nil
	}
	if err := remount("ro"); err != nil {
		return err
	}
	err := s.next(t)
	if err == nil {
		err = s.await(ctx, s.past[len(s.past)-1].means, usualBound)
	}
	before, err2 := s.dir().ReadResult()
	if err2 == nil && before.Desired == s.latest {
		err2 = errors.New("status.json was written on a volume that is read-only")
	}
	if err := errors.Join(err, err2, remount("rw")); err != nil {
		return err
	}
	// The report comes by itself.
	return lab.Eventually(ctx, handoff.RefreshInterval, func() error {
		r, err := s.dir().ReadResult()
		if err == nil && r.Running != s.latest {
			err = fmt.Errorf("status.json says that generation %d runs", r.Running.Generation)
		}
		return err
	})
}
