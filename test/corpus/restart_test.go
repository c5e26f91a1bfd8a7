package corpus

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/intent"
	"frr-speaker/test/scenario"
)

// A speaker that restarts while objects are invalid goes on with what they said when they
// were last valid, just as one that was there all the time: in every scenario that says
// what was before, whether it restarts once or again and again.
func TestRestartKeepsWhatObjectsMeant(t *testing.T) {
	renderer, err := frrconfig.New()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, s := range readScenarios(t) {
		if !s.Has(scenario.Before) {
			continue
		}
		tried++
		t.Run(s.Name, func(t *testing.T) {
			before := read(t, s, scenario.Before)
			now := read(t, s, scenario.Now)
			then, last, err := s.Decide(renderer, before, nil)
			if err != nil {
				t.Fatal(err)
			}
			stayed, _, err := s.Decide(renderer, now, last)
			if err != nil {
				t.Fatal(err)
			}
			kept := written(t, intent.Remember(intent.Objects{}, before, then.Problems))
			for n := range 3 {
				recalled, _ := intent.Parse(kept, s.Options, nil)
				restarted, _, err := s.Decide(renderer, now, recalled)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(stayed.String(), restarted.String()); diff != "" {
					t.Errorf("restart %d (-one that stayed +one that restarted):\n%s", n+1, diff)
				}
				kept = written(t, intent.Remember(kept, now, restarted.Problems))
			}
		})
	}
	if tried < 10 {
		t.Errorf("only %d scenarios say what was before", tried)
	}
}

func read(t *testing.T, s *scenario.Scenario, section string) intent.Objects {
	t.Helper()
	objs, _, err := s.Objects(section)
	if err != nil {
		t.Fatal(err)
	}
	return objs
}

// written are the objects after a way through a file.
func written(t *testing.T, objs intent.Objects) intent.Objects {
	t.Helper()
	text, err := json.Marshal(objs)
	if err != nil {
		t.Fatal(err)
	}
	var again intent.Objects
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	return again
}
