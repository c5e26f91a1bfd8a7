package reloader

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/vty"
)

// Times of the supervisor.
const (
	readyTimeout = 15 * time.Second       // from exec until the daemon answers on its socket
	readyPoll    = 3 * time.Millisecond   // how often that is tried
	restartMin   = 100 * time.Millisecond // before the second restart in a row
	restartMax   = 30 * time.Second
	calm         = 30 * time.Second // a daemon that ran this long is restarted at once
	stopTimeout  = 3 * time.Second  // from SIGTERM until SIGKILL
)

// crashDir is where FRR's daemons put backtraces; they make it themselves only when they are started as root.
const crashDir = "/var/tmp/frr"

// supervisor runs the FRR daemons. One goroutine, Run, owns all of it.
type supervisor struct {
	bin, run string
	programs []program // in start order
	account  *account
	children *children
	board    *board
	log      *slog.Logger
	hung     chan string // names of daemons to be killed because they do not answer

	procs   map[string]*process
	backoff map[string]*backoff
	due     map[string]time.Time // when a daemon that is down is to be started
	deaths  chan *process
}

func (s *supervisor) String() string { return "supervisor" }

// kill asks for a daemon to be killed and started again. It does not block, and may be repeated.
func (s *supervisor) kill(name string) {
	select {
	case s.hung <- name:
	default:
	}
}

// Run starts the daemons, or adopts those that a predecessor left, restarts what dies, and stops all in order when ctx ends.
func (s *supervisor) Run(ctx context.Context) error {
	if err := s.prepare(); err != nil {
		return err
	}
	s.procs, s.backoff = map[string]*process{}, map[string]*backoff{}
	s.due, s.deaths = map[string]time.Time{}, make(chan *process, 4*len(s.programs))
	defer s.stop()
	for _, p := range s.programs {
		s.backoff[p.name] = &backoff{min: restartMin, max: restartMax}
		s.adopt(ctx, p)
	}
	for {
		s.startDue(ctx)
		timer := time.NewTimer(time.Until(s.nextDue()))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case p := <-s.deaths:
			s.died(p)
		case name := <-s.hung:
			s.killHung(name)
		case <-timer.C:
		}
		timer.Stop()
	}
}

// prepare makes the directory that the daemons put their sockets into.
func (s *supervisor) prepare() error {
	dirs := []string{s.run}
	if space := pathspace(s.run); space != "" && s.programs[0].name == "mgmtd" {
		dirs = append(dirs, filepath.Join(defaultRunDir, space))
	}
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("make run directory: %w", err)
		}
		if err := s.account.own(dir); err != nil {
			return fmt.Errorf("make run directory: %w", err)
		}
	}
	if s.account != nil && os.MkdirAll(crashDir, 0o755) == nil {
		_ = s.account.own(crashDir) // only backtraces are lost without it
	}
	for _, p := range s.programs {
		if path := filepath.Join(s.bin, p.name); !exists(path) {
			return fmt.Errorf("%s not found: install FRR, name its directory with --frr-bin, or run beside daemons started by others with --supervise=false", path)
		}
	}
	return nil
}

// adopt takes over a living daemon if it answers; one that does not is killed.
func (s *supervisor) adopt(ctx context.Context, p program) {
	s.due[p.name] = time.Now()
	proc := adoptProcess(p.name, s.run)
	if proc == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, hungAfter)
	defer cancel()
	if err := ping(ctx, s.socket(p.name)); err != nil {
		s.log.Warn("a daemon left by a predecessor does not answer, killing it", "daemon", p.name, "pid", proc.pid, "error", err)
		proc.signal(unix.SIGKILL)
		<-proc.exited
		return
	}
	s.log.Info("adopted a living daemon", "daemon", p.name, "pid", proc.pid)
	s.own(proc)
}

// own begins to care for a process.
func (s *supervisor) own(proc *process) {
	s.procs[proc.name] = proc
	delete(s.due, proc.name)
	s.board.daemon(proc.name, func(d *handoff.Daemon) { d.PID = proc.pid })
	go func() {
		<-proc.exited
		s.deaths <- proc
	}()
}

// startDue starts all daemons whose time has come, rank by rank, and waits until they answer.
func (s *supervisor) startDue(ctx context.Context) {
	for rank := rankManagement; rank <= rankProtocols; rank++ {
		var started []*process
		for _, p := range slices.Backward(s.programs) { // bgpd takes longest, so it goes first of its rank
			at, down := s.due[p.name]
			if p.rank != rank || !down || time.Now().Before(at) || ctx.Err() != nil {
				continue
			}
			if proc := s.start(p); proc != nil {
				started = append(started, proc)
			}
		}
		for _, proc := range started {
			s.awaitReady(ctx, proc)
		}
	}
}

func (s *supervisor) start(p program) *process {
	// A socket that nobody listens on any more is in the way of telling when the new one is there.
	_ = os.Remove(s.socket(p.name))
	proc, err := s.startProcess(p)
	if err != nil {
		s.down(p.name, err.Error())
		return nil
	}
	s.log.Info("started a daemon", "daemon", p.name, "pid", proc.pid)
	s.own(proc)
	return proc
}

// awaitReady returns once the daemon answers, has died, or has taken too long and is killed.
func (s *supervisor) awaitReady(ctx context.Context, proc *process) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for ping(ctx, s.socket(proc.name)) != nil {
		select {
		case <-tick.C:
		case <-proc.exited:
			return
		case <-ctx.Done():
			if ctx.Err() == context.DeadlineExceeded {
				s.log.Warn("a daemon does not answer after its start, killing it", "daemon", proc.name, "pid", proc.pid)
				proc.signal(unix.SIGKILL)
			}
			return
		}
	}
}

// died notes a death and sets when the daemon, and those that are of no use without it, start again.
func (s *supervisor) died(proc *process) {
	if s.procs[proc.name] != proc {
		return
	}
	s.log.Warn("a daemon died", "daemon", proc.name, "pid", proc.pid, "reason", proc.fate())
	delete(s.procs, proc.name)
	if time.Since(proc.started) > calm {
		s.backoff[proc.name].reset()
	}
	s.down(proc.name, proc.fate())
	for _, p := range s.programs {
		if p.name == proc.name {
			s.killWith(p)
		}
	}
}

// killWith kills, without a goodbye that would make peers forget routes at once, what has to be restarted with p.
func (s *supervisor) killWith(p program) {
	for _, name := range p.with {
		other := s.procs[name]
		if other == nil {
			if at, down := s.due[name]; down {
				s.due[name] = s.notBefore(name, at)
			}
			continue
		}
		s.log.Warn("restarting a daemon because another died", "daemon", name, "died", p.name)
		other.signal(unix.SIGKILL)
		<-other.exited
		delete(s.procs, name)
		s.restart(name, "restarted because "+p.name+" died", s.due[p.name])
	}
}

// down sets the next start after the daemon's backoff; the first one follows at once.
func (s *supervisor) down(name, why string) {
	b := s.backoff[name]
	at := time.Now()
	if b.next > 0 {
		at = at.Add(b.next)
	}
	b.step()
	s.restart(name, why, at)
}

// notBefore puts a start off until those have started without which the daemon is of no use: one that does not
// find zebra looks for it again 10 s later, and has no next hops, no BFD and no static routes meanwhile.
func (s *supervisor) notBefore(name string, at time.Time) time.Time {
	for _, p := range s.programs {
		if due, down := s.due[p.name]; down && due.After(at) && slices.Contains(p.with, name) {
			at = due
		}
	}
	return at
}

func (s *supervisor) restart(name, why string, at time.Time) {
	s.due[name] = s.notBefore(name, at)
	s.board.died(name, why)
	s.board.count(func(c *handoff.Counters) { c.DaemonRestarts++ })
}

func (s *supervisor) killHung(name string) {
	if proc := s.procs[name]; proc != nil {
		s.log.Warn("a daemon hangs, killing it", "daemon", name, "pid", proc.pid)
		proc.signal(unix.SIGKILL) // SIGTERM would wait for the daemon's own loop
	}
}

func (s *supervisor) nextDue() time.Time {
	next := time.Now().Add(time.Hour)
	for _, at := range s.due {
		if at.Before(next) {
			next = at
		}
	}
	return next
}

// stop ends the daemons in the reverse of the start order: bgpd says goodbye to its peers while zebra and bfdd still work.
func (s *supervisor) stop() {
	for i := len(s.programs) - 1; i >= 0; i-- {
		proc := s.procs[s.programs[i].name]
		if proc == nil || !proc.alive() {
			continue
		}
		s.log.Info("stopping a daemon", "daemon", proc.name, "pid", proc.pid)
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		proc.signal(unix.SIGTERM)
		if !proc.wait(ctx) {
			s.log.Warn("a daemon does not stop, killing it", "daemon", proc.name, "pid", proc.pid)
			proc.signal(unix.SIGKILL)
			<-proc.exited
		}
		cancel()
	}
	if space := pathspace(s.run); space != "" && !strings.Contains(space, "/") {
		_ = os.Remove(filepath.Join(defaultRunDir, space)) // only if empty: FRR removes its sockets
	}
}

func (s *supervisor) socket(name string) string { return filepath.Join(s.run, name+".vty") }

// ping tells whether a daemon answers, not only whether its socket accepts: the kernel does that for
// a daemon that is stopped or stuck.
func ping(ctx context.Context, socket string) error {
	c, err := vty.Dial(ctx, socket)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Query(ctx, "echo PING")
	return err
}
