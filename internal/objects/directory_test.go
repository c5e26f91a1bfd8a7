package objects

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// start is when the tests of directories begin.
var start = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// world is a real directory under a time of its own.
type world struct {
	t   *testing.T
	dir string
	now time.Time
	d   *directory
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "objects")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return &world{t: t, dir: dir, now: start, d: newDirectory(dir, Options{}.withDefaults())}
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// write writes a file in place at the present time.
func (w *world) write(name, text string) {
	w.t.Helper()
	w.must(os.WriteFile(w.path(name), []byte(text), 0o644))
	w.must(os.Chtimes(w.path(name), w.now, w.now))
}

// replace puts a new file in the place of another.
func (w *world) replace(name, text string) {
	w.t.Helper()
	w.write(".new", text)
	w.must(os.Rename(w.path(".new"), w.path(name)))
}

// pass lets time pass.
func (w *world) pass(d time.Duration) { w.now = w.now.Add(d) }

// scan reads the directory after events that say that files were written.
func (w *world) scan(written ...string) (changed bool) {
	h := hints{written: map[string]bool{}}
	for _, name := range written {
		h.written[name] = true
	}
	return w.d.scan(w.now, h)
}

// want fails unless the directory holds services of these names, and as many problems.
func (w *world) want(problems int, services ...string) {
	w.t.Helper()
	objs, got := w.d.merge()
	var have []string
	for _, s := range objs.Services {
		have = append(have, s.Name)
	}
	if diff := cmp.Diff(services, have); diff != "" {
		w.t.Errorf("services (-want +got):\n%s", diff)
	}
	if len(got) != problems {
		w.t.Errorf("problems %v, want %d", got, problems)
	}
}

// long is services a and b, in more words than one needs.
const long = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: b\n  labels: {app: b}\n"

// settled returns a world with services a and b, read long ago.
func settled(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.write("x.yaml", long)
	w.pass(time.Hour)
	if !w.scan() {
		t.Fatal("the first scan finds nothing")
	}
	w.want(0, "a", "b")
	return w
}

func TestATextWrittenInPlaceWaitsForItsEnd(t *testing.T) {
	for _, test := range []struct{ name, half string }{
		{"nothing is written yet", ""},
		{"half of the objects are written", named("a")},
		{"half of a line is written", named("a") + "---\n" + named("b") + "---\napiVer"},
		{"a document is written that is no YAML yet", named("a") + "---\n" + named("b") + "spec: {\n"},
		{"the end of the last object is missing", strings.TrimSuffix(long, "  labels: {app: b}\n")},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := settled(t)
			w.write("x.yaml", test.half)
			if w.scan("x.yaml") || !w.d.unsettled() {
				t.Error("half a text is believed")
			}
			w.want(0, "a", "b")
			w.pass(settleTime - 1)
			if w.scan() {
				t.Error("half a text is believed before it rests")
			}
			w.write("x.yaml", named("a")+"---\n"+named("b")+"---\n"+named("c"))
			if !w.scan("x.yaml") || w.d.unsettled() {
				t.Error("the whole text is not believed at once")
			}
			w.want(0, "a", "b", "c")
		})
	}
}

func TestATextAtRestIsBelieved(t *testing.T) {
	w := settled(t)
	w.write("x.yaml", named("a"))
	w.scan("x.yaml")
	w.pass(settleTime)
	if !w.scan() {
		t.Error("the text rests and is not believed")
	}
	w.want(0, "a")
}

func TestATextThatNeverRestsIsBelievedInTheEnd(t *testing.T) {
	w := settled(t)
	for range settleLimit / (settleTime / 2) {
		w.write("x.yaml", named("a"))
		if w.scan("x.yaml") {
			t.Fatalf("believed after %v", w.now.Sub(start)-time.Hour)
		}
		w.pass(settleTime / 2)
	}
	if !w.scan() {
		t.Error("not believed after the limit")
	}
	w.want(0, "a")
}

func TestAFileRenamedIntoPlaceIsBelievedAtOnce(t *testing.T) {
	w := settled(t)
	w.replace("x.yaml", named("b"))
	if !w.scan() {
		t.Error("not believed")
	}
	w.want(0, "b")
	w.replace("y.yaml", "a: [")
	if !w.scan() {
		t.Error("errors of a whole file are not reported at once")
	}
	w.want(1, "b")
}

func TestAnEmptyFileInPlaceOfAnotherIsNotWholeYet(t *testing.T) {
	w := settled(t)
	w.replace("x.yaml", "")
	if w.scan() {
		t.Error("an editor has only just created the file")
	}
	w.write("x.yaml", named("a")+"---\n"+named("b")+"---\n"+named("c"))
	w.scan("x.yaml")
	w.want(0, "a", "b", "c")
}

func TestARemovedFileIsMissedAfterAWhile(t *testing.T) {
	w := settled(t)
	w.write("y.yaml", named("c"))
	w.scan("y.yaml")
	w.must(os.Remove(w.path("y.yaml")))
	w.pass(time.Minute)
	if w.scan() || !w.d.unsettled() {
		t.Error("missed at once")
	}
	w.pass(settleTime - 1)
	if w.scan() {
		t.Error("missed too early")
	}
	w.want(0, "a", "b", "c")
	w.pass(1)
	if !w.scan() || w.d.unsettled() {
		t.Error("not missed")
	}
	w.want(0, "a", "b")
}

func TestARemovedFileThatIsWrittenAnewIsNeverMissed(t *testing.T) {
	w := settled(t)
	w.must(os.Remove(w.path("x.yaml")))
	w.scan()
	w.pass(settleTime / 2)
	w.write("x.yaml", long)
	w.scan("x.yaml")
	w.want(0, "a", "b")
	w.pass(settleTime)
	if w.scan() || w.d.unsettled() {
		t.Error("the same text is something new")
	}
}

func TestAMountedConfigMapIsSwappedWhole(t *testing.T) {
	w := newWorld(t)
	link := func(version, text string) {
		w.must(os.Mkdir(w.path(version), 0o755))
		w.write(filepath.Join(version, "x.yaml"), text)
		w.must(os.Symlink(version, w.path("..data_tmp")))
		w.must(os.Rename(w.path("..data_tmp"), w.path("..data")))
	}
	link("..v1", named("a")+"---\n"+named("b"))
	w.must(os.Symlink(filepath.Join("..data", "x.yaml"), w.path("x.yaml")))
	w.scan()
	w.want(0, "a", "b")
	link("..v2", named("c"))
	if !w.scan() {
		t.Error("the swap is not seen")
	}
	w.want(0, "c")
	w.must(os.RemoveAll(w.path("..v2")))
	if !w.scan() {
		t.Error("a link to nothing is not reported")
	}
	w.want(1, "c")
}

func TestABrokenFileIsReportedAndMended(t *testing.T) {
	w := settled(t)
	w.replace("x.yaml", named("a")+"---\na: [\n")
	w.scan()
	w.want(1, "a", "b")
	w.replace("x.yaml", named("a"))
	w.scan()
	w.want(0, "a")
}

func TestADirectoryThatVanishesKeepsEverything(t *testing.T) {
	for _, test := range []struct {
		name            string
		vanish, return_ func(w *world)
	}{
		{
			name:    "it is renamed",
			vanish:  func(w *world) { w.must(os.Rename(w.dir, w.dir+"-away")) },
			return_: func(w *world) { w.must(os.Rename(w.dir+"-away", w.dir)) },
		},
		{
			name:    "its mount leaves it empty",
			vanish:  func(w *world) { w.must(os.Rename(w.path("x.yaml"), w.path(".x"))) },
			return_: func(w *world) { w.must(os.Rename(w.path(".x"), w.path("x.yaml"))) },
		},
		{
			name:    "it is a file",
			vanish:  func(w *world) { w.must(os.Rename(w.dir, w.dir+"-away")); w.must(os.WriteFile(w.dir, nil, 0o644)) },
			return_: func(w *world) { w.must(os.Remove(w.dir)); w.must(os.Rename(w.dir+"-away", w.dir)) },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := settled(t)
			test.vanish(w)
			if w.scan() || !w.d.unsettled() {
				t.Error("reported at once")
			}
			w.pass(settleTime)
			if !w.scan() || w.d.unsettled() {
				t.Error("not reported")
			}
			w.want(1, "a", "b")
			if w.scan() {
				t.Error("reported again")
			}
			test.return_(w)
			if !w.scan() {
				t.Error("its return is not reported")
			}
			w.want(0, "a", "b")
		})
	}
}

func TestADirectoryThatNeverWasIsReportedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.must(os.Remove(w.dir))
	if !w.scan() || w.d.legible() {
		t.Error("not reported, or taken for legible")
	}
	w.want(1)
}

func TestAFileThatCannotBeReadKeepsItsContent(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"a link to itself": func(path string) error { return os.Symlink(filepath.Base(path), path) },
		"a pipe":           func(path string) error { return syscall.Mkfifo(path, 0o644) },
		"a huge file": func(path string) error {
			if err := os.WriteFile(path, nil, 0o644); err != nil {
				return err
			}
			return os.Truncate(path, maxFileSize+1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := settled(t)
			w.must(os.Rename(w.path("x.yaml"), w.path(".x")))
			w.must(spoil(w.path("x.yaml")))
			if !w.scan() {
				t.Error("not reported")
			}
			w.want(1, "a", "b")
			if w.scan() {
				t.Error("reported again")
			}
			w.must(os.Rename(w.path(".x"), w.path("x.yaml")))
			if !w.scan() {
				t.Error("its return is not reported")
			}
			w.want(0, "a", "b")
		})
	}
}

func TestWhatSaysTheSameIsNothingNew(t *testing.T) {
	w := settled(t)
	for name, touch := range map[string]func(){
		"nothing happens":                    func() {},
		"a file is touched":                  func() { w.must(os.Chtimes(w.path("x.yaml"), w.now, w.now)) },
		"a file is replaced by its like":     func() { w.replace("x.yaml", long) },
		"an editor leaves files about":       func() { w.write(".x.yaml.swp", "a: ["); w.write("x.yaml~", "a: ["); w.write("x.yaml.tmp", "a: [") },
		"something else is in the directory": func() { w.write("README.md", "a: ["); w.must(os.MkdirAll(w.path("sub.yaml"), 0o755)) },
	} {
		w.pass(time.Minute)
		touch()
		if w.scan() {
			t.Errorf("%s: something new", name)
		}
	}
}

func TestAWriteWithinTheGrainOfTimeIsSeen(t *testing.T) {
	w := settled(t)
	w.replace("x.yaml", named("a")+"---\n"+named("c"))
	w.scan()
	w.want(0, "a", "c")
	w.write("x.yaml", named("a")+"---\n"+named("d")) // same size, time and inode
	if !w.d.files["x.yaml"].used.clean || w.scan("x.yaml") {
		t.Error("an object is lost at once by a write in place")
	}
	w.pass(settleTime)
	if !w.scan() {
		t.Error("the write is not seen")
	}
	w.want(0, "a", "d")
}

func TestFilesCountInTheOrderOfTheirNames(t *testing.T) {
	w := newWorld(t)
	w.write("20.yaml", named("c")+"---\n"+named("a"))
	w.write("10.yml", named("a"))
	w.write("30.json", `{"apiVersion":"v1","kind":"Service","metadata":{"name":"b"}}`+"\n")
	w.pass(time.Hour)
	w.scan()
	w.want(1, "a", "c", "b")
	_, problems := w.d.merge()
	if want := "the object is at 10.yml:1 (document 1) and again at 20.yaml:4 (document 2)"; problems[0].Text() != want {
		t.Errorf("message %q, want %q", problems[0].Message, want)
	}
}
