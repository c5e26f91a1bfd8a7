package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// results is where tables go.
const results = "../results/cluster"

func writeResults(file, text string) error {
	if err := os.MkdirAll(results, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(results, file), []byte(text), 0o644)
}

// machine says where and when something was measured.
func machine() string {
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		load = []byte("unknown")
	}
	first, _, _ := strings.Cut(string(load), " ")
	return fmt.Sprintf("Written by `make bench` on %s: %d cores, load average %s at the end; %s.\n",
		time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), first, runtime.Version())
}
