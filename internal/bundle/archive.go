package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"time"

	"frr-speaker/internal/frrdiff"
)

// File is a file of the archive, below its one directory.
type File struct {
	Name string
	Text []byte
}

// Text is a file of FRR configuration, a log or anything else that may quote a line of
// configuration: secrets are taken out of every line.
func Text(name string, text []byte) File {
	return File{Name: name, Text: []byte(frrdiff.Redact(string(text)))}
}

// Tail is Text for the last so many bytes, from the beginning of a line.
func Tail(name string, text []byte, limit int) File {
	if len(text) > limit {
		text = text[len(text)-limit:]
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			text = text[i+1:]
		}
	}
	return Text(name, text)
}

// Write writes the archive, tar in gzip, with everything in one directory.
func Write(w io.Writer, directory string, at time.Time, files []File) error {
	zipped := gzip.NewWriter(w)
	archive := tar.NewWriter(zipped)
	for _, f := range files {
		head := &tar.Header{
			Typeflag: tar.TypeReg, Name: directory + "/" + f.Name, Mode: 0o600, Size: int64(len(f.Text)), ModTime: at, Format: tar.FormatPAX,
		}
		if err := archive.WriteHeader(head); err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
		if _, err := archive.Write(f.Text); err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("write the archive: %w", err)
	}
	if err := zipped.Close(); err != nil {
		return fmt.Errorf("write the archive: %w", err)
	}
	return nil
}
