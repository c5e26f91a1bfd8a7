package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// Options say how a lab is made. The zero value is a lab that leaves nothing behind.
type Options struct {
	Name string       // lower-case letters, digits and dashes, at most 20; default "lab"
	Dir  string       // for logs, sockets and configurations; default: a new one that Close removes
	Log  *slog.Logger // default: none
	// Keep makes Close leave all that runs as separate processes running, and the lab
	// outlive this process, until Down is called. Collectors live in this process and end.
	Keep bool
	// Binaries is a directory that holds speaker and frr-reloader; default: built by
	// "go build" when the first node starts, with the race detector if the caller has it.
	Binaries string
}

// Lab is a set of networks and hosts. Its methods may be called at the same time.
type Lab struct {
	name      string
	dir       string
	removeDir bool
	keep      bool
	maker     savedProcess // this process
	log       *slog.Logger
	parent    *thread
	binaries  func() (string, error)

	mu         sync.Mutex // guards the rest
	closed     bool
	hosts      []*Host
	networks   []*Network
	collectors []*Collector
	ports      *Host // holds the bridges; nil until the first network
}

// validName keeps names fit for host names, directories and, shortened, link names.
var validName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$`)

// closeTimeout bounds how long Close waits for killed processes to be gone.
const closeTimeout = 10 * time.Second

// New makes an empty lab. It needs root.
func New(ctx context.Context, o Options) (*Lab, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("make lab: %w", err)
	}
	if err := CheckRoot(); err != nil {
		return nil, err
	}
	if o.Name == "" {
		o.Name = "lab"
	}
	if !validName.MatchString(o.Name) {
		return nil, fmt.Errorf("make lab: name %q: use at most 20 lower-case letters, digits and dashes", o.Name)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l := &Lab{
		name:      fmt.Sprintf("%s-%d", o.Name, os.Getpid()),
		removeDir: o.Dir == "",
		keep:      o.Keep,
		log:       o.Log.With("lab", o.Name),
	}
	var err error
	if l.maker, err = save(os.Getpid()); err != nil {
		return nil, fmt.Errorf("make lab: %w", err)
	}
	if err := sweep(ctx); err != nil {
		return nil, fmt.Errorf("make lab: %w", err)
	}
	if l.dir, err = makeDir(l.name, o.Dir); err != nil {
		return nil, fmt.Errorf("make lab: %w", err)
	}
	l.binaries = sync.OnceValues(func() (string, error) { return l.findBinaries(o.Binaries) })
	l.parent = newThread()
	if err := l.saveState(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// makeDir makes the lab's directory: the one asked for, or a new one where Down finds it.
func makeDir(name, dir string) (string, error) {
	if dir != "" {
		dir, err := filepath.Abs(dir)
		if err != nil {
			return "", err
		}
		return dir, os.MkdirAll(dir, 0o755)
	}
	if err := os.MkdirAll(stateRoot(), 0o755); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(stateRoot(), name+"-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755) // FRR's daemons run as another user
}

// Name is the lab's name with the number of the process that made it.
func (l *Lab) Name() string { return l.name }

// Dir is the lab's directory: one subdirectory per host with its logs and sockets.
func (l *Lab) Dir() string { return l.dir }

// Hosts are the hosts made so far, in order.
func (l *Lab) Hosts() []*Host {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*Host(nil), l.hosts...)
}

// Close ends everything the lab started and removes what it made; with
// Options.Keep only what lives in this process. It may be called twice.
func (l *Lab) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	collectors, hosts := l.collectors, l.hosts
	if l.ports != nil {
		hosts = append(hosts[:len(hosts):len(hosts)], l.ports)
	}
	l.mu.Unlock()

	var errs []error
	for _, c := range collectors {
		errs = append(errs, c.Close())
	}
	if l.keep {
		l.parent.stop()
		return errors.Join(errs...)
	}
	ctx, cancel := WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	for _, h := range hosts {
		errs = append(errs, h.close(ctx))
	}
	l.parent.stop()
	if l.removeDir {
		errs = append(errs, os.RemoveAll(l.dir))
	} else {
		errs = append(errs, ignoreNotExist(os.Remove(filepath.Join(l.dir, stateFile))))
	}
	return errors.Join(errs...)
}

// Tails prints the last n lines of every log of the lab, for a failure's report.
func (l *Lab) Tails(n int) string {
	var out string
	for _, h := range l.Hosts() {
		out += h.Tails(n)
	}
	return out
}

// add registers a host unless the lab was closed meanwhile.
func (l *Lab) add(h *Host) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errors.New("the lab is closed")
	}
	for _, other := range l.hosts {
		if other.name == h.name {
			return fmt.Errorf("there is a host %s already", h.name)
		}
	}
	l.hosts = append(l.hosts, h)
	return nil
}

func ignoreNotExist(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
