package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"frr-speaker/internal/handoff"
)

// process is a speaker that runs by itself, without FRR.
type process struct {
	cmd     *exec.Cmd
	handoff handoff.Dir
	log     string
}

// build makes the speaker as it ships.
func build(b *testing.B) string {
	b.Helper()
	file := filepath.Join(b.TempDir(), "speaker")
	cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", file, "frr-speaker/cmd/speaker")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("build speaker: %v\n%s", err, out)
	}
	return file
}

func startProcess(b *testing.B, file string, args ...string) *process {
	b.Helper()
	dir := b.TempDir()
	p := &process{handoff: handoff.Dir(filepath.Join(dir, "handoff")), log: filepath.Join(dir, "log")}
	if err := os.Mkdir(string(p.handoff), 0o755); err != nil {
		b.Fatal(err)
	}
	log, err := os.Create(p.log)
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	args = append([]string{"--node-name", nodeName(0), "--handoff", string(p.handoff), "--port=0", "--health-probe-port=0"}, args...)
	p.cmd = exec.CommandContext(b.Context(), file, args...)
	p.cmd.Stderr = log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		if b.Failed() {
			text, _ := os.ReadFile(p.log)
			b.Logf("the speaker said:\n%s", text[max(0, len(text)-4000):])
		}
	})
	return p
}

// cpu is the time that the process has had, user and system.
func (p *process) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ") // proc(5): field 3 on
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("unreadable: %s", text)
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil // USER_HZ is 100
}

// memory is one line of /proc/PID/status, such as VmRSS or VmHWM, in MiB.
func (p *process) memory(line string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for l := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(l, line+":"); found {
			var kib float64
			if _, err := fmt.Sscanf(value, "%f kB", &kib); err != nil {
				return 0, fmt.Errorf("unreadable: %s", l)
			}
			return kib / 1024, nil
		}
	}
	return 0, fmt.Errorf("no line %s", line)
}

// networks counts the routes in frr.conf.
func (p *process) networks() int {
	text, err := p.handoff.ReadDesired()
	if err != nil {
		return 0
	}
	return strings.Count(string(text.Body), "\n  network ")
}
