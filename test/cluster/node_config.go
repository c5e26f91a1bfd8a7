package cluster

import (
	"bufio"
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"text/template"
)

//go:embed node
var nodeTemplates embed.FS

// writeConfig fills in the templates of a node's programs.
func (n *Node) writeConfig() error {
	templates, err := template.ParseFS(nodeTemplates, "node/*")
	if err != nil {
		return err
	}
	for _, t := range templates.Templates() {
		var text bytes.Buffer
		if err := t.Execute(&text, n); err != nil {
			return err
		}
		if err := os.WriteFile(n.path(t.Name()), text.Bytes(), 0o644); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(n.path("cni"), 0o755); err != nil {
		return err
	}
	if err := os.Rename(n.path("bridge.conflist"), n.path("cni/bridge.conflist")); err != nil {
		return err
	}
	mounts, err := cgroupMounts("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	return os.WriteFile(n.path("cgroups"), []byte(mounts), 0o644)
}

// cgroupMounts lists the cgroup hierarchies of this machine, a line with type, place and options each.
func cgroupMounts(mountinfo string) (string, error) {
	f, err := os.Open(mountinfo)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var out strings.Builder
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		before, after, _ := strings.Cut(lines.Text(), " - ") // proc_pid_mountinfo(5)
		left, right := strings.Fields(before), strings.Fields(after)
		const place, kind, options = 4, 0, 2
		if len(left) <= place || len(right) <= options || !strings.HasPrefix(right[kind], "cgroup") {
			continue
		}
		fmt.Fprintf(&out, "%s %s %s\n", right[kind], left[place], right[options])
	}
	return out.String(), lines.Err()
}

func (n *Node) path(file string) string { return filepath.Join(n.Dir, file) }

// removeCgroups removes what containerd leaves behind when it is killed. A cgroup that
// holds a process is another cluster's.
func removeCgroups() error {
	parents, err := filepath.Glob("/sys/fs/cgroup/*/k8s.io")
	if err != nil {
		return err
	}
	for _, parent := range parents {
		containers, err := filepath.Glob(parent + "/*/")
		if err != nil {
			return err
		}
		for _, dir := range append(containers, parent) {
			if err := os.Remove(dir); err != nil && !errors.Is(err, syscall.EBUSY) && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
