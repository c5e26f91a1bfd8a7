package frrconfig

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"

	"frr-speaker/internal/bgp"
)

// maxLine bounds a line of the text, in bytes. FRR up to 10.5 cuts a line at 4096
// and takes the rest for a command.
const maxLine = 4000

// Error is something that must not reach FRR. It never holds a password.
type Error struct {
	Object  string // "BGPPeer tor-a", "BFDProfile fast", "bgpextras"; "" when it is about no object
	Field   string
	Problem string
}

// Error prints one line: "BGPPeer tor-a: vrf: holds a space".
func (e *Error) Error() string {
	text := e.Field + " " + e.Problem
	if e.Object != "" {
		text = e.Object + ": " + text
	}
	return "render configuration: " + text
}

// check looks at every string from outside and at what the text takes for
// granted. intent.Parse has refused all of it before with better words.
func check(s bgp.Speaker, o Options) error {
	if o.Hostname != "" {
		if err := checkWord("", "hostname", o.Hostname); err != nil {
			return err
		}
	}
	if err := CheckRaw(o.RawConfig); err != nil {
		return err
	}
	for _, p := range s.BFDProfiles {
		if err := CheckProfile(p); err != nil {
			return err
		}
	}
	ids := map[string]*bgp.Session{}
	for i := range s.Instances {
		for n := range s.Instances[i].Sessions {
			if err := checkSession(&s.Instances[i], &s.Instances[i].Sessions[n], ids); err != nil {
				return err
			}
		}
	}
	for i := range s.Instances {
		if err := checkRoutes(&s.Instances[i], ids); err != nil {
			return err
		}
	}
	return nil
}

// CheckProfile says whether Render takes a BFD profile: it returns an *Error, or nil.
func CheckProfile(p bgp.BFDProfile) error {
	return checkWord("BFDProfile "+strconv.Quote(p.Name), "name", p.Name)
}

// CheckSession says whether Render takes a session, whatever stands beside it: it
// returns an *Error, or nil.
func CheckSession(s bgp.Session) error {
	object := "BGPPeer " + s.Peer
	if err := checkWord("BGPPeer "+strconv.Quote(s.Peer), "name", s.Peer); err != nil {
		return err
	}
	words := []struct{ field, value string }{
		{"interface", s.Interface}, {"vrf", s.VRF}, {"bfdProfile", s.BFDProfile}, {"password", s.Password.Reveal()}, {"peerAddress", s.Addr.Zone()}, {"sourceAddress", s.SourceAddr.Zone()},
	}
	for _, w := range words {
		if w.value == "" {
			continue
		}
		if err := checkWord(object, w.field, w.value); err != nil {
			return err
		}
	}
	switch {
	case s.Interface == "" && !s.Addr.IsValid():
		return &Error{object, "peerAddress", "is missing"}
	case len(s.Families) == 0:
		return &Error{object, "families", "are missing"}
	}
	return nil
}

// checkSession looks at one session in its place and enters it into ids.
func checkSession(i *bgp.Instance, s *bgp.Session, ids map[string]*bgp.Session) error {
	if err := CheckSession(*s); err != nil {
		return err
	}
	object := "BGPPeer " + s.Peer
	switch {
	case s.VRF != i.VRF:
		return &Error{object, "vrf", fmt.Sprintf("is %q, and its instance's %q", s.VRF, i.VRF)}
	case ids[s.ID()] != nil:
		return &Error{object, "peerAddress", "is that of BGPPeer " + ids[s.ID()].Peer + " too"}
	}
	ids[s.ID()] = s
	return nil
}

// checkRoutes sees that every route goes to sessions that can have it.
func checkRoutes(i *bgp.Instance, ids map[string]*bgp.Session) error {
	seen := map[policyOfFamily]bool{}
	for _, route := range i.Routes {
		key := policyOfFamily{route.Policy, bgp.FamilyOf(route.Prefix.Addr())}
		if seen[key] {
			continue
		}
		seen[key] = true
		if route.Policy == nil || len(route.Policy.Exports) == 0 {
			return &Error{"", "route " + route.Prefix.String(), "goes to no session"}
		}
		for _, e := range route.Policy.Exports {
			s := ids[e.Session]
			if s == nil || s.VRF != i.VRF || !s.Carries(key.family) {
				return &Error{"", "route " + route.Prefix.String(), fmt.Sprintf("goes to session %q, which cannot have it", e.Session)}
			}
		}
	}
	return nil
}

// CheckRaw says whether Render takes a raw configuration: it returns an *Error,
// or nil. What the text means is for FRR to say.
func CheckRaw(raw string) error {
	if !utf8.ValidString(raw) {
		return &Error{"bgpextras", "text", "is not UTF-8"}
	}
	line := 1
	length := 0
	for i := range len(raw) {
		c := raw[i]
		length++
		switch {
		case c == '\n':
			line, length = line+1, 0
		case c == '\r' && i+1 < len(raw) && raw[i+1] == '\n', c == '\t':
		case c < ' ' || c == 0x7F:
			return &Error{"bgpextras", "line " + strconv.Itoa(line), "holds a control character"}
		}
		if length > maxLine {
			return &Error{"bgpextras", "line " + strconv.Itoa(line), "is longer than FRR reads"}
		}
	}
	return nil
}

// checkWord says whether a string is one word for FRR. The value is not printed:
// it may be a password.
func checkWord(object, field, value string) error {
	if value == "" {
		return &Error{object, field, "is empty"}
	}
	for _, r := range value {
		switch {
		case r == ' ':
			return &Error{object, field, "holds a space"}
		case r < ' ' || r == 0x7F:
			return &Error{object, field, "holds a control character"}
		case r > '~':
			return &Error{object, field, "holds a character beyond ASCII"}
		}
	}
	return nil
}

// checkText looks at what was rendered, whatever it came from. It names no
// content: it may be a password.
func checkText(text []byte) error {
	line := 1
	for len(text) > 0 {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			return &Error{"", "line " + strconv.Itoa(line), "has no end"}
		}
		if end > maxLine {
			return &Error{"", "line " + strconv.Itoa(line), "is longer than FRR reads"}
		}
		text = text[end+1:]
		line++
	}
	return nil
}
