package objects

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// maxFileSize bounds a file. 10,000 services of six kilobytes fit.
const maxFileSize = 64 << 20

// stampGrain bounds the resolution of modification times: two writes within it can
// leave the same one.
const stampGrain = 20 * time.Millisecond

// stat tells one text of a file from another without reading it.
type stat struct {
	size     int64
	modified time.Time
	id       any // device and inode, where the system has them
}

func statOf(path string) (stat, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return stat{}, err
	case !info.Mode().IsRegular():
		return stat{}, errors.New("it is no regular file")
	case info.Size() > maxFileSize:
		return stat{}, fmt.Errorf("it has %d bytes, more than %d", info.Size(), maxFileSize)
	}
	return stat{size: info.Size(), modified: info.ModTime(), id: identity(info)}, nil
}

// held is a change of a file that is not believed yet.
type held struct {
	since   time.Time
	stat    stat
	next    *file // nil: there is no file
	written bool  // in place, and so possibly not to its end yet
	ragged  bool  // it does not end with a line end
}

// remove drops a file that is not there any more, once it has been away for a while:
// editors and copies remove a file before they write it anew.
func (d *directory) remove(name string, now time.Time) (changed bool) {
	h, waiting := d.held[name]
	if !waiting || h.next != nil {
		h = held{since: now}
	}
	if now.Sub(h.since) < settleTime {
		d.held[name] = h
		return false
	}
	delete(d.held, name)
	delete(d.files, name)
	delete(d.stats, name)
	return true
}

// read takes in one file if it is not as it was, and reports whether it was not.
func (d *directory) read(name string, now time.Time, hint hints) (changed bool) {
	old, known := d.files[name]
	if !known {
		old = &file{name: name}
	}
	path := filepath.Join(d.path, name)
	st, err := statOf(path)
	before, read := d.stats[name]
	if err == nil && read && st == before {
		delete(d.held, name)
		return false
	}
	if _, gone := os.Lstat(path); gone != nil {
		return known && d.remove(name, now) // since the directory was listed
	}
	if err != nil { // a link to nothing, too
		return d.unreadable(old, reasonOf(err))
	}
	h := d.held[name]
	if h.next == nil || h.stat != st {
		next, ragged, err := load(path, old, d.opts)
		if err != nil {
			return d.unreadable(old, reasonOf(err))
		}
		h = held{
			since: cmp.Or(h.since, now), stat: st, next: next, ragged: ragged,
			written: hint.blind || hint.written[name] || h.written && h.stat.id == st.id,
		}
	}
	if !d.believes(old, h, now) {
		d.held[name] = h
		return false
	}
	delete(d.held, name)
	if now.Sub(st.modified) < stampGrain {
		st.modified = time.Time{} // a later write could leave the same stamp
	}
	d.files[name], d.stats[name] = h.next, st
	return !known || !h.next.same(old)
}

// load reads a file. Ragged text does not end with a line end, as a text cut short does not.
func load(path string, old *file, opts Options) (next *file, ragged bool, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, false, err
	}
	f := old.with(data, opts)
	return &f, !bytes.HasSuffix(data, []byte("\n")), nil
}

// unreadable notes why a file cannot be read. What it said last stays.
func (d *directory) unreadable(old *file, why string) (changed bool) {
	delete(d.held, old.name)
	delete(d.stats, old.name)
	if old.unreadable == why {
		return false
	}
	next := *old
	next.unreadable = why
	d.files[old.name] = &next
	return true
}

// believes reports whether a new text is all of it. A rename puts whole files in
// place. A text written in place is whole when nothing speaks against it, or when
// it has come to rest.
func (d *directory) believes(old *file, h held, now time.Time) bool {
	before := d.stats[old.name]
	switch {
	case h.next.same(old), now.Sub(h.stat.modified) >= settleTime, now.Sub(h.since) >= settleLimit:
		return true
	case !h.written && h.stat.id != before.id && h.stat.size > 0:
		return true
	}
	return !h.ragged && h.stat.size >= before.size && h.next.accepted() && (old.used == nil || !old.used.loses(h.next.used))
}

// accepted reports whether the text read last has no errors.
func (f *file) accepted() bool { return f.refused == nil && f.used.clean }

// same reports whether two readings of a file say the same, in the same places.
func (f *file) same(o *file) bool {
	return f.unreadable == o.unreadable && f.used.same(o.used) && f.refused.same(o.refused)
}

func (c *content) same(o *content) bool {
	if c == nil || o == nil {
		return c == o
	}
	return slices.EqualFunc(c.units, o.units, func(a, b placed) bool {
		return a.result == b.result && a.line == b.line && a.doc == b.doc
	})
}

// reasonOf is the cause of a file error without its path, which the message names anyway.
func reasonOf(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
