package vty

import (
	"bytes"
	"errors"
	"testing"
)

func TestReplyErr(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		reply Reply
		want  string // of the error; empty: none
	}{
		{"silence with status 0 is success", Reply{}, ""},
		{"an unknown command", Reply{Text: "% [BGP] Unknown command: foo\n", Status: StatusNoMatch}, "% [BGP] Unknown command: foo (unknown command)"},
		{"a refusal without a percent sign", Reply{Text: "BGP is already running; AS is 64512\n", Status: StatusConfigFailed}, "BGP is already running; AS is 64512 (configuration failed)"},
		{"a refusal without a word", Reply{Status: StatusConfigFailed}, "configuration failed"},
		{"a warning is no success", Reply{Text: "{}", Status: StatusWarning}, "{} (warning)"},
		{"a value refused with status 0", Reply{Text: "% [BGP] Argument form is unsupported or malformed.\n"}, "% [BGP] Argument form is unsupported or malformed. (success)"},
		{"a line too long, with status 0", Reply{Text: "% Command is too long.\n"}, "% Command is too long. (success)"},
		{"a batch that failed at a later line", Reply{Text: "some note\n% Configuration failed.\n\nError type: validation\n"}, "some note\n% Configuration failed.\n\nError type: validation (success)"},
		{"a note about echo mode is harmless", Reply{Text: "% Echo mode works correctly for IPv4, but only partially for IPv6\n"}, ""},
		{"a harmless note does not hide a refusal", Reply{Text: "% Echo mode works correctly for IPv4\n% Invalid value\n"}, "% Echo mode works correctly for IPv4\n% Invalid value (success)"},
		{"advice is harmless", Reply{Text: "Graceful restart configuration changed, reset this peer to take effect\n"}, ""},
		{"nothing to commit is harmless", Reply{Text: "MGMTD: No changes found to be committed!\n"}, ""},
		{"a percent sign within a line is text", Reply{Text: "100 % of it\n"}, ""},
		{"mgmtd's lock", Reply{Text: "% command failed, could not lock candidate DS\n", Status: StatusLocked}, "% command failed, could not lock candidate DS (configuration locked)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := tt.reply.Err(); err != nil {
				got = err.Error()
				var r *Refused
				if !errors.As(err, &r) || r.Status != tt.reply.Status {
					t.Errorf("not a *Refused with status %d: %#v", tt.reply.Status, err)
				}
			}
			if got != tt.want {
				t.Errorf("error %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzParseReply checks that a reply is read the same in one piece and in two, that what is read is what was
// sent, and that nothing is made up.
func FuzzParseReply(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0}, uint16(1))
	f.Add([]byte("PING\n\x00\x00\x00\x00"), uint16(3))
	f.Add([]byte("% Command incomplete.\n\x00\x00\x00\x04"), uint16(21))
	f.Add([]byte("text\x00\x01\x00\x00"), uint16(5))
	f.Add([]byte("one\x00\x00\x00\x0dtwo\x00\x00\x00\x00"), uint16(6))
	f.Add([]byte("text\x00\x00"), uint16(0))
	f.Add([]byte("\x16\x03\x01\x00\x05junk"), uint16(2))
	f.Fuzz(func(t *testing.T, buf []byte, cut uint16) {
		r, n, err := parseReply(buf, 0)
		switch {
		case err != nil && n != 0:
			t.Fatalf("error %v and %d bytes taken", err, n)
		case n > 0:
			sent := append([]byte(r.Text), 0, 0, 0, byte(r.Status))
			if !bytes.Equal(sent, buf[:n]) {
				t.Fatalf("read %q as %+v", buf[:n], r)
			}
		case err == nil && bytes.IndexByte(buf, 0) >= 0 && len(buf)-bytes.IndexByte(buf, 0) >= trailer:
			t.Fatalf("a whole reply was not found in %q", buf)
		}
		// In two pieces: the second search starts where a trailer could have begun at the earliest.
		first := buf[:min(int(cut), len(buf))]
		r1, n1, err1 := parseReply(first, 0)
		if n1 == 0 && err1 == nil {
			r1, n1, err1 = parseReply(buf, max(0, len(first)-trailer))
		}
		if r1 != r || n1 != n || (err1 == nil) != (err == nil) {
			t.Fatalf("in one piece %+v, %d, %v; in two %+v, %d, %v", r, n, err, r1, n1, err1)
		}
	})
}
