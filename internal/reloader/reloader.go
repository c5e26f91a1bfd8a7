package reloader

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/handoff"
)

// fileInterval is how often frr.conf is looked at when nothing is heard of it.
const fileInterval = 5 * time.Second

// Options say where everything is.
type Options struct {
	Handoff   handoff.Dir
	RunDir    string // sockets and pid files of the daemons
	BinDir    string // the daemons
	BGPPort   int    // that bgpd listens on; 0: none
	Supervise bool   // run the daemons, instead of finding them running
	Repair    bool   // undo what somebody else changes, instead of only reporting it
	Log       *slog.Logger

	// MetricsAddr is where metrics are served, as "host:port" or ":port"; "": nowhere.
	MetricsAddr string

	// HangTimeout is how long a daemon may leave a ping unanswered before it is killed and started again. 0: 30 s.
	HangTimeout time.Duration
}

// Reloader is all tasks of frr-reloader.
type Reloader struct {
	board   *board
	history *history
	tasks   []task
}

// task is something that runs until ctx ends, and returns nil then.
type task interface {
	Run(ctx context.Context) error
	String() string
}

// New puts the tasks together, and starts nothing.
func New(o Options) (*Reloader, error) {
	account, err := daemonAccount()
	if err != nil && o.Supervise {
		return nil, err
	}
	procs := newChildren()
	b := newBoard(o.Handoff.WriteResult, o.Log)
	k := newKeeper(o.Handoff.WriteLastGood, o.Log)
	r := &Reloader{board: b, history: newHistory(), tasks: []task{b, k}}

	l := &loop{
		dir:     o.Handoff,
		checker: newChecker(dryRun{bin: o.BinDir, scratch: o.RunDir, account: account, children: procs}, o.Log),
		board:   b, keeper: k, repair: o.Repair, log: o.Log,
		wake: make(chan struct{}, 1), file: make(chan struct{}, 1),
	}
	var kill func(string)
	if o.Supervise {
		s := &supervisor{
			bin: o.BinDir, run: o.RunDir, programs: programs(o.BinDir, o.RunDir, o.BGPPort),
			account: account, children: procs, board: b, log: o.Log, hung: make(chan string, 8),
		}
		kill = s.kill
		r.tasks = append(r.tasks, s)
	}
	r.connect(l, o, kill)
	r.tasks = append(r.tasks, l, &watch{dir: o.Handoff, poke: l.pokeFile})
	r.tasks = append(r.tasks, metricsTasks(o, b, r.history)...)
	if os.Getpid() == 1 {
		r.tasks = append(r.tasks, orphans{children: procs})
	}
	return r, nil
}

// connect makes the links and instances of all daemons that there may be.
func (r *Reloader) connect(l *loop, o Options, kill func(string)) {
	managed := exists(filepath.Join(o.BinDir, "mgmtd"))
	socket := func(name frrdiff.Daemon) string { return filepath.Join(o.RunDir, string(name)+".vty") }
	l.managed = func() bool { return managed }
	l.expected = func(frrdiff.Daemon) bool { return true }
	if !o.Supervise {
		l.managed = func() bool { return exists(socket(frrdiff.Mgmtd)) }
		l.expected = func(name frrdiff.Daemon) bool { return exists(socket(name)) }
	}
	for _, name := range []frrdiff.Daemon{frrdiff.Mgmtd, frrdiff.Zebra, frrdiff.Staticd, frrdiff.Bfdd, frrdiff.Bgpd} {
		if name == frrdiff.Mgmtd && o.Supervise && !managed {
			continue
		}
		k := &link{name: string(name), path: socket(name), board: r.board, log: o.Log, notify: l.poke, kill: kill, limit: cmp.Or(o.HangTimeout, defaultHangTimeout)}
		l.instances = append(l.instances, &instance{name: name, link: k})
		r.tasks = append(r.tasks, k)
		if name == frrdiff.Bgpd {
			r.tasks = append(r.tasks, &sessions{link: k, board: r.board, history: r.history, log: o.Log})
		}
	}
}

// Run does everything until ctx ends, and returns what made it end otherwise.
func (r *Reloader) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, t := range r.tasks {
		g.Go(func() error {
			if err := t.Run(ctx); err != nil {
				return fmt.Errorf("%s: %w", t, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// Result is what is known now: what status.json says, or is about to.
func (r *Reloader) Result() handoff.Result { return r.board.snapshot() }

// watch pokes when frr.conf may have changed.
type watch struct {
	dir  handoff.Dir
	poke func()
}

func (w *watch) String() string { return "file watch" }

// Run watches until ctx ends.
func (w *watch) Run(ctx context.Context) error {
	return w.dir.Watch(ctx, handoff.ConfFile, fileInterval, w.poke)
}
