package objects

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"frr-speaker/internal/intent"
)

// directory is what is known of a directory's files. One goroutine owns it.
type directory struct {
	path  string
	opts  Options
	files map[string]*file
	stats map[string]stat // of the file contents that were read last
	gone  string          // why the directory could not be read the last time, or ""
}

// stat tells one content of a file from another without reading it.
type stat struct {
	size     int64
	modified time.Time
	id       any // device and inode, where the system has them
}

func newDirectory(path string, opts Options) *directory {
	return &directory{path: path, opts: opts, files: map[string]*file{}, stats: map[string]stat{}}
}

// scan reads what is new in the directory and reports whether anything is. A
// directory that cannot be read, or holds no file to read, keeps what it had:
// withdrawing everything takes files that say so, not a mount that went away.
func (d *directory) scan() (changed bool) {
	names, err := d.list()
	switch {
	case err != nil:
		return d.lost("cannot be read: " + reasonOf(err))
	case len(names) == 0:
		return d.lost("holds no .yaml, .yml or .json file")
	}
	changed = d.gone != ""
	d.gone = ""
	for name := range d.files {
		if !slices.Contains(names, name) {
			delete(d.files, name)
			delete(d.stats, name)
			changed = true
		}
	}
	for _, name := range names {
		changed = d.read(name) || changed
	}
	return changed
}

func (d *directory) lost(why string) (changed bool) {
	changed = d.gone != why
	d.gone = why
	return changed
}

// list returns the names of the files to read, sorted.
func (d *directory) list() ([]string, error) {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if isObjectFile(e.Name()) && !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// isObjectFile tells files with objects from what editors and mounts leave beside them.
func isObjectFile(name string) bool {
	if strings.HasPrefix(name, ".") {
		return false
	}
	switch filepath.Ext(name) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// read takes in one file if it is not as it was, and reports whether it was not.
func (d *directory) read(name string) (changed bool) {
	old, known := d.files[name]
	if !known {
		old = &file{name: name}
	}
	path := filepath.Join(d.path, name)
	now, data, err := load(path, d.stats[name], known && old.unreadable == "")
	switch {
	case err != nil && known && old.unreadable == reasonOf(err):
		return false
	case err != nil:
		next := *old
		next.unreadable = reasonOf(err)
		d.files[name] = &next
		delete(d.stats, name)
		return true
	case data == nil:
		return false
	}
	next := old.with(data, d.opts)
	d.files[name], d.stats[name] = &next, now
	return true
}

// maxFileSize bounds a file. 10,000 services of five kilobytes fit.
const maxFileSize = 64 << 20

// load reads a file unless it is still the one that was read before; then data is nil.
func load(path string, before stat, known bool) (stat, []byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stat{}, nil, err
	}
	if !info.Mode().IsRegular() {
		return stat{}, nil, errors.New("it is no regular file")
	}
	if info.Size() > maxFileSize {
		return stat{}, nil, fmt.Errorf("it has %d bytes, more than %d", info.Size(), maxFileSize)
	}
	now := stat{size: info.Size(), modified: info.ModTime(), id: identity(info)}
	if known && now == before {
		return now, nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return stat{}, nil, err
	}
	if data == nil {
		data = []byte{}
	}
	return now, data, nil
}

// merge returns the objects of all files, and everything that is wrong.
func (d *directory) merge() (intent.Objects, []intent.Problem) {
	objs, problems := merge(sortedByName(maps.Clone(d.files)), d.opts)
	if d.gone != "" {
		problems = append(problems, d.problem())
	}
	return objs, intent.SortProblems(problems)
}

// problem says what became of the directory.
func (d *directory) problem() intent.Problem {
	p := intent.Problem{
		Object:  intent.Ref{Kind: "Directory", Name: d.path},
		Message: d.gone,
		Effect:  "there is nothing to announce",
		Remedy:  "put the objects there, or name another directory with --objects",
	}
	if len(d.files) > 0 {
		p.Effect = "the objects last read from it stay in use"
		p.Remedy = "bring it back; to withdraw everything, leave one file without objects in it"
	}
	return p
}

// unsettled reports whether a file with errors was written so recently that it may
// still be being written.
func (d *directory) unsettled(now time.Time) bool {
	for name, f := range d.files {
		broken := f.refused != nil || f.used != nil && !f.used.clean
		if broken && now.Sub(d.stats[name].modified).Abs() < settleTime {
			return true
		}
	}
	return false
}

// reasonOf is the cause of a file error without its path, which the message names anyway.
func reasonOf(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// clone returns a copy that can be scanned on its own.
func (d *directory) clone() *directory {
	c := *d
	c.files, c.stats = maps.Clone(d.files), maps.Clone(d.stats)
	return &c
}
