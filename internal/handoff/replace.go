package handoff

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// mode of every file: they hold passwords, or say what runs.
const mode = 0o600

// durability of a replacement.
type durability bool

const (
	durable  durability = true  // on the disk before it gets its name
	volatile durability = false // rewritten so often that a crash may cost one version
)

// replace gives a file new content by rename. The temporary name is fixed, because each file
// has one writer, so that a crash leaves at most one behind and the next write takes it away.
func (d Dir) replace(file string, content []byte, how durability) error {
	tmp := d.Path("." + file + ".tmp")
	if err := os.Remove(tmp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return d.writeError(file, err)
	}
	if err := write(tmp, content, how); err != nil {
		_ = os.Remove(tmp) // gives the space back on a full disk
		return d.writeError(file, err)
	}
	if err := os.Rename(tmp, d.Path(file)); err != nil {
		_ = os.Remove(tmp)
		return d.writeError(file, err)
	}
	if how == durable {
		return d.syncDir(file)
	}
	return nil
}

func write(path string, content []byte, how durability) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(content); err != nil {
		return err
	}
	if how == durable {
		return f.Sync()
	}
	return nil
}

// syncDir makes the new name durable too.
func (d Dir) syncDir(file string) error {
	f, err := os.Open(string(d))
	if err != nil {
		return d.writeError(file, err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return d.writeError(file, err) // EINVAL: a filesystem without it
	}
	return nil
}

// writeError adds what a person can do about it.
func (d Dir) writeError(file string, err error) error {
	return fmt.Errorf("write %s in %s: %w%s", file, string(d), err, remedy(err))
}

func remedy(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "; the volume is full: free space on it or raise its size limit"
	case errors.Is(err, syscall.EROFS):
		return "; the volume is mounted read-only: mount it read-write in both containers"
	case errors.Is(err, os.ErrPermission):
		return "; the directory must belong to the user that this process runs as"
	case errors.Is(err, os.ErrNotExist):
		return "; the directory does not exist: mount the volume there, or name another with --handoff"
	default:
		return ""
	}
}
