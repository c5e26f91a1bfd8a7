package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What images are built of runs on the processor that is asked for, and needs no library:
// the new root has nothing but the program, and another processor's is refused.
func TestProgramsAreStaticAndForTheirProcessor(t *testing.T) {
	for arch, other := range map[string]string{"amd64": "arm64", "arm64": "amd64"} {
		t.Run(arch, func(t *testing.T) {
			t.Parallel()
			from := t.TempDir()
			build := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-s -w", "-o", from+"/", "frr-speaker/cmd/...")
			build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, program := range []string{"controller", "frr-reloader", "speaker"} {
				to := t.TempDir()
				if err := run([]string{"-arch", arch, "-from", from, "-to", to, program}); err != nil {
					t.Error(err)
				}
				if files, err := filepath.Glob(to + "/*"); err != nil || len(files) != 1 {
					t.Errorf("%s brings %q (%v), want itself alone", program, files, err)
				}
				err := run([]string{"-arch", other, "-from", from, "-to", t.TempDir(), program})
				if err == nil || !strings.Contains(err.Error(), program+": it is a program for "+arch+", not for "+other) {
					t.Errorf("%s in a root for %s: %v", program, other, err)
				}
			}
		})
	}
}
