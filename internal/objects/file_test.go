package objects

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAFileKeepsItsLastGoodContent(t *testing.T) {
	opts := Options{}.withDefaults()
	good := named("a") + "---\n" + named("b")
	for _, test := range []struct {
		name         string
		before, then string
		want         []string
		wantProblem  string
	}{
		{
			name: "text that is no YAML", before: good, then: named("a") + "---\na: [\n" + "---\n" + named("c"),
			want: []string{"Service default/a", "Service default/b"}, wantProblem: "the last good content of the file stays in use",
		},
		{
			name: "a field of a wrong type", before: good, then: named("a") + "spec: 5\n---\n" + named("c"),
			want: []string{"Service default/a", "Service default/b"}, wantProblem: "the last good content of the file stays in use",
		},
		{
			name: "a file that never was good is used for what is", before: "a: [\n---\n" + named("a"), then: "a: [\n---\n" + named("a") + "---\n" + named("c"),
			want: []string{"Service default/a", "Service default/c"}, wantProblem: "the document is left out",
		},
		{
			name: "a file that never was good gets worse", before: "a: [\n---\n" + named("a") + "---\n" + named("b"), then: "a: [\n---\n" + named("a"),
			want: []string{"Service default/a", "Service default/b"}, wantProblem: "the last good content of the file stays in use",
		},
		{
			name: "an object that is deleted without an error is gone", before: good, then: named("b"), want: []string{"Service default/b"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := file{name: "x.yaml"}.with([]byte(test.before), opts).with([]byte(test.then), opts)
			objs, problems := merge([]*file{&f}, opts)
			if diff := cmp.Diff(test.want, names(objs)); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
			if (len(problems) > 0) != (test.wantProblem != "") || len(problems) > 0 && problems[0].Effect != test.wantProblem {
				t.Errorf("problems %v, want effect %q", problems, test.wantProblem)
			}
		})
	}
}

func TestUnchangedObjectsAreTheSamePointer(t *testing.T) {
	opts := Options{}.withDefaults()
	f := file{name: "x.yaml"}.with(listText(3), opts)
	before, _ := merge([]*file{&f}, opts)
	f = f.with([]byte(strings.Replace(string(listText(3)), "198.51.0.1\n", "198.51.0.9\n", 1)), opts)
	after, _ := merge([]*file{&f}, opts)
	for i, want := range []bool{true, false, true} {
		if got := before.Services[i] == after.Services[i]; got != want {
			t.Errorf("service %d is the same pointer: %t, want %t", i, got, want)
		}
	}
}

func TestReadSaysWhyADirectoryIsNoUse(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct{ name, dir, want string }{
		{"it is not there", filepath.Join(dir, "gone"), "no such file or directory"},
		{"it holds no YAML", dir, "--objects"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, _, err := Read(test.dir, Options{}); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.dir) {
				t.Errorf("Read: %v, want an error with %q and the directory", err, test.want)
			}
		})
	}
	if err := os.WriteFile(filepath.Join(dir, "broken.yaml"), []byte("a: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, problems, err := Read(dir, Options{}); err != nil || len(problems) != 1 {
		t.Errorf("Read of a broken file just written: problems %v, error %v, want one problem", problems, err)
	}
}
