package speaker

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPacer(t *testing.T) {
	tests := []struct {
		name  string
		took  time.Duration   // each pass; default: a second
		pokes []time.Duration // time from the end of a pass to the next poke
		want  []time.Duration // how long each poke waits
	}{
		{
			name:  "the first poke on an idle system waits for nothing",
			pokes: []time.Duration{0},
			want:  []time.Duration{0},
		},
		{
			name:  "pokes without a pause wait for twice as long each, up to the bound",
			pokes: []time.Duration{0, 0, 0, 0, 0, 0, 0, 0, 0},
			want: []time.Duration{
				0, 10 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond, 80 * time.Millisecond,
				160 * time.Millisecond, 320 * time.Millisecond, 500 * time.Millisecond, 500 * time.Millisecond,
			},
		},
		{
			name:  "where a pass takes little, so do the gaps",
			took:  5 * time.Millisecond,
			pokes: []time.Duration{0, 0, 0, 0, 0},
			want:  []time.Duration{0, 10 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond, 45 * time.Millisecond},
		},
		{
			name:  "changes that come slowly wait for nothing, even after a storm",
			took:  5 * time.Millisecond,
			pokes: []time.Duration{0, 0, 0, 0, 0, 50 * time.Millisecond, 50 * time.Millisecond},
			want:  []time.Duration{0, 10 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond, 45 * time.Millisecond, 0, 0},
		},
		{
			name:  "a pause counts towards the wait",
			pokes: []time.Duration{0, 4 * time.Millisecond},
			want:  []time.Duration{0, 6 * time.Millisecond},
		},
		{
			name:  "a quiet time makes the next poke immediate again, and forgets the storm",
			pokes: []time.Duration{0, 0, 0, 0, time.Second, 0},
			want: []time.Duration{
				0, 10 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond, 0, 10 * time.Millisecond,
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pace := pacer{min: minGap, max: maxGap}
				var got []time.Duration
				for _, pause := range tt.pokes {
					time.Sleep(pause) // the bubble's clock, not the machine's
					began := time.Now()
					if err := pace.wait(t.Context()); err != nil {
						t.Fatal(err)
					}
					got = append(got, time.Since(began))
					took := tt.took
					if took == 0 {
						took = time.Second
					}
					pace.done(took)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("waits (-want +got):\n%s", diff)
				}
			})
		})
	}
}
