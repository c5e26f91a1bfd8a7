package monitoring

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// programs returns the directory in which prometheus.sh has built prometheus and
// promtool. It never builds: that takes minutes and is for `make prometheus`.
func programs() (string, error) {
	out, err := exec.Command("./prometheus.sh", "-dir").Output()
	if err != nil {
		return "", fmt.Errorf("ask prometheus.sh for its directory: %w", err)
	}
	dir := strings.TrimSpace(string(out))
	for _, program := range []string{"prometheus", "promtool"} {
		if _, err := os.Stat(filepath.Join(dir, program)); err != nil {
			return "", fmt.Errorf("find %s: %w: run make prometheus", program, err)
		}
	}
	return dir, nil
}
