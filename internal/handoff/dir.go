package handoff

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The names both binaries agree on.
const (
	// DefaultDir is where the shared volume is mounted when nothing else is said.
	DefaultDir = "/etc/frr_reloader"
	// EnvDir is the environment variable that names the directory for both binaries.
	EnvDir = "FRR_SPEAKER_HANDOFF"

	// ConfFile is the desired configuration; speaker writes it.
	ConfFile = "frr.conf"
	// StatusFile is the Result as JSON; frr-reloader writes it.
	StatusFile = "status.json"
	// LastGoodFile is the configuration that was last verified; frr-reloader writes it.
	LastGoodFile = "last-good.conf"
)

// Dir is the path of the shared directory. Several processes may use one at a
// time, as long as each file keeps its one writer.
type Dir string

// Path is where the named file of the contract lives.
func (d Dir) Path(file string) string { return filepath.Join(string(d), file) }

// Publish makes body the desired configuration, below a header that continues
// the generation of the file that is there. A file that already holds body, whole,
// is left alone and changed is false. Otherwise it is replaced by rename, so that a
// reader sees the old text or the new one.
//
// Errors wrap the operating system's (syscall.ENOSPC, syscall.EROFS) and say
// what to do about it; the old file is then still in place.
func (d Dir) Publish(body []byte) (v Version, changed bool, err error) {
	if err := checkBody(body); err != nil {
		return Version{}, false, &FileError{File: d.Path(ConfFile), Reason: err.Error()}
	}
	v = Version{Generation: 1, Digest: digest(body)}
	switch old, err := d.ReadDesired(); {
	case err == nil && old.Digest == v.Digest:
		return old.Version, false, nil
	case err == nil:
		v.Generation = old.Generation + 1
	default:
		// A damaged file still tells how far generations had come.
		v.Generation = d.generation(ConfFile) + 1
	}
	if err := d.replace(ConfFile, join(v, body), durable); err != nil {
		return Version{}, false, err
	}
	return v, true, nil
}

// ReadDesired reads and verifies frr.conf. The error is fs.ErrNotExist when speaker
// has written nothing yet, and a *FileError when what is there cannot be trusted.
func (d Dir) ReadDesired() (Text, error) { return d.readText(ConfFile) }

// ReadLastGood reads and verifies last-good.conf, with the errors of ReadDesired.
func (d Dir) ReadLastGood() (Text, error) { return d.readText(LastGoodFile) }

// WriteLastGood keeps body as what FRR was last verified to run. The generation is
// the one of the desired text it comes from.
func (d Dir) WriteLastGood(generation int64, body []byte) error {
	if err := checkBody(body); err != nil {
		return &FileError{File: d.Path(LastGoodFile), Reason: err.Error()}
	}
	v := Version{Generation: generation, Digest: digest(body)}
	return d.replace(LastGoodFile, join(v, body), durable)
}

func (d Dir) readText(file string) (Text, error) {
	raw, err := d.readFile(file)
	if err != nil {
		return Text{}, err
	}
	t, err := split(raw)
	if err != nil {
		return Text{}, &FileError{File: d.Path(file), Reason: err.Error()}
	}
	return t, nil
}

// readFile reads a whole file of bounded size. The size is taken from the open file,
// and the file is never changed in place, so the bound holds.
func (d Dir) readFile(file string) ([]byte, error) {
	f, err := os.Open(d.Path(file))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if !info.Mode().IsRegular() {
		return nil, &FileError{File: d.Path(file), Reason: "it is not a regular file"}
	}
	if info.Size() > MaxSize {
		return nil, &FileError{File: d.Path(file), Reason: fmt.Sprintf("it has %d bytes, more than the limit of %d", info.Size(), MaxSize)}
	}
	buf := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead))
	if _, err := buf.ReadFrom(&limited{f: f, left: MaxSize + 1}); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if buf.Len() > MaxSize {
		return nil, &FileError{File: d.Path(file), Reason: fmt.Sprintf("it is larger than the limit of %d bytes", MaxSize)}
	}
	return buf.Bytes(), nil
}

// generation is what the header of a file says, or 0 when not even that can be read.
func (d Dir) generation(file string) int64 {
	raw, err := d.readFile(file)
	if err != nil {
		return 0
	}
	v, _, err := cutHeader(raw)
	if err != nil {
		return 0
	}
	return v.Generation
}

// FileError says why a file of the contract is not to be trusted.
type FileError struct {
	File   string // path
	Reason string
}

func (e *FileError) Error() string { return fmt.Sprintf("%s: %s", e.File, e.Reason) }

// Absent tells whether err means that the file has not been written yet.
func Absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }
