package handoff

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// MaxSize bounds every file of the contract, in bytes. Ten thousand prefixes take half a megabyte.
const MaxSize = 32 << 20

const (
	generationPrefix = "! frr-speaker generation "
	digestPrefix     = "! sha256 "
	headerLines      = 2
)

// Text is a configuration as it lies in the directory.
type Text struct {
	Version
	Raw  []byte // the whole file; line numbers count from its first line
	Body []byte // what is below the header: a part of Raw
}

// split takes a file apart and verifies its digest.
func split(raw []byte) (Text, error) {
	if len(raw) == 0 {
		return Text{}, errors.New("it is empty")
	}
	v, body, err := cutHeader(raw)
	if err != nil {
		return Text{}, err
	}
	if got := digest(body); got != v.Digest {
		return Text{}, fmt.Errorf("its text does not have the SHA-256 that its header names (%.12s, header %.12s): it was cut short or edited by hand", got, v.Digest)
	}
	if err := checkBody(body); err != nil {
		return Text{}, err
	}
	return Text{Version: v, Raw: raw, Body: body}, nil
}

func cutHeader(raw []byte) (Version, []byte, error) {
	first, rest, ok1 := bytes.Cut(raw, []byte("\n"))
	second, body, ok2 := bytes.Cut(rest, []byte("\n"))
	generation, ok3 := strings.CutPrefix(string(first), generationPrefix)
	sum, ok4 := strings.CutPrefix(string(second), digestPrefix)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return Version{}, nil, fmt.Errorf("it does not begin with the lines %q and %q", generationPrefix+"N", digestPrefix+"HEX")
	}
	n, err := strconv.ParseInt(generation, 10, 64)
	if err != nil || n < 1 {
		return Version{}, nil, fmt.Errorf("its generation %q is not a positive number", generation)
	}
	return Version{Generation: n, Digest: sum}, body, nil
}

// checkBody refuses what is no text, before anybody gets to parse it.
func checkBody(body []byte) error {
	if len(body) > MaxSize-headerRoom {
		return fmt.Errorf("the text has %d bytes, more than the limit of %d", len(body), MaxSize-headerRoom)
	}
	if i := bytes.IndexByte(body, 0); i >= 0 {
		return fmt.Errorf("line %d holds a NUL byte: it is not text", headerLines+1+bytes.Count(body[:i], []byte("\n")))
	}
	return nil
}

// headerRoom is more than any header takes, in bytes.
const headerRoom = 256

func join(v Version, body []byte) []byte {
	b := make([]byte, 0, len(body)+headerRoom)
	b = fmt.Appendf(b, "%s%d\n%s%s\n", generationPrefix, v.Generation, digestPrefix, v.Digest)
	return append(b, body...)
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// limited stops a read at a bound without an error, unlike a file that grows for ever.
type limited struct {
	f    *os.File
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, io.EOF
	}
	n, err := l.f.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}
