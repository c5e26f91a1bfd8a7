// Command sbom writes what a root file system is made of: Go modules, out of the
// programs themselves, Debian packages, out of dpkg's lists, and each file that
// belongs to neither. The answer is the same for the same root.
//
//	sbom -name frr -version v1.2.3 -created 1700000000 -root /rootfs -dpkg /target -out usr/share/sbom/frr.spdx.json
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom: "+err.Error())
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("sbom", flag.ContinueOnError)
	var image subject
	flags.StringVar(&image.name, "name", "", "`name` of the image")
	flags.StringVar(&image.version, "version", "unknown", "its `version`")
	created := flags.Int64("created", 0, "when its sources were, in `seconds` since 1970")
	root := flags.String("root", "", "`directory` that becomes the image")
	dpkg := flags.String("dpkg", "", "root `directory` of the Debian that files come from; none without it")
	out := flags.String("out", "", "`path` below -root to write to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if image.name == "" || *root == "" || *out == "" {
		return errors.New("name -name, -root and -out")
	}
	image.created = time.Unix(*created, 0).UTC()

	debian, err := readDebian(*dpkg)
	if err != nil {
		return err
	}
	found, err := survey(*root, debian)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(document(image, found), "", " ")
	if err != nil {
		return err
	}
	path := filepath.Join(*root, *out)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// survey looks at each file of a root. It does not leave the root by links.
func survey(root string, debian debian) (contents, error) {
	found := contents{modules: map[component]bool{}, packages: map[component]bool{}}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		modules, err := readModules(path)
		if err != nil {
			return err
		}
		for _, m := range modules {
			found.modules[m] = true
		}
		owner, ok, err := debian.owner(path, name)
		if err != nil {
			return err
		}
		if ok {
			found.packages[owner] = true
			return nil
		}
		if len(modules) > 0 {
			return nil
		}
		own, err := readFile(path, name)
		found.files = append(found.files, own)
		return err
	})
	return found, err
}
