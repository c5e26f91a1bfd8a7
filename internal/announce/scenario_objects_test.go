package announce_test

import (
	"os"
	"path/filepath"
	"testing"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/objects"
)

// objects decodes the included files and the given text.
func (s *scenario) objects(t *testing.T, name string, text []byte) (intent.Objects, []intent.Problem) {
	t.Helper()
	texts := map[string][]byte{name: text}
	for _, include := range s.include {
		file := filepath.Join("include", include+".yaml")
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		texts[file] = data
	}
	return objects.DecodeAll(texts, objects.Options{Namespace: s.options.Namespace})
}
