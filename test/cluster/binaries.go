package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Binaries returns the directory in which kube.sh has built all of the given
// programs. It never builds: that takes minutes and is for `make kube`.
func Binaries(programs ...string) (string, error) {
	script, err := findScript()
	if err != nil {
		return "", err
	}
	out, err := exec.Command(script, "-dir").Output()
	if err != nil {
		return "", fmt.Errorf("ask %s for its directory: %w%s", script, err, saidBy(err))
	}
	dir := strings.TrimSpace(string(out))
	for _, program := range programs {
		if _, err := os.Stat(filepath.Join(dir, program)); err != nil {
			return "", fmt.Errorf("find %s: %w: run make kube", program, err)
		}
	}
	return dir, nil
}

// findScript looks for kube.sh from the working directory upwards: tests run in
// the directories of their packages.
func findScript() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		script := filepath.Join(dir, "test", "cluster", "kube.sh")
		if _, err := os.Stat(script); err == nil {
			return script, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("find test/cluster/kube.sh: the working directory is not in the source tree")
		}
		dir = parent
	}
}

// saidBy is what a command that failed wrote to its standard error, after a colon.
func saidBy(err error) string {
	var failed *exec.ExitError
	if errors.As(err, &failed) && len(failed.Stderr) > 0 {
		return ": " + strings.TrimSpace(string(failed.Stderr))
	}
	return ""
}
