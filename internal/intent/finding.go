package intent

import (
	"fmt"
	"slices"
	"strconv"
)

// complaint says what is wrong with a value, and what to do about it.
type complaint struct {
	message string
	remedy  string
}

func complain(remedy, format string, args ...any) *complaint {
	return &complaint{message: fmt.Sprintf(format, args...), remedy: remedy}
}

// findings is what is wrong with one object. A refusal makes the object unusable
// as it is; what follows depends on whether it was valid before. A warning does
// not, and says itself what follows.
type findings struct {
	ref      Ref
	refusals []Problem
	warnings []Problem
}

func (f *findings) refuse(field, remedy, format string, args ...any) {
	f.object(field, complain(remedy, format, args...))
}

// object refuses the object for a complaint about one field; nil is none.
func (f *findings) object(field string, c *complaint) {
	if c == nil {
		return
	}
	f.refusals = append(f.refusals, Problem{Object: f.ref, Field: field, Message: c.message, Remedy: c.remedy})
}

func (f *findings) warn(field, effect, remedy, format string, args ...any) {
	f.warnings = append(f.warnings, Problem{
		Object: f.ref, Field: field, Message: fmt.Sprintf(format, args...), Effect: effect, Remedy: remedy,
	})
}

// note is a warning about what changes nothing for the network.
func (f *findings) note(field, effect, remedy, message string) {
	f.warnings = append(f.warnings, Problem{Object: f.ref, Field: field, Message: message, Effect: effect, Remedy: remedy, Harmless: true})
}

func (f *findings) usable() bool { return len(f.refusals) == 0 }

// problems returns the refusals, with what follows from them, or else the
// warnings: those speak of a meaning that is in use only without refusals.
func (f *findings) problems(effect string) []Problem {
	if f.usable() {
		return f.warnings
	}
	refusals := slices.Clone(f.refusals)
	for i := range refusals {
		refusals[i].Effect = effect
	}
	return refusals
}

// fork returns findings that grow without touching these, which other passes may share.
func (f *findings) fork() findings {
	return findings{ref: f.ref, refusals: slices.Clip(f.refusals), warnings: slices.Clip(f.warnings)}
}

// maxQuoted is how many bytes of a value a message repeats.
const maxQuoted = 64

// quote prints a value that users wrote so that it can neither break a line nor fill a screen.
func quote(value string) string {
	if len(value) > maxQuoted {
		return strconv.QuoteToASCII(value[:maxQuoted]) + "..."
	}
	return strconv.QuoteToASCII(value)
}

// element names one entry of a list field.
func element(field string, index int) string { return field + "[" + strconv.Itoa(index) + "]" }
