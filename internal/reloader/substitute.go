package reloader

import (
	"slices"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/handoff"
)

// substitutes finds what to run in place of objects whose lines FRR does not take.
type substitutes struct {
	old      *frrdiff.Config // that was last verified; nil when none was
	tried    map[string]substitute
	failures []handoff.Failure // the first of each object
	guessed  []handoff.Failure // of these, those of lines that are nobody's: the snippet was held to be at fault
}

// substitute is what an object has instead of what is wanted of it, each less than the one before.
type substitute int

const (
	asWanted    substitute = iota
	oldSessions            // its lines in "router bgp" as they were, and its filters as they are to be
	oldLines               // all as it was
	nothing
)

// blame is the failures to act on. Where lines of objects fail, what else fails may only follow from them. A check that
// names nobody's line alone is held against the snippet: one of its lines may have led FRR out of the block that it shares.
func (s *substitutes) blame(c *frrdiff.Config, failures []handoff.Failure) []handoff.Failure {
	named := slices.DeleteFunc(slices.Clone(failures), func(f handoff.Failure) bool { return f.Object == "" })
	switch {
	case len(named) > 0:
		return named
	case len(failures) == 0 || failures[0].Phase != handoff.PhaseCheck || !slices.Contains(c.Objects(), snippet):
		return failures
	}
	for _, f := range failures {
		f.Object = snippet
		f.Message += "; FRR takes it without the text of " + snippet
		named = append(named, f)
	}
	s.guessed = named
	return named
}

// note takes down what failed. Lines that were put in place of others are not reported: nobody wrote them now.
func (s *substitutes) note(failures []handoff.Failure) {
	for _, f := range failures {
		if s.tried[f.Object] == asWanted {
			s.failures = append(s.failures, f)
		}
	}
}

// instead is c with less of the objects that failed; nil when there is none to blame, or nothing of it left.
func (s *substitutes) instead(c *frrdiff.Config, failures []handoff.Failure) *frrdiff.Config {
	if s.tried == nil {
		s.tried = map[string]substitute{}
	}
	var done []string
	for _, f := range failures {
		if f.Object == "" {
			return nil
		}
		if slices.Contains(done, f.Object) {
			continue
		}
		done = append(done, f.Object)
		if c = s.next(c, f.Object); c == nil {
			return nil
		}
	}
	return c
}

// next is c with the next best of an object. A raw snippet has no last good state: what its lines mean depends on
// all the others.
func (s *substitutes) next(c *frrdiff.Config, object string) *frrdiff.Config {
	for s.tried[object] < nothing {
		s.tried[object]++
		switch best := s.tried[object]; {
		case best == nothing && slices.Contains(c.Objects(), object):
			return c.Without(object)
		case best == nothing || s.old == nil || object == snippet:
			continue
		default:
			if kept := c.Keep(object, s.old, best == oldLines); kept != nil {
				return kept
			}
		}
	}
	return nil
}

// refused is what failed when there is nothing left to leave out: where nobody is at fault, the snippet is not.
func (s *substitutes) refused() []handoff.Failure {
	return slices.DeleteFunc(s.failures, func(f handoff.Failure) bool { return slices.Contains(s.guessed, f) })
}

// report is what failed, and what became of it.
func (s *substitutes) report() []handoff.Failure {
	for k, f := range s.failures {
		if at := s.tried[f.Object]; at == oldSessions || at == oldLines {
			s.failures[k].Message += "; " + f.Object + " goes on as it was"
		}
	}
	return s.failures
}
