package reload

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/collector"
	"frr-speaker/test/lab/labtest"
)

// patience bounds every wait of which the length is not what is tested, on a machine that is so busy that a
// daemon takes ten seconds to start.
const patience = 45 * time.Second

// rig is a node with peers that record what they hear. Nothing runs on the node yet.
type rig struct {
	version lab.FRRVersion
	lab     *lab.Lab
	network *lab.Network
	node    *lab.Node
	peers   map[string]*lab.Collector

	args  []string     // of frr-reloader
	other *lab.Process // frr-reloader as start made it with more arguments

	passwords map[channel]string // that peers expect
	marks     map[string]int     // what of a peer's record was looked at
}

// rigOptions say what of a rig differs from test to test.
type rigOptions struct {
	container bool          // frr-reloader is process 1 of a PID namespace
	args      []string      // of frr-reloader
	restart   time.Duration // graceful restart time that the peers offer
	objects   string        // directory of objects for speaker
}

// onEachFRR runs a test once per FRR version. A version that is missing fails.
func onEachFRR(t *testing.T, test func(t *testing.T, v lab.FRRVersion)) {
	for _, v := range lab.FRRVersions() {
		t.Run(v.String(), func(t *testing.T) { test(t, v) })
	}
}

func newRig(t testing.TB, v lab.FRRVersion, o rigOptions) *rig {
	t.Helper()
	l := labtest.New(t, lab.Options{Binaries: os.Getenv("LAB_BINARIES")}) // of an earlier build, or its own
	r := &rig{version: v, lab: l, peers: map[string]*lab.Collector{}, args: o.args, passwords: map[channel]string{}, marks: map[string]int{}}
	r.network = labtest.Must(l.NewNetwork(t.Context(), lab.NetworkOptions{Prefix4: prefix4, Prefix6: prefix6}))(t)
	for _, p := range peersThatAnswer {
		r.peers[p.name] = labtest.Must(l.StartCollector(t.Context(), lab.CollectorOptions{
			HostOptions: r.at(p.name, p.addr4, p.addr6), Port: p.port,
			Options: collector.Options{ASN: p.asn, Restart: o.restart},
		}))(t)
	}
	r.node = newNode(t, l, v, r.at("node", node4, node6), o)
	return r
}

func (r *rig) at(name string, addr4, addr6 netip.Addr) lab.HostOptions {
	return lab.HostOptions{Name: name, Networks: []lab.Attachment{{Network: r.network, Addr4: addr4, Addr6: addr6}}}
}

// newNode makes a node with a second address per family.
func newNode(t testing.TB, l *lab.Lab, v lab.FRRVersion, at lab.HostOptions, o rigOptions) *lab.Node {
	t.Helper()
	node := labtest.Must(l.NewNode(t.Context(), lab.NodeOptions{
		HostOptions: at, Version: v, SharedPIDs: !o.container, ReloaderArgs: o.args, ObjectsDir: o.objects,
	}))(t)
	// A deprecated address is no source unless it is asked for (RFC 6724, rule 3).
	for _, add := range [][]string{{fmt.Sprintf("%v/24", other4)}, {fmt.Sprintf("%v/64", other6), "nodad", "preferred_lft", "0"}} {
		args := append([]string{"/usr/sbin/ip", "address", "add", add[0], "dev", link}, add[1:]...)
		labtest.Must(node.Exec(t.Context(), args...))(t)
	}
	return node
}

// dir is the shared directory as the node sees it.
func (r *rig) dir() handoff.Dir {
	return handoff.Dir(fmt.Sprintf("/proc/%d/root%s", r.node.PID(), r.node.HandoffDir()))
}

// start starts frr-reloader with more arguments than it has on this rig anyway.
func (r *rig) start(more ...string) error {
	if len(more) == 0 {
		return r.node.StartReloader()
	}
	p, err := r.node.StartProcess(lab.ProcessOptions{Name: "frr-reloader", Args: append(r.command(), more...)})
	r.other = p
	return err
}

// command is how frr-reloader is run on this rig.
func (r *rig) command() []string {
	bin := os.Getenv("LAB_BINARIES")
	if bin == "" {
		bin = filepath.Join(r.lab.Dir(), "bin")
	}
	return append([]string{filepath.Join(bin, "frr-reloader"), "--handoff", r.node.HandoffDir(), "--run-dir", "/var/run/frr"}, r.args...)
}

// expect tells the peers which passwords the sessions of a state have. Connections that stand keep theirs.
func (r *rig) expect(s state) error {
	want := map[channel]string{}
	i, _ := s.instance()
	for _, session := range i.Sessions {
		if p, up := answering(session); up {
			want[channel{p.name, sourceOf(session)}] = session.Password.Reveal()
		}
	}
	for name, peer := range r.peers {
		for _, source := range []netip.Addr{node4, node6, other4, other6} {
			c := channel{name, source}
			if r.passwords[c] == want[c] {
				continue
			}
			if err := peer.SetPassword(source, want[c]); err != nil {
				return err
			}
			r.passwords[c] = want[c]
		}
	}
	return nil
}

// publish makes a state what the node is to run.
func (r *rig) publish(t testing.TB, s state) handoff.Version {
	t.Helper()
	if err := r.expect(s); err != nil {
		t.Fatal(err)
	}
	return publish(t, r.dir(), s)
}

func publish(t testing.TB, dir handoff.Dir, s state) handoff.Version {
	t.Helper()
	v, _, err := dir.Publish(s.text(t))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// errVerdict is that frr-reloader came to another verdict than applied.
var errVerdict = errors.New("not applied")

// statusPoll is how often status.json is read while waiting.
const statusPoll = 3 * time.Millisecond

// awaitApplied waits until frr-reloader says that it verified a version, or that it will not.
// "Failed" is no verdict: it is being worked on.
func awaitApplied(ctx context.Context, dir handoff.Dir, v handoff.Version) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(statusPoll)
	defer tick.Stop()
	for {
		result, err := dir.ReadResult()
		switch {
		case err != nil && !handoff.Absent(err):
			return err
		case err == nil && result.Desired == v && result.Phase == handoff.PhaseIdle && result.Outcome != handoff.OutcomeNone && result.Outcome != handoff.OutcomeFailed:
			if result.Outcome != handoff.OutcomeApplied {
				return fmt.Errorf("%w: outcome %q, failures %+v, drift %+v", errVerdict, result.Outcome, result.Failures, result.Drift)
			}
			if result.Running != v {
				return fmt.Errorf("%w: applied, but running generation %d, desired %d", errVerdict, result.Running.Generation, v.Generation)
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("generation %d not applied: outcome %q, phase %q, failures %+v: %w",
				v.Generation, result.Outcome, result.Phase, result.Failures, ctx.Err())
		case <-tick.C:
		}
	}
}

// await waits until the peers hold just what was meant.
func (r *rig) await(ctx context.Context, all map[channel]rib, limit time.Duration) error {
	ctx, cancel := lab.WithTimeout(ctx, limit)
	defer cancel()
	for _, p := range peersThatAnswer {
		peer := r.peers[p.name]
		err := peer.Wait(ctx, func() error {
			for _, source := range []netip.Addr{node4, node6, other4, other6} {
				c := channel{p.name, source}
				want, session := all[c]
				if peer.Established(source) != session {
					return fmt.Errorf("%v: session is up: %t, is to be: %t", c, !session, session)
				}
				if err := holds(peer.RIB(source), want); err != nil {
					return fmt.Errorf("%v: %w", c, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// holds compares what a peer holds with what it is to.
func holds(have map[netip.Prefix]collector.Route, want rib) error {
	for prefix, how := range want {
		route, found := have[prefix]
		if !found {
			return fmt.Errorf("%v is missing (%d of %d routes are there)", prefix, len(have), len(want))
		}
		if got := heard(route.Attributes); got != how {
			return fmt.Errorf("%v is announced as\n%s, not as\n%s", prefix, got, how)
		}
	}
	for prefix := range have {
		if _, wanted := want[prefix]; !wanted {
			return fmt.Errorf("%v is not to be announced", prefix)
		}
	}
	return nil
}

// live are the sessions of a state that come up.
func live(s state) []bgp.Session {
	var up []bgp.Session
	i, _ := s.instance()
	for _, session := range i.Sessions {
		if _, answers := answering(session); answers {
			up = append(up, session)
		}
	}
	return up
}
