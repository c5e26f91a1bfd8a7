package reloader

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// orphans reaps processes that became children of this one because their parents died, which
// happens to process 1 of a container. Own children are waited for where they were started, and are left alone.
type orphans struct {
	children interface{ has(pid int) bool } // those that somebody waits for
}

func (o orphans) String() string { return "orphans" }

// Run reaps until ctx ends.
func (o orphans) Run(ctx context.Context) error {
	died := make(chan os.Signal, 1)
	signal.Notify(died, unix.SIGCHLD)
	defer signal.Stop(died)
	tick := time.NewTicker(10 * time.Second) // signals merge, and an own child may have been first
	defer tick.Stop()
	for {
		o.reap()
		select {
		case <-ctx.Done():
			return nil
		case <-died:
		case <-tick.C:
		}
	}
}

func (o orphans) reap() {
	me := os.Getpid()
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // gone meanwhile
		}
		pid, state, parent, err := parseStat(b)
		if err == nil && state == 'Z' && parent == me && !o.children.has(pid) {
			_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil)
		}
	}
}

// parseStat reads the first fields of /proc/PID/stat (proc_pid_stat(5)). The name may hold anything, parentheses included.
func parseStat(b []byte) (pid int, state byte, parent int, err error) {
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 1 || end < open {
		return 0, 0, 0, fmt.Errorf("not a stat line: %q", b)
	}
	fields := bytes.Fields(b[end+1:])
	if len(fields) < 2 || len(fields[0]) != 1 {
		return 0, 0, 0, fmt.Errorf("not a stat line: %q", b)
	}
	pid, err = strconv.Atoi(string(bytes.TrimSpace(b[:open])))
	if err != nil {
		return 0, 0, 0, err
	}
	parent, err = strconv.Atoi(string(fields[1]))
	return pid, fields[0][0], parent, err
}
