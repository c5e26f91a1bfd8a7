package handoff

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ObjectsFile is what speaker keeps for itself over a restart; nobody else reads it. It
// holds secrets.
const ObjectsFile = "objects.json"

// WriteObjects replaces the file. Errors are those of Publish.
func (d Dir) WriteObjects(content []byte) error { return d.replace(ObjectsFile, content, durable) }

// ReadObjects returns what WriteObjects wrote last, nil if that was never.
func (d Dir) ReadObjects() ([]byte, error) {
	content, err := os.ReadFile(d.Path(ObjectsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", d.Path(ObjectsFile), err)
	}
	return content, nil
}
