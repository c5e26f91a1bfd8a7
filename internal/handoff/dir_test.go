package handoff_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/handoff"
)

const body = "hostname a\nrouter bgp 64512\nexit\n"

func publish(t *testing.T, d handoff.Dir, text string) (handoff.Version, bool) {
	t.Helper()
	v, changed, err := d.Publish([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v, changed
}

func TestPublishWritesHeaderAndText(t *testing.T) {
	t.Parallel()
	d := handoff.Dir(t.TempDir())
	v, changed := publish(t, d, body)
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(body)))
	if want := (handoff.Version{Generation: 1, Digest: sum}); v != want || !changed {
		t.Errorf("version %+v, changed %t, want %+v, true", v, changed, want)
	}
	raw, err := os.ReadFile(d.Path(handoff.ConfFile))
	if err != nil {
		t.Fatal(err)
	}
	want := "! frr-speaker generation 1\n! sha256 " + sum + "\n" + body
	if diff := cmp.Diff(want, string(raw)); diff != "" {
		t.Errorf("frr.conf (-want +got):\n%s", diff)
	}
	info, err := os.Stat(d.Path(handoff.ConfFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v, want 0600: the file holds passwords", info.Mode(), err)
	}
	text, err := d.ReadDesired()
	if err != nil || text.Version != v || string(text.Body) != body || !bytes.Equal(text.Raw, raw) {
		t.Errorf("read back %+v, %v", text.Version, err)
	}
}

func TestGenerationsCountChanges(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(t *testing.T, d handoff.Dir)
		want    int64
		changed bool
	}{
		{"the first text is generation 1", func(*testing.T, handoff.Dir) {}, 1, true},
		{"the same text is no change", func(t *testing.T, d handoff.Dir) { publish(t, d, body) }, 1, false},
		{"another text is the next generation", func(t *testing.T, d handoff.Dir) {
			publish(t, d, "one\n")
			publish(t, d, "two\n")
		}, 3, true},
		{"the same text over a file that was cut short is written again", func(t *testing.T, d handoff.Dir) {
			publish(t, d, body)
			damage(t, d, func(raw []byte) []byte { return raw[:len(raw)-5] })
		}, 2, true},
		{"a file that is no configuration of ours is replaced", func(t *testing.T, d handoff.Dir) {
			publish(t, d, body)
			damage(t, d, func([]byte) []byte { return []byte("hostname b\n") })
		}, 1, true},
		{"what a crash left behind is in nobody's way", func(t *testing.T, d handoff.Dir) {
			if err := os.WriteFile(d.Path(".frr.conf.tmp"), []byte("half"), 0o400); err != nil {
				t.Fatal(err)
			}
		}, 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := handoff.Dir(t.TempDir())
			tt.prepare(t, d)
			v, changed := publish(t, d, body)
			if v.Generation != tt.want || changed != tt.changed {
				t.Errorf("generation %d, changed %t, want %d, %t", v.Generation, changed, tt.want, tt.changed)
			}
			text, err := d.ReadDesired()
			if err != nil || string(text.Body) != body {
				t.Errorf("read back %q, %v", text.Body, err)
			}
			if names := files(t, d); len(names) != 1 {
				t.Errorf("the directory holds %q", names)
			}
		})
	}
}

func TestDamagedFilesAreRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		damage func(raw []byte) []byte
		want   string
	}{
		{"empty", func([]byte) []byte { return nil }, "it is empty"},
		{"cut short in the text", func(raw []byte) []byte { return raw[:len(raw)-1] }, "cut short or edited"},
		{"cut short in the header", func(raw []byte) []byte { return raw[:40] }, "does not begin with"},
		{"one letter changed", func(raw []byte) []byte { return bytes.Replace(raw, []byte("64512"), []byte("64513"), 1) }, "cut short or edited"},
		{"two texts in one", func(raw []byte) []byte { return append(raw, raw...) }, "cut short or edited"},
		{"binary", func([]byte) []byte { return []byte{0x7f, 'E', 'L', 'F', 0, 1, 2} }, "does not begin with"},
		{"binary below a proper header", func([]byte) []byte { return withHeader("hostname \x00a\n") }, "line 3 holds a NUL byte"},
		{"a generation that is no number", func(raw []byte) []byte { return bytes.Replace(raw, []byte("generation 1"), []byte("generation x"), 1) }, `generation "x"`},
		{"over 32 MiB", func([]byte) []byte { return bytes.Repeat([]byte("x"), handoff.MaxSize+1) }, "more than the limit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := handoff.Dir(t.TempDir())
			publish(t, d, body)
			damage(t, d, tt.damage)
			_, err := d.ReadDesired()
			var bad *handoff.FileError
			if !errors.As(err, &bad) || !strings.Contains(bad.Reason, tt.want) || bad.File != d.Path(handoff.ConfFile) {
				t.Errorf("error %v, want a *FileError with %q", err, tt.want)
			}
			if handoff.Absent(err) {
				t.Error("a damaged file counts as absent")
			}
		})
	}
}

func TestADirectoryInPlaceOfAFileIsRefused(t *testing.T) {
	t.Parallel()
	d := handoff.Dir(t.TempDir())
	if err := os.Mkdir(d.Path(handoff.ConfFile), 0o700); err != nil {
		t.Fatal(err)
	}
	var bad *handoff.FileError
	if _, err := d.ReadDesired(); !errors.As(err, &bad) {
		t.Errorf("error %v, want a *FileError", err)
	}
}

func TestAbsence(t *testing.T) {
	t.Parallel()
	d := handoff.Dir(t.TempDir())
	_, err1 := d.ReadDesired()
	_, err2 := d.ReadLastGood()
	_, err3 := d.ReadResult()
	for _, err := range []error{err1, err2, err3} {
		if !handoff.Absent(err) {
			t.Errorf("error %v, want one that means absence", err)
		}
	}
}

func TestPublishRefusesWhatIsNoText(t *testing.T) {
	t.Parallel()
	for name, text := range map[string][]byte{
		"a NUL byte": []byte("hostname \x00\n"), "more than 32 MiB": bytes.Repeat([]byte("x"), handoff.MaxSize),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := handoff.Dir(t.TempDir())
			var bad *handoff.FileError
			if _, _, err := d.Publish(text); !errors.As(err, &bad) {
				t.Errorf("error %v, want a *FileError", err)
			}
			if names := files(t, d); len(names) != 0 {
				t.Errorf("the directory holds %q", names)
			}
		})
	}
}

func TestLastGoodKeepsTheGenerationOfItsOrigin(t *testing.T) {
	t.Parallel()
	d := handoff.Dir(t.TempDir())
	if err := d.WriteLastGood(7, []byte(body)); err != nil {
		t.Fatal(err)
	}
	text, err := d.ReadLastGood()
	if err != nil || text.Generation != 7 || string(text.Body) != body {
		t.Errorf("read back %+v %q, %v", text.Version, text.Body, err)
	}
}

func damage(t *testing.T, d handoff.Dir, f func([]byte) []byte) {
	t.Helper()
	raw, err := os.ReadFile(d.Path(handoff.ConfFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.Path(handoff.ConfFile), f(raw), 0o600); err != nil {
		t.Fatal(err)
	}
}

func withHeader(text string) []byte {
	return fmt.Appendf(nil, "! frr-speaker generation 1\n! sha256 %x\n%s", sha256.Sum256([]byte(text)), text)
}

func files(t *testing.T, d handoff.Dir) []string {
	t.Helper()
	entries, err := filepath.Glob(filepath.Join(string(d), "*"))
	hidden, err2 := filepath.Glob(filepath.Join(string(d), ".*"))
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	return append(entries, hidden...)
}
