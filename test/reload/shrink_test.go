package reload

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"frr-speaker/test/lab"
)

// shrinkTime bounds the search for a shorter sequence that fails too.
const shrinkTime = 2 * time.Minute

// shrink looks for a short sequence of small states that still fails, and prints it. The last state
// is the one that failed.
func shrink(t *testing.T, v lab.FRRVersion, states []state) {
	until := time.Now().Add(shrinkTime)
	fails := func(candidate []state) bool {
		return time.Now().Before(until) && len(candidate) > 0 && walk(t, v, candidate) != nil
	}
	states = shortest(states, fails)
	states = dropEach(states, fails)
	states = halveRoutes(states, fails)
	t.Logf("the shortest sequence found that fails: %d states\n%s", len(states), story(t, states))
}

// shortest tries the last 2, 4, 8, ... states.
func shortest(states []state, fails func([]state) bool) []state {
	for n := 2; n < len(states); n *= 2 {
		if tail := states[len(states)-n:]; fails(tail) {
			return tail
		}
	}
	return states
}

// dropEach leaves out each state but the last that is not needed.
func dropEach(states []state, fails func([]state) bool) []state {
	for n := len(states) - 2; n >= 0; n-- {
		if shorter := slices.Delete(slices.Clone(states), n, n+1); fails(shorter) {
			states = shorter
		}
	}
	return states
}

// halveRoutes leaves out one half of the routes as long as one of them is not needed.
func halveRoutes(states []state, fails func([]state) bool) []state {
	for most(states) > 0 {
		smaller := false
		for odd := range 2 {
			half := slices.Clone(states)
			for n, s := range half {
				half[n] = s.keepRoutes(func(at int) bool { return at%2 == odd })
			}
			if most(half) < most(states) && fails(half) {
				states, smaller = half, true
				break
			}
		}
		if !smaller {
			return states
		}
	}
	return states
}

func most(states []state) int {
	n := 0
	for _, s := range states {
		n = max(n, s.routes())
	}
	return n
}

// story prints the first text, and then the lines by which each differs from the one before.
func story(t *testing.T, states []state) string {
	var out strings.Builder
	var before []string
	for n, s := range states {
		lines := inBlocks(string(s.text(t)))
		fmt.Fprintf(&out, "--- state %d\n", n)
		for _, l := range before {
			if !slices.Contains(lines, l) {
				fmt.Fprintf(&out, "- %s\n", l)
			}
		}
		for _, l := range lines {
			if !slices.Contains(before, l) {
				fmt.Fprintf(&out, "+ %s\n", l)
			}
		}
		before = lines
	}
	return out.String()
}
