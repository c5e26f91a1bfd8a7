package reloader

import (
	"os/exec"
	"sync"
)

// children knows which processes somebody here waits for.
type children struct {
	mu   sync.Mutex // guards pids, and holds a start and its entry together
	pids map[int]bool
}

func newChildren() *children { return &children{pids: map[int]bool{}} }

func (c *children) start(cmd *exec.Cmd) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	c.pids[cmd.Process.Pid] = true
	return nil
}

func (c *children) wait(cmd *exec.Cmd) error {
	err := cmd.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pids, cmd.Process.Pid)
	return err
}

func (c *children) has(pid int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pids[pid]
}
