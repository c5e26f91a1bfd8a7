package objects

import (
	"fmt"
	"os"
	"path/filepath"
)

// Texts reads the files of a directory that Read would read, by name, for whoever needs
// more of them than objects.
func Texts(dir string) (map[string][]byte, error) {
	names, err := newDirectory(dir, Options{}.withDefaults()).list()
	if err != nil {
		return nil, fmt.Errorf("objects directory %s cannot be read: %s", dir, reasonOf(err))
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("objects directory %s holds no .yaml, .yml or .json file; name a directory of YAML files with --objects", dir)
	}
	texts := make(map[string][]byte, len(names))
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("read objects: %w", err)
		}
		texts[name] = text
	}
	return texts, nil
}
