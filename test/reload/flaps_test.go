package reload

import (
	"context"
	"fmt"
	"testing"

	"frr-speaker/test/lab"
)

// TestFlapsGoOnWhenBgpdIsKilled compares what frr-reloader counts, over some lives of bgpd, with what the router does.
func TestFlapsGoOnWhenBgpdIsKilled(t *testing.T) {
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		ctx := t.Context()
		r := newLateRig(t, v, lateKind{name: "FRR"})
		publish(t, r.dir(), lateState(false))
		if err := r.node.StartReloader(); err != nil {
			t.Fatal(err)
		}
		for deaths := range 3 {
			if deaths > 0 {
				if err := r.node.KillDaemon("bgpd"); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.counted(ctx, deaths); err != nil {
				t.Fatalf("after %d deaths: %v\n%s", deaths, err, r.lab.Tails(20))
			}
			sessions, err := r.router.Sessions(ctx)
			if err != nil || len(sessions) != 1 || sessions[0].Drops != deaths {
				t.Errorf("after %d deaths the router says %+v (%v)", deaths, sessions, err)
			}
		}
	})
}

// counted waits until the session is up, and was lost with each bgpd so far.
func (r *lateRig) counted(ctx context.Context, deaths int) error {
	if err := r.applied(ctx, deaths); err != nil {
		return err
	}
	reason := ""
	if deaths > 0 {
		reason = "bgpd ended"
	}
	return lab.Eventually(ctx, patience, func() error {
		result, err := r.dir().ReadResult()
		if err != nil {
			return err
		}
		if s := result.Sessions; len(s) != 1 || s[0].State != "Established" || s[0].Flaps != deaths || s[0].LastReset != reason {
			return fmt.Errorf("status.json says %+v", s)
		}
		return nil
	})
}
