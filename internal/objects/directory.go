package objects

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"frr-speaker/internal/intent"
)

// Times that a change which could be half of one waits for.
const (
	settleTime  = 100 * time.Millisecond // without a further write
	settleLimit = time.Second            // in all
)

// directory is what is known of a directory's files. One goroutine owns it.
type directory struct {
	path  string
	opts  Options
	files map[string]*file
	stats map[string]stat // of the texts read last
	held  map[string]held // changes that are not believed yet

	gone  string    // why the directory cannot be read, or ""
	since time.Time // when it first could not; zero: it can
}

// hints are what a file watch tells of the time since the last scan.
type hints struct {
	written map[string]bool // files that were written in place
	blind   bool            // there was no watch: any may have been
}

func newDirectory(path string, opts Options) *directory {
	return &directory{path: path, opts: opts, files: map[string]*file{}, stats: map[string]stat{}, held: map[string]held{}}
}

// scan reads what is new in the directory and reports whether anything is. A
// directory that cannot be read, or holds no file to read, keeps what it had:
// withdrawing everything takes files that say so, not a mount that went away.
func (d *directory) scan(now time.Time, h hints) (changed bool) {
	names, err := d.list()
	switch {
	case err != nil:
		return d.lost("cannot be read: "+reasonOf(err), now)
	case len(names) == 0:
		return d.lost("holds no .yaml, .yml or .json file", now)
	}
	changed = d.gone != ""
	d.gone, d.since = "", time.Time{}
	for name := range d.files {
		if !slices.Contains(names, name) {
			changed = d.remove(name, now) || changed
		}
	}
	for name := range d.held {
		if _, known := d.files[name]; !known && !slices.Contains(names, name) {
			delete(d.held, name) // it came and went
		}
	}
	for _, name := range names {
		changed = d.read(name, now, h) || changed
	}
	return changed
}

// lost notes that the directory cannot be read, once that is no passing state.
func (d *directory) lost(why string, now time.Time) (changed bool) {
	if d.since.IsZero() {
		d.since = now
	}
	if d.gone == why || len(d.files) > 0 && now.Sub(d.since) < settleTime {
		return false
	}
	d.gone = why
	return true
}

// unsettled reports whether something waits to be believed.
func (d *directory) unsettled() bool {
	return len(d.held) > 0 || !d.since.IsZero() && d.gone == ""
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

// merge returns the objects of all files, and everything that is wrong.
func (d *directory) merge() (intent.Objects, []intent.Problem) {
	objs, problems := merge(sortedByName(d.files), d.opts)
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

// legible reports whether any file could be read.
func (d *directory) legible() bool {
	for _, f := range d.files {
		if f.used != nil {
			return true
		}
	}
	return false
}
