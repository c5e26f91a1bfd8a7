package soak

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// footprint is what one process takes at one moment.
type footprint struct {
	at      time.Time
	memory  int // RSS in KiB
	files   int // open
	threads int
}

// footprints are those of a program on a node, over all processes that ran it.
type footprints map[string][]footprint

// take looks at speaker, frr-reloader and bgpd of each node. One that is just being
// restarted has none.
func (f footprints) take(w *world) error {
	for _, node := range w.nodes {
		bgpd, err := node.DaemonPID("bgpd")
		if err != nil {
			return err
		}
		for program, pid := range map[string]int{"speaker": node.Speaker().PID(), "frr-reloader": node.Reloader().PID(), "bgpd": bgpd} {
			one, err := look(pid)
			if errors.Is(err, os.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
			name := program + " on " + node.Name()
			f[name] = append(f[name], one)
		}
	}
	return nil
}

func look(pid int) (footprint, error) {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	files, err := os.ReadDir(filepath.Join(dir, "fd"))
	if err != nil {
		return footprint{}, err
	}
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return footprint{}, err
	}
	one := footprint{at: time.Now(), files: len(files)}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		target := map[string]*int{"VmRSS": &one.memory, "Threads": &one.threads}[name]
		if target == nil {
			continue
		}
		if *target, err = strconv.Atoi(strings.Fields(value)[0]); err != nil {
			return footprint{}, fmt.Errorf("%s of process %d: %w", name, pid, err)
		}
	}
	return one, nil
}

// Growth that is none: the Go runtime gives memory back late, and a watch is opened anew.
const (
	memorySlack  = 16 << 10 // KiB, and a quarter
	filesSlack   = 16
	threadsSlack = 8
)

// growth compares the medians of the second and the last quarter: the first one warms up.
// A goroutine or a connection that is forgotten shows in memory and open files.
func (f footprints) growth() []string {
	var grown []string
	for name, all := range f {
		early, late := median(all, 1), median(all, 3)
		if late.memory > early.memory+early.memory/4+memorySlack || late.files > early.files+filesSlack ||
			late.threads > early.threads+threadsSlack {
			grown = append(grown, fmt.Sprintf("%s grew from %v to %v", name, early, late))
		}
	}
	slices.Sort(grown)
	return grown
}

// median is that of one quarter, 0 to 3, in each respect.
func median(all []footprint, quarter int) footprint {
	part := all[quarter*len(all)/4 : (quarter+1)*len(all)/4]
	if len(part) == 0 {
		return footprint{}
	}
	middle := func(of func(footprint) int) int {
		sorted := slices.SortedFunc(slices.Values(part), func(a, b footprint) int { return cmp.Compare(of(a), of(b)) })
		return of(sorted[len(sorted)/2])
	}
	return footprint{
		memory:  middle(func(p footprint) int { return p.memory }),
		files:   middle(func(p footprint) int { return p.files }),
		threads: middle(func(p footprint) int { return p.threads }),
	}
}

func (p footprint) String() string {
	return fmt.Sprintf("%.1f MiB, %d files, %d threads", float64(p.memory)/1024, p.files, p.threads)
}
