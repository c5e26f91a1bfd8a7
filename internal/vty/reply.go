package vty

import (
	"bytes"
	"fmt"
	"strings"
)

// Status is the last byte of a reply (FRR's lib/command.h).
type Status byte

// The values that FRR's daemons send.
const (
	StatusSuccess      Status = 0
	StatusWarning      Status = 1
	StatusNoMatch      Status = 2 // unknown command, or a value out of range, or not this daemon's
	StatusAmbiguous    Status = 3
	StatusIncomplete   Status = 4
	StatusConfigFailed Status = 13
	StatusNotMine      Status = 14  // another instance of a multi-instance daemon
	StatusLocked       Status = 255 // mgmtd: the candidate datastore could not be locked
)

func (s Status) String() string {
	switch s {
	case StatusSuccess:
		return "success"
	case StatusWarning:
		return "warning"
	case StatusNoMatch:
		return "unknown command"
	case StatusAmbiguous:
		return "ambiguous command"
	case StatusIncomplete:
		return "incomplete command"
	case StatusConfigFailed:
		return "configuration failed"
	case StatusNotMine:
		return "not for this instance"
	case StatusLocked:
		return "configuration locked"
	default:
		return fmt.Sprintf("status %d", byte(s))
	}
}

// Reply is what a daemon answered to one command.
type Reply struct {
	Text   string // for people; its wording differs between versions
	Status Status
}

// Err judges the reply to a configuration line: a *Refused unless the line took effect.
// FRR reports some failures with status 0 and a text that starts with a percent sign, so
// such a text is a failure unless it is known to be harmless.
func (r Reply) Err() error {
	if r.Status == StatusSuccess && !complains(r.Text) {
		return nil
	}
	return &Refused{Status: r.Status, Message: strings.TrimSpace(r.Text)}
}

// Refused is a command that the daemon did not carry out.
type Refused struct {
	Status  Status
	Message string // the daemon's own words; may quote the command, and with it a secret
}

func (e *Refused) Error() string {
	if e.Message == "" {
		return e.Status.String()
	}
	return fmt.Sprintf("%s (%s)", e.Message, e.Status)
}

// complains looks at every line, because a failed batch is reported in front of the reply of the command
// that made FRR commit it.
func complains(text string) bool {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "%") && !harmless(line) {
			return true
		}
	}
	return false
}

// harmless is what bfdd says of every profile with echo mode, on success.
func harmless(line string) bool {
	return strings.HasPrefix(line, "% Echo mode works correctly for IPv4")
}

// trailer is the length of what follows the text: three NUL bytes and the status.
const trailer = 4

// parseReply takes one reply off the front of buf. It gives n == 0 while the reply is not complete.
// Bytes before from are known to hold no NUL, so that a long reply that arrives in pieces is searched once.
func parseReply(buf []byte, from int) (r Reply, n int, err error) {
	i := bytes.IndexByte(buf[from:], 0)
	if i < 0 {
		return Reply{}, 0, nil
	}
	end := from + i
	for k := end + 1; k < min(end+trailer-1, len(buf)); k++ {
		if buf[k] != 0 {
			return Reply{}, 0, &ProtocolError{Reason: fmt.Sprintf("byte 0x%02x in the trailer of a reply", buf[k])}
		}
	}
	if len(buf) < end+trailer {
		return Reply{}, 0, nil
	}
	return Reply{Text: string(buf[:end]), Status: Status(buf[end+trailer-1])}, end + trailer, nil
}

// ProtocolError says that the other end does not speak the vty protocol, or not as it should.
type ProtocolError struct{ Reason string }

func (e *ProtocolError) Error() string { return "vty protocol: " + e.Reason }
