package lab

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Leaks lists what is left of the lab on the machine. After Close it should be empty.
func (l *Lab) Leaks() ([]string, error) {
	left, err := Leftovers(l.dir)
	if err != nil || l.removeDir {
		return left, err
	}
	return slices.DeleteFunc(left, func(what string) bool { return what == "directory "+l.dir }), nil
}

// Leftovers lists what there is on the machine of the lab in a directory: processes
// in any namespace, mounts, the directory.
func Leftovers(dir string) ([]string, error) {
	left, err := leftProcesses(dir)
	if err != nil {
		return nil, fmt.Errorf("look for leaks: %w", err)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("look for leaks: %w", err)
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, dir+"/") {
			left = append(left, "mount "+strings.TrimSpace(line))
		}
	}
	if _, err := os.Stat(dir); err == nil {
		left = append(left, "directory "+dir)
	}
	return left, nil
}

// leftProcesses finds the processes that carry the marker of a lab. Whoever
// lives in one of its namespaces was started by it and carries it too.
func leftProcesses(dir string) ([]string, error) {
	marker := []byte(environment + "=" + dir)
	pids, err := machinePIDs()
	if err != nil {
		return nil, err
	}
	var left []string
	for _, pid := range pids {
		env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err != nil {
			continue // it ended while we looked
		}
		for entry := range bytes.SplitSeq(env, []byte{0}) {
			if bytes.Equal(entry, marker) {
				left = append(left, fmt.Sprintf("process %d %s", pid, commandName(pid)))
			}
		}
	}
	return left, nil
}

// machinePIDs are all processes that this process can see.
func machinePIDs() ([]int, error) {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	pids := make([]int, 0, len(dirs))
	for _, dir := range dirs {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// commandName is the name of a process as the kernel has it, at most 15
// characters; "" for one that is gone.
func commandName(pid int) string {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(name))
}
