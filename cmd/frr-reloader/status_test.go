package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/handoff"
)

var at = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func applied() handoff.Result {
	v := handoff.Version{Generation: 12, Digest: "0123456789abcdef0123456789abcdef"}
	return handoff.Result{
		Desired: v, Running: v, Phase: handoff.PhaseIdle, Outcome: handoff.OutcomeApplied, Since: at.Add(-time.Hour), Updated: at,
		Durations:  map[handoff.Phase]handoff.Milliseconds{handoff.PhaseDiff: handoff.Milliseconds(300 * time.Microsecond), handoff.PhaseApply: handoff.Milliseconds(2 * time.Millisecond)},
		Counters:   handoff.Counters{Applied: 12, DaemonRestarts: 1},
		FRRVersion: "8.4.4",
		Daemons:    []handoff.Daemon{{Name: "bgpd", State: "up", PID: 42, Since: at.Add(-time.Minute), Restarts: 1, LastError: "signal: killed"}},
		Sessions: []handoff.Session{
			{VRF: "default", Neighbor: "192.0.2.1", RemoteASN: 65001, State: "Established", Since: at.Add(-time.Minute), PrefixSent: 100, Flaps: 1, LastReset: "BFD down received"},
		},
	}
}

func TestStatusForPeople(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := show(&out, applied(), "text", at); err != nil {
		t.Fatal(err)
	}
	want := `Outcome      applied, for 1h0m0s
Phase        idle
Desired      generation 12, sha256 0123456789ab
Running      generation 12, sha256 0123456789ab
Took         diff 300µs, apply 2ms
Since start  12 applied, 0 refused, 0 rolled back, 0 drifts, 1 daemon restarts
FRR          8.4.4

DAEMON  STATE  FOR   PID  RESTARTS  LAST ERROR
bgpd    up     1m0s  42   1         signal: killed

NEIGHBOR   VRF      AS     STATE        FOR   PREFIXES SENT  FLAPS  LAST RESET
192.0.2.1  default  65001  Established  1m0s  100            1      BFD down received
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
}

func TestStatusSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(r *handoff.Result)
		want   []string
	}{
		{"nothing yet", func(r *handoff.Result) { *r = handoff.Result{Updated: at} }, []string{"nothing attempted yet", "Desired      none"}},
		{"stale", func(r *handoff.Result) { r.Updated = at.Add(-time.Hour) }, []string{"STALE: written 1h0m0s ago"}},
		{"something newer is desired", func(r *handoff.Result) { r.Desired.Generation = 13 }, []string{"generation 13"}},
		{"refused", func(r *handoff.Result) {
			r.Outcome = handoff.OutcomeRefused
			r.Failures = []handoff.Failure{{Phase: handoff.PhaseCheck, Daemon: "bgpd", Line: "neighbor x", Number: 7, Message: "No such command", Object: "BGPPeer a"}}
		}, []string{"refused: FRR was not touched", "check, bgpd, BGPPeer a, line 7", "    neighbor x", "    No such command"}},
		{"partial", func(r *handoff.Result) { r.Outcome = handoff.OutcomePartial }, []string{"partial"}},
		{"failed, with drift", func(r *handoff.Result) {
			r.Outcome = handoff.OutcomeFailed
			r.Drift = []handoff.DriftLine{{Daemon: "bgpd", Block: "router bgp 1", Line: "network a", Extra: true}, {Daemon: "bgpd", Line: "network b"}}
		}, []string{"being repaired", "+ bgpd  network a  router bgp 1", "- bgpd  network b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := applied()
			tt.change(&r)
			var out bytes.Buffer
			if err := show(&out, r, "text", at); err == nil {
				t.Error("the exit status would be 0")
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in\n%s", want, out.String())
				}
			}
		})
	}
}

func runCommand(t *testing.T, env map[string]string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(context.Background(), args, func(key string) string { return env[key] }, &out, &errs)
	return status, out.String(), errs.String()
}

func TestStatusCommand(t *testing.T) {
	t.Parallel()
	d := handoff.Dir(t.TempDir())
	status, _, stderr := runCommand(t, nil, "status", "--handoff", string(d))
	if status != 1 || !strings.Contains(stderr, "frr-reloader has not run there yet") {
		t.Errorf("without a status: %d, %s", status, stderr)
	}
	r := applied()
	r.Updated = time.Now()
	if err := d.WriteResult(r); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := runCommand(t, map[string]string{handoff.EnvDir: string(d)}, "status", "-o", "json")
	var got handoff.Result
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || status != 0 || got.Desired != r.Desired {
		t.Errorf("as JSON: %d, %v, %s", status, err, stderr)
	}
	if status, _, stderr = runCommand(t, nil, "status", "--handoff", string(d), "-o", "xml"); status != 1 || !strings.Contains(stderr, "use text or json") {
		t.Errorf("as XML: %d, %s", status, stderr)
	}
	if err := os.WriteFile(d.Path(handoff.StatusFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, _ = runCommand(t, nil, "status", "--handoff", string(d)); status != 1 {
		t.Error("a damaged status is exit status 0")
	}
}

func TestBadFlagsAreExplained(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"a log level", []string{"--log-level", "loud"}, "use all, debug, info, warn, error or none"},
		{"what to do about drift", []string{"--drift", "ignore"}, "use repair or report"},
		{"a hang of no time", []string{"--hang-timeout", "0s"}, "use at least 2s"},
		{"a port", []string{"--bgp-port", "70000"}, "use 0 to 65535"},
		{"no FRR", []string{"--frr-bin", "/nonexistent", "--handoff", t.TempDir(), "--run-dir", t.TempDir()}, "install FRR"},
		{"an argument", []string{"fnord"}, "fnord"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status, _, stderr := runCommand(t, nil, tt.args...)
			if status != 1 || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit status %d, %s, want 1 and %q", status, stderr, tt.want)
			}
		})
	}
}
