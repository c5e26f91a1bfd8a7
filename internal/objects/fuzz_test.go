package objects

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{plainText, string(listText(2)), named("a") + "---\n" + named("b"), `{"kind":"List","items":[{}]}`, "a: [", "%YAML 1.1\n---\n- a"} {
		f.Add([]byte(seed))
	}
	archive, err := txtar.ParseFile(filepath.Join("testdata", "problems.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range archive.Files {
		f.Add(file.Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		objs, problems := Decode("x.yaml", data, Options{})
		for _, p := range problems {
			if text := p.String(); strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("the problem is not one line of text: %q", text)
			}
			if p.At.File != "x.yaml" || p.At.Line < 1 || p.At.Document < 1 {
				t.Errorf("the problem names no place: %s", p)
			}
		}
		again, againProblems := Decode("x.yaml", data, Options{})
		if diff := cmp.Diff(objs, again) + cmp.Diff(problems, againProblems); diff != "" {
			t.Errorf("the same text decodes to something else (-first +second):\n%s", diff)
		}
	})
}
