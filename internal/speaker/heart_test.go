package speaker

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHeartNamesTasksThatFallSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHeart()
		loop, sink := h.Task("loop"), h.Task("frr sink")
		steps := []struct {
			after time.Duration
			beat  func()
			want  []string
		}{
			{beatTimeout, nil, nil},
			{time.Second, loop, []string{"frr sink"}},
			{beatTimeout, nil, []string{"frr sink"}},
			{time.Second, nil, []string{"frr sink", "loop"}},
			{0, sink, []string{"loop"}},
			{0, loop, nil},
		}
		for i, s := range steps {
			time.Sleep(s.after) // the bubble's clock, not the machine's
			if s.beat != nil {
				s.beat()
			}
			if diff := cmp.Diff(s.want, h.Stuck()); diff != "" {
				t.Errorf("step %d (-want +got):\n%s", i, diff)
			}
		}
	})
}
