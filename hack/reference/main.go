// Command reference writes docs/reference.md: every field of every object, from the
// CustomResourceDefinitions that controller-gen makes of the Go types in api/.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

func main() {
	crds := flag.String("crds", "deploy/frr-mode/crds", "`directory` of the definitions")
	out := flag.String("out", "docs/reference.md", "`file` to write")
	flag.Parse()
	if err := run(*crds, *out); err != nil {
		fmt.Fprintln(os.Stderr, "reference: "+err.Error())
		os.Exit(1)
	}
}

func run(crds, out string) error {
	all, err := read(crds)
	if err != nil {
		return err
	}
	return os.WriteFile(out, []byte(page(all)), 0o644)
}

// read returns the definitions of a directory, in the order in which people need them.
func read(dir string) ([]definition, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_*.yaml"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("find definitions in %s: there are %d: %w", dir, len(files), err)
	}
	var all []definition
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var d definition
		if err := yaml.Unmarshal(bytes.TrimPrefix(text, []byte("---\n")), &d); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		all = append(all, d)
	}
	return sorted(all), nil
}
