package handoff_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/handoff"
)

func TestResultIsReadAsWritten(t *testing.T) {
	t.Parallel()
	d := handoff.Dir(t.TempDir())
	at := time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)
	want := handoff.Result{
		Desired: handoff.Version{Generation: 3, Digest: "ab"}, Running: handoff.Version{Generation: 2, Digest: "cd"},
		Phase: handoff.PhaseIdle, Outcome: handoff.OutcomeRolledBack, Since: at, Updated: at,
		Failures:  []handoff.Failure{{Phase: handoff.PhaseApply, Daemon: "bgpd", Line: "x", Number: 7, Message: "no", Object: "BGPPeer a"}},
		Drift:     []handoff.DriftLine{{Daemon: "bgpd", Block: "router bgp 1", Line: "y", Extra: true}},
		Durations: map[handoff.Phase]handoff.Milliseconds{handoff.PhaseApply: handoff.Milliseconds(1234567 * time.Nanosecond)},
		Counters:  handoff.Counters{Applied: 1, Refused: 2, RolledBack: 3, Drifts: 4, DaemonRestarts: 5},
		Daemons:   []handoff.Daemon{{Name: "bgpd", State: "up", PID: 9, Since: at}},
		Sessions:  []handoff.Session{{VRF: "default", Neighbor: "192.0.2.1", State: "Idle"}},
	}
	if err := d.WriteResult(want); err != nil {
		t.Fatal(err)
	}
	got, err := d.ReadResult()
	if err != nil {
		t.Fatal(err)
	}
	want.Durations[handoff.PhaseApply] = handoff.Milliseconds(1235 * time.Microsecond) // to the microsecond
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	info, err := os.Stat(d.Path(handoff.StatusFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
}

func TestMillisecondsAreNumbers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   time.Duration
		want string
	}{
		{"zero", 0, "0"},
		{"a whole number", 20 * time.Millisecond, "20"},
		{"microseconds are kept", 1500 * time.Microsecond, "1.5"},
		{"nanoseconds are not", 1499 * time.Nanosecond, "0.001"},
		{"an hour is no exponent", time.Hour, "3600000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, err := json.Marshal(handoff.Milliseconds(tt.in))
			if err != nil || string(b) != tt.want {
				t.Errorf("%s, %v, want %s", b, err, tt.want)
			}
		})
	}
}

func TestStale(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if (handoff.Result{Updated: now.Add(-handoff.RefreshInterval)}).Stale(now) {
		t.Error("a file that missed one refresh is stale")
	}
	if !(handoff.Result{Updated: now.Add(-time.Minute)}).Stale(now) {
		t.Error("a file of a minute ago is not stale")
	}
}
