package reload

import (
	"slices"
	"testing"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/frrconfig"
)

// state is one thing that a node is to run. It is complete: a sequence of states
// can lose any of its members and is still a sequence.
type state struct {
	hasty   bool // the next one follows before this one is applied
	bgp     bgp.Speaker
	options frrconfig.Options
}

func (s state) text(t testing.TB) []byte {
	t.Helper()
	text, err := frrconfig.Render(s.bgp, s.options)
	if err != nil {
		t.Fatalf("render: %v", err)
	}
	return text
}

// instance is the one BGP instance; false when there is none.
func (s state) instance() (bgp.Instance, bool) {
	if len(s.bgp.Instances) == 0 {
		return bgp.Instance{}, false
	}
	return s.bgp.Instances[0], true
}

// routes is how many prefixes the state announces.
func (s state) routes() int {
	i, _ := s.instance()
	return len(i.Routes)
}

// keepRoutes is the state with only the routes whose position satisfies keep.
func (s state) keepRoutes(keep func(n int) bool) state {
	instances := slices.Clone(s.bgp.Instances)
	for k := range instances {
		var kept []bgp.Route
		for n, r := range instances[k].Routes {
			if keep(n) {
				kept = append(kept, r)
			}
		}
		instances[k].Routes = kept
	}
	s.bgp.Instances = instances
	return s
}
