package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// findBinaries returns a directory with speaker and frr-reloader: the given one, or one it builds.
func (l *Lab) findBinaries(dir string) (string, error) {
	if dir != "" {
		return filepath.Abs(dir)
	}
	dir = filepath.Join(l.dir, "bin")
	if err := buildBinaries(dir); err != nil {
		return "", fmt.Errorf("build speaker and frr-reloader: %w", err)
	}
	return dir, nil
}

// buildBinaries builds in the cache, where an unchanged program costs no
// linking, and links the result to dir, where no other build replaces it.
func buildBinaries(dir string) error {
	build := filepath.Join(cacheDir(), "bin")
	args := []string{"build"}
	if raceEnabled {
		build += "-race"
		args = append(args, "-race")
	}
	if err := os.MkdirAll(build, 0o755); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	lock, err := os.Create(build + ".lock")
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("lock %s: %w", lock.Name(), err)
	}
	args = append(args, "-o", build+"/", "frr-speaker/cmd/speaker", "frr-speaker/cmd/frr-reloader")
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, lastLines(out, 20))
	}
	for _, name := range []string{"speaker", "frr-reloader"} {
		if err := linkOrCopy(filepath.Join(build, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// linkOrCopy gives a file a second name, or a copy if that is on another file system.
func linkOrCopy(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o755)
}
