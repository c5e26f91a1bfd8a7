package objects

import (
	"fmt"
	"time"

	"frr-speaker/internal/intent"
)

// Read reads a directory once. The error is that it cannot be read, or that no file
// in it has a name that ends in .yaml, .yml or .json.
func Read(dir string, opts Options) (intent.Objects, []intent.Problem, error) {
	d := newDirectory(dir, opts.withDefaults())
	now := time.Now()
	d.scan(now, hints{})
	d.scan(now.Add(settleLimit), hints{}) // believes what looked unfinished
	if d.gone != "" {
		return intent.Objects{}, nil, fmt.Errorf("objects directory %s %s; name a directory of YAML files with --objects", dir, d.gone)
	}
	objs, problems := d.merge()
	return objs, problems, nil
}

// Decode reads one file's text. The name is for messages.
func Decode(name string, data []byte, opts Options) (intent.Objects, []intent.Problem) {
	return DecodeAll(map[string][]byte{name: data}, opts)
}

// DecodeAll reads the texts of several files, by name.
func DecodeAll(texts map[string][]byte, opts Options) (intent.Objects, []intent.Problem) {
	opts = opts.withDefaults()
	files := make(map[string]*file, len(texts))
	for name, data := range texts {
		f := file{name: name}.with(data, opts)
		files[name] = &f
	}
	return merge(sortedByName(files), opts)
}
