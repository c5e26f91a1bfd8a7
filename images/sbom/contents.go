package main

import (
	"bufio"
	"bytes"
	"crypto/sha1" //nolint:gosec // SPDX 2.3 §8.4 wants it of each file, beside a better one
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// contents are what a root was found to be made of.
type contents struct {
	modules  map[component]bool // Go
	packages map[component]bool // Debian
	files    []file             // of neither
}

// component is a part with a version of its own.
type component struct {
	name, version string
	arch          string // Debian alone
}

// file is one whose origin is only known to who built the image.
type file struct {
	name         string
	sha1, sha256 string // in hexadecimal
}

func readFile(path, name string) (file, error) {
	content, err := os.ReadFile(path)
	old, sum := sha1.Sum(content), sha256.Sum256(content) //nolint:gosec // see above
	return file{name: name, sha1: hex.EncodeToString(old[:]), sha256: hex.EncodeToString(sum[:])}, err
}

// readModules returns the modules of a Go program, the standard library as "std"; none
// of another file.
func readModules(path string) ([]component, error) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return nil, nil // no program of Go
	}
	found := []component{{name: "std", version: strings.TrimPrefix(info.GoVersion, "go")}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		found = append(found, component{name: m.Path, version: m.Version})
	}
	return found, nil
}

// debian knows which package each file is of.
type debian struct {
	root   string
	owners map[string]component
}

// owner is the package of a file, if it is as the package has it. Where /lib is a link
// to /usr/lib, lists have either.
func (d debian) owner(path, name string) (component, bool, error) {
	c, ok := d.owners[merged(name)]
	if !ok {
		return c, false, nil
	}
	ours, err := os.ReadFile(path)
	if err != nil {
		return c, false, err
	}
	theirs, err := os.ReadFile(filepath.Join(d.root, name))
	if errors.Is(err, fs.ErrNotExist) {
		return c, false, nil
	}
	return c, bytes.Equal(ours, theirs), err
}

func merged(name string) string { return strings.TrimPrefix(strings.TrimPrefix(name, "/"), "usr/") }

// readDebian reads dpkg's database below a root, where there is one.
func readDebian(root string) (debian, error) {
	d := debian{root: root, owners: map[string]component{}}
	if root == "" {
		return d, nil
	}
	dir := filepath.Join(root, "var/lib/dpkg")
	status, err := os.Open(filepath.Join(dir, "status"))
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err != nil {
		return d, err
	}
	defer status.Close()
	installed, err := parseStatus(bufio.NewScanner(status))
	if err != nil {
		return d, fmt.Errorf("read %s: %w", status.Name(), err)
	}
	for _, c := range installed {
		if err := d.addFiles(dir, c); err != nil {
			return d, err
		}
	}
	return d, nil
}

// parseStatus reads paragraphs of fields (deb-control(5)).
func parseStatus(lines *bufio.Scanner) ([]component, error) {
	lines.Buffer(nil, 1<<20)
	var found []component
	var c component
	keep := func() {
		if c.name != "" {
			found = append(found, c)
		}
		c = component{}
	}
	for lines.Scan() {
		line := lines.Text()
		key, value, _ := strings.Cut(line, ":")
		switch value = strings.TrimSpace(value); {
		case line == "":
			keep()
		case key == "Package":
			c.name = value
		case key == "Version":
			c.version = value
		case key == "Architecture":
			c.arch = value
		}
	}
	keep()
	return found, lines.Err()
}

// addFiles notes the files of a package. Those that may be there for several
// architectures have it in the name of their list.
func (d debian) addFiles(dir string, c component) error {
	for _, name := range []string{c.name, c.name + ":" + c.arch} {
		text, err := os.ReadFile(filepath.Join(dir, "info", name+".list"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for path := range strings.Lines(string(text)) {
			d.owners[merged(strings.TrimSpace(path))] = c
		}
	}
	return nil
}
