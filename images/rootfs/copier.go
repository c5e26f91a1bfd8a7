package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// copier copies files, with all that they need, from one root to another.
type copier struct {
	from *os.Root
	to   string
	arch string          // that programs are for, as Go calls it; "" is any
	done map[string]bool // paths in from, without a leading slash
}

// maxLinks bounds a chain of symbolic links, as Linux does (path_resolution(7)).
const maxLinks = 40

// add copies a file, or all of a directory, and the libraries that it links to.
func (c *copier) add(name string) error {
	name, err := c.resolve(strings.TrimPrefix(path.Clean(name), "/"))
	if err != nil || c.done[name] {
		return err
	}
	c.done[name] = true
	info, err := c.from.Stat(name)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return c.addDir(name, info)
	}
	data, err := c.from.ReadFile(name)
	if err != nil {
		return err
	}
	if err := c.write(name, data, info.Mode()); err != nil {
		return err
	}
	return c.addLinked(name, data)
}

func (c *copier) addDir(name string, info fs.FileInfo) error {
	if err := os.MkdirAll(filepath.Join(c.to, name), info.Mode().Perm()); err != nil {
		return err
	}
	entries, err := fs.ReadDir(c.from.FS(), name)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := c.add(path.Join(name, e.Name())); err != nil {
			return fmt.Errorf("%s: %w", e.Name(), err)
		}
	}
	return nil
}

// resolve follows the links of a path, repeats them in the new root, and returns what they lead to.
func (c *copier) resolve(name string) (string, error) {
	rest := strings.Split(name, "/")
	at, links := "", 0
	for len(rest) > 0 {
		next := path.Join(at, rest[0])
		info, err := c.from.Lstat(next)
		if err != nil {
			return "", err
		}
		rest = rest[1:]
		if info.Mode()&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", errors.New("too many levels of symbolic links")
		}
		target, err := c.from.Readlink(next)
		if err != nil {
			return "", err
		}
		if err := c.link(next, target); err != nil {
			return "", err
		}
		if !path.IsAbs(target) {
			target = path.Join(at, target)
		}
		rest = append(strings.Split(strings.TrimPrefix(path.Clean("/"+target), "/"), "/"), rest...)
		at = ""
	}
	return at, nil
}

func (c *copier) link(name, target string) error {
	to := filepath.Join(c.to, name)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.Symlink(target, to); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func (c *copier) write(name string, data []byte, mode fs.FileMode) error {
	to := filepath.Join(c.to, name)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode.Perm())
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// addLinked adds what the dynamic loader will look for, if the file is for it to load.
func (c *copier) addLinked(name string, data []byte) error {
	if !bytes.HasPrefix(data, []byte(elf.ELFMAG)) {
		return nil
	}
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return err
	}
	if arch := architecture(f); c.arch != "" && arch != c.arch {
		return fmt.Errorf("it is a program for %s, not for %s", arch, c.arch)
	}
	if loader, err := interpreter(f); err != nil {
		return err
	} else if loader != "" {
		if err := c.add(loader); err != nil {
			return fmt.Errorf("%s: %w", loader, err)
		}
	}
	needed, err := f.ImportedLibraries()
	if err != nil {
		return err
	}
	dirs, err := c.searchPath(f, path.Dir(name))
	if err != nil {
		return err
	}
	for _, lib := range needed {
		i := slices.IndexFunc(dirs, func(dir string) bool { return c.has(path.Join(dir, lib)) })
		if i < 0 {
			return fmt.Errorf("%s is in none of %s", lib, strings.Join(dirs, ", "))
		}
		if err := c.add(path.Join(dirs[i], lib)); err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) has(name string) bool {
	_, err := c.from.Stat(name)
	return err == nil
}

func interpreter(f *elf.File) (string, error) {
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			data, err := io.ReadAll(p.Open())
			return strings.TrimRight(string(data), "\x00"), err
		}
	}
	return "", nil
}

// searchPath lists the directories of ld.so(8) in its order: those of the file, then the system's.
func (c *copier) searchPath(f *elf.File, origin string) ([]string, error) {
	var dirs []string
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		lists, err := f.DynString(tag)
		if err != nil {
			return nil, err
		}
		for _, dir := range strings.Split(strings.Join(lists, ":"), ":") {
			if dir != "" {
				dirs = append(dirs, strings.TrimPrefix(strings.ReplaceAll(dir, "$ORIGIN", "/"+origin), "/"))
			}
		}
	}
	for _, base := range []string{"lib", "usr/lib"} {
		dirs = append(dirs, path.Join(base, triplet(f.Machine)), base)
	}
	return append(dirs, "usr/local/lib"), nil
}

// architecture is Go's name of what a file runs on, or ELF's where Go has none here.
func architecture(f *elf.File) string {
	switch f.Machine {
	case elf.EM_X86_64:
		return "amd64"
	case elf.EM_AARCH64:
		return "arm64"
	default:
		return f.Machine.String()
	}
}

// triplet is Debian's name of an architecture's library directory; "" has none.
func triplet(m elf.Machine) string {
	switch m {
	case elf.EM_X86_64:
		return "x86_64-linux-gnu"
	case elf.EM_AARCH64:
		return "aarch64-linux-gnu"
	default:
		return ""
	}
}
