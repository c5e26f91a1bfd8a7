package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"frr-speaker/internal/handoff"
)

// errNotApplied makes the exit status of "status" 1; what there is to say was said.
var errNotApplied = errors.New("FRR was not seen to run all of the desired configuration")

func newStatus(f *flags) *cobra.Command {
	format := ""
	c := &cobra.Command{
		Use:   "status",
		Short: "Show what is desired, what FRR runs, and how its sessions are",
		Long: "status prints what the running frr-reloader last wrote to status.json.\n" +
			"The exit status is 0 when FRR was seen to run all of the desired configuration, and that is current; otherwise 1.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := handoff.Dir(f.handoff).ReadResult()
			if handoff.Absent(err) {
				return fmt.Errorf("no status in %s: frr-reloader has not run there yet, or --handoff names another directory", f.handoff)
			}
			if err != nil {
				return err
			}
			return show(cmd.OutOrStdout(), r, format, time.Now())
		},
	}
	c.Flags().StringVarP(&format, "output", "o", "text", "`format`: text or json")
	return c
}

func show(w io.Writer, r handoff.Result, format string, now time.Time) error {
	switch format {
	case "json":
		b, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\n", b)
	case "text":
		showText(w, r, now)
	default:
		return fmt.Errorf("--output %q is unknown: use text or json", format)
	}
	if r.Outcome != handoff.OutcomeApplied || r.Desired != r.Running || r.Stale(now) {
		return errNotApplied
	}
	return nil
}

func showText(w io.Writer, r handoff.Result, now time.Time) {
	if r.Stale(now) {
		fmt.Fprintf(w, "STALE: written %s ago; frr-reloader is gone or stuck, FRR may do something else by now\n\n", age(r.Updated, now))
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "Outcome\t%s\n", outcome(r, now))
	fmt.Fprintf(t, "Phase\t%s\n", r.Phase)
	fmt.Fprintf(t, "Desired\t%s\n", version(r.Desired))
	fmt.Fprintf(t, "Running\t%s\n", version(r.Running))
	if len(r.Durations) > 0 {
		fmt.Fprintf(t, "Took\t%s\n", durations(r.Durations))
	}
	c := r.Counters
	fmt.Fprintf(t, "Since start\t%d applied, %d refused, %d rolled back, %d drifts, %d daemon restarts\n",
		c.Applied, c.Refused, c.RolledBack, c.Drifts, c.DaemonRestarts)
	if r.FRRVersion != "" {
		fmt.Fprintf(t, "FRR\t%s\n", r.FRRVersion)
	}
	_ = t.Flush()
	showFailures(w, r.Failures)
	showDrift(w, r.Drift)
	showDaemons(w, r.Daemons, now)
	showSessions(w, r.Sessions, now)
}

func outcome(r handoff.Result, now time.Time) string {
	what := map[handoff.Outcome]string{
		handoff.OutcomeNone:       "nothing attempted yet",
		handoff.OutcomeApplied:    "applied",
		handoff.OutcomePartial:    "partial: all but what failed runs",
		handoff.OutcomeRefused:    "refused: FRR was not touched",
		handoff.OutcomeRolledBack: "rolled back: FRR runs what it ran before",
		handoff.OutcomeFailed:     "failed: FRR does not run what it should; being repaired",
	}[r.Outcome]
	return fmt.Sprintf("%s, for %s", what, age(r.Since, now))
}

func version(v handoff.Version) string {
	if v.Digest == "" {
		return "none"
	}
	return fmt.Sprintf("generation %d, sha256 %.12s", v.Generation, v.Digest)
}

func durations(d map[handoff.Phase]handoff.Milliseconds) string {
	var parts []string
	for _, p := range []handoff.Phase{handoff.PhaseCheck, handoff.PhaseDiff, handoff.PhaseApply, handoff.PhaseVerify, handoff.PhaseRollback} {
		if took, ok := d[p]; ok {
			parts = append(parts, fmt.Sprintf("%s %s", p, time.Duration(took).Round(10*time.Microsecond)))
		}
	}
	return strings.Join(parts, ", ")
}

func showFailures(w io.Writer, failures []handoff.Failure) {
	for k, f := range failures {
		if k == 0 {
			fmt.Fprintln(w, "\nWhat failed")
		}
		where := []string{string(f.Phase)}
		for _, s := range []string{f.Daemon, f.Object} {
			if s != "" {
				where = append(where, s)
			}
		}
		if f.Number > 0 {
			where = append(where, fmt.Sprintf("line %d", f.Number))
		}
		fmt.Fprintf(w, "  %s\n", strings.Join(where, ", "))
		if f.Line != "" {
			fmt.Fprintf(w, "    %s\n", f.Line)
		}
		fmt.Fprintf(w, "    %s\n", f.Message)
	}
}

func showDrift(w io.Writer, drift []handoff.DriftLine) {
	for k, d := range drift {
		if k == 0 {
			fmt.Fprintln(w, "\nFRR differs from what was applied")
		}
		sign := "-"
		if d.Extra {
			sign = "+"
		}
		fmt.Fprintf(w, "  %s %s  %s  %s\n", sign, d.Daemon, d.Line, d.Block)
	}
}

func showDaemons(w io.Writer, daemons []handoff.Daemon, now time.Time) {
	if len(daemons) == 0 {
		return
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "DAEMON\tSTATE\tFOR\tPID\tRESTARTS\tLAST ERROR")
	for _, d := range daemons {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%s\n", d.Name, d.State, age(d.Since, now), d.PID, d.Restarts, orDash(d.LastError))
	}
	_ = t.Flush()
}

func showSessions(w io.Writer, sessions []handoff.Session, now time.Time) {
	if len(sessions) == 0 {
		return
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NEIGHBOR\tVRF\tAS\tSTATE\tFOR\tPREFIXES SENT\tFLAPS\tLAST RESET")
	for _, s := range sessions {
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%d\t%d\t%s\n", s.Neighbor, s.VRF, s.RemoteASN, s.State, age(s.Since, now), s.PrefixSent, s.Flaps, orDash(s.LastReset))
	}
	_ = t.Flush()
}

func age(t, now time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return max(now.Sub(t), 0).Round(time.Second).String()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
