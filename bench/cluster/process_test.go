package cluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/procfs"

	"frr-speaker/internal/handoff"
)

// process is a speaker that runs by itself, without FRR, or a controller.
type process struct {
	cmd     *exec.Cmd
	handoff handoff.Dir
	log     string
}

// build makes a program as it ships.
func build(b *testing.B, name string) string {
	b.Helper()
	file := filepath.Join(b.TempDir(), name)
	cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", file, "frr-speaker/cmd/"+name)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("build it: %v\n%s", err, out)
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
	p.start(b)
	return p
}

func (p *process) start(b *testing.B) {
	b.Helper()
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		p.stop()
		if b.Failed() {
			text, _ := os.ReadFile(p.log)
			b.Logf("%s said:\n%s", filepath.Base(p.cmd.Path), text[max(0, len(text)-4000):])
		}
	})
}

// end lets the process end by itself.
func (p *process) end() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.cmd.Wait()
}

// stop ends the process, which may have ended.
func (p *process) stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// cpu is the time that the process has had, user and system.
func (p *process) cpu() (time.Duration, error) { return cpuOf(p.cmd.Process.Pid) }

func cpuOf(pid int) (time.Duration, error) {
	proc, err := procfs.NewProc(pid)
	if err != nil {
		return 0, err
	}
	stat, err := proc.Stat()
	if err != nil {
		return 0, err
	}
	return time.Duration(stat.CPUTime() * float64(time.Second)), nil
}

// memory is what is resident, now and at most so far, in MiB.
func (p *process) memory() (now, most float64, err error) {
	proc, err := procfs.NewProc(p.cmd.Process.Pid)
	if err != nil {
		return 0, 0, err
	}
	status, err := proc.NewStatus()
	return float64(status.VmRSS) / (1 << 20), float64(status.VmHWM) / (1 << 20), err
}

// networks counts the routes in frr.conf.
func (p *process) networks() int {
	text, err := p.handoff.ReadDesired()
	if err != nil {
		return 0
	}
	return strings.Count(string(text.Body), "\n  network ")
}
