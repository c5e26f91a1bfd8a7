package bench

import (
	"fmt"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"

	"frr-speaker/test/lab"
)

// usage is what the processes of a host have taken, by the name of their command.
type usage map[string]taken

// taken is of all processes of one name that live.
type taken struct {
	cpu    time.Duration // user and system, since their start
	memory float64       // resident now, MiB
}

// usageOf looks at what runs on a host.
func usageOf(h *lab.Host) (usage, error) {
	pids, err := h.PIDs()
	if err != nil {
		return nil, err
	}
	u := usage{}
	for _, pid := range pids {
		p, err := procfs.NewProc(pid)
		if err != nil {
			continue // has ended
		}
		stat, err := p.Stat()
		if err != nil {
			continue
		}
		t := u[stat.Comm]
		t.cpu += time.Duration(stat.CPUTime() * float64(time.Second))
		t.memory += float64(stat.ResidentMemory()) / (1 << 20)
		u[stat.Comm] = t
	}
	return u, nil
}

// since is the CPU time that processes have taken after an earlier look, for each of so many times.
func (u usage) since(before usage, times int) usage {
	out := usage{}
	for name, t := range u {
		out[name] = taken{(t.cpu - before[name].cpu) / time.Duration(max(times, 1)), t.memory}
	}
	return out
}

// cpu is the CPU time of all processes.
func (u usage) cpu() time.Duration {
	var sum time.Duration
	for _, t := range u {
		sum += t.cpu
	}
	return sum
}

// childrenCPU is the CPU time of all processes that this one has started and seen end, and of theirs.
func childrenCPU() (time.Duration, error) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_CHILDREN, &u); err != nil {
		return 0, fmt.Errorf("read the CPU time of children: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
