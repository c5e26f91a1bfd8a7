package reload

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/collector"
	"frr-speaker/test/lab/labtest"
)

// comeback is a death that takes all routes from the peers, and how soon they are to be back. The
// goal is for a machine at rest; the bound, which a test fails beyond, for processes with the race
// detector, on a machine whose tasks do not wait for a CPU.
type comeback struct {
	name        string
	container   bool
	bfd         bool // the peer is an FRR router, with BFD
	strike      func(context.Context, *rig) error
	goal, bound time.Duration
}

var comebacks = []comeback{
	{name: "bgpd is killed", strike: killed("bgpd"), goal: time.Second, bound: 8 * time.Second},
	{name: "bgpd is killed, with BFD", bfd: true, strike: killed("bgpd"), goal: 4 * time.Second, bound: 15 * time.Second},
	{name: "zebra is killed", strike: killed("zebra"), goal: 2 * time.Second, bound: 10 * time.Second},
	{name: "zebra is killed, with BFD", bfd: true, strike: killed("zebra"), goal: 5 * time.Second, bound: 15 * time.Second},
	{name: "the container starts", container: true, strike: started, goal: time.Second, bound: 10 * time.Second},
	{name: "the container starts, with BFD", container: true, bfd: true, strike: started, goal: 4 * time.Second, bound: 15 * time.Second},
}

// comebackRoutes is how many routes are away.
const comebackRoutes = 1000

// Rounds of which the median is taken.
const (
	testRounds  = 2
	benchRounds = 10
)

// TestRoutesComeBack measures it coarsely; BenchmarkRoutesComeBack does so for the record.
func TestRoutesComeBack(t *testing.T) {
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		for _, c := range comebacks {
			t.Run(c.name, func(t *testing.T) {
				watch := lab.StartStopwatch()
				took := c.measure(t, v, testRounds)
				bound := c.bound + watch.Waited()
				t.Logf("%v: %d routes are back after %v; the median is %s, the goal %s", v, comebackRoutes, took, median(took), c.goal)
				if median(took) > bound {
					t.Errorf("that is more than %s", bound)
				}
			})
		}
	})
}

// BenchmarkRoutesComeBack reports the median of ten rounds, in seconds.
func BenchmarkRoutesComeBack(b *testing.B) {
	for _, v := range lab.FRRVersions() {
		for _, c := range comebacks {
			b.Run(fmt.Sprintf("frr=%d/%s", v, c.name), func(b *testing.B) {
				var took []time.Duration
				for b.Loop() {
					took = append(took, c.measure(b, v, benchRounds)...)
				}
				b.ReportMetric(median(took).Seconds(), "s-median")
				b.ReportMetric(slices.Max(took).Seconds(), "s-max")
				b.ReportMetric(c.goal.Seconds(), "s-goal")
				b.ReportMetric(0, "ns/op") // it says nothing: a round is more than the comeback
			})
		}
	}
}

func median(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func killed(daemon string) func(context.Context, *rig) error {
	return func(_ context.Context, r *rig) error { return r.node.KillDaemon(daemon) }
}

// started starts the container; prepare has ended the one before.
func started(_ context.Context, r *rig) error { return r.start() }

// audience is who has the routes.
type audience interface {
	// mark is called before the routes go, gone and complete wait; complete returns when the last route came.
	mark(context.Context) error
	gone(context.Context) error
	complete(context.Context) (time.Time, error)
}

// measure lets it happen some times, each with a supervisor that has seen no death before.
func (c comeback) measure(t testing.TB, v lab.FRRVersion, rounds int) []time.Duration {
	t.Helper()
	ctx := t.Context()
	r := newRig(t, v, rigOptions{container: c.container})
	s := comebackState(c.bfd)
	var who audience = &collectors{rig: r, state: at(s)}
	if c.bfd {
		who = newRouter(t, r)
	}
	r.publish(t, s)
	if err := errors.Join(r.start(), r.settled(ctx, who)); err != nil {
		t.Fatal(err)
	}
	var took []time.Duration
	for range rounds {
		d, err := c.round(ctx, r, who)
		if err != nil {
			t.Fatalf("%v\n%s", err, r.lab.Tails(20))
		}
		took = append(took, d.Round(time.Millisecond))
	}
	return took
}

func (c comeback) round(ctx context.Context, r *rig, who audience) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	if err := errors.Join(r.node.KillReloader(), os.Remove(r.dir().Path(handoff.StatusFile))); err != nil {
		return 0, err
	}
	if !c.container { // adopts the daemons
		if err := errors.Join(r.start(), r.settled(ctx, who)); err != nil {
			return 0, err
		}
	}
	if err := who.mark(ctx); err != nil {
		return 0, err
	}
	if c.container { // last-good.conf is all that the new one finds
		if err := os.Remove(r.dir().Path(handoff.ConfFile)); err != nil && !os.IsNotExist(err) {
			return 0, err
		}
	}
	began := time.Now()
	if err := c.strike(ctx, r); err != nil {
		return 0, err
	}
	if err := who.gone(ctx); err != nil {
		return 0, err
	}
	end, err := who.complete(ctx)
	return end.Sub(began), err
}

// settled waits until frr-reloader has applied and kept what there is, and the peers have it.
func (r *rig) settled(ctx context.Context, who audience) error {
	err := lab.Eventually(ctx, patience, func() error {
		result, err := r.dir().ReadResult()
		if err != nil || result.Outcome != handoff.OutcomeApplied || result.Phase != handoff.PhaseIdle {
			return errors.Join(err, fmt.Errorf("status.json says %q, %+v", result.Outcome, result.Failures))
		}
		kept, err := r.dir().ReadLastGood()
		if err == nil && kept.Digest != result.Running.Digest {
			err = errors.New("last-good.conf is another text")
		}
		return err
	})
	if err == nil {
		_, err = who.complete(ctx)
	}
	return err
}

// routerAddr is where the FRR router of these tests is.
var routerAddr = netip.MustParseAddr("192.0.2.4")

const routerASN = 65004

func comebackState(bfd bool) state {
	w := &world{asn: nodeASN, routes: map[netip.Prefix]int{}, extras: make([]bool, len(rawSnippets))}
	w.sessions = plainSessions()[:3]
	if bfd {
		w.sessions = []bgp.Session{{
			Peer: "router", Addr: routerAddr, Families: []bgp.Family{bgp.IPv4Unicast}, ConnectTime: time.Second,
			RemoteAS: bgp.RemoteAS{Number: routerASN}, BFD: true,
		}}
	}
	w.policies = []policy{{name: "all", all: true, same: bgp.Attributes{Communities: []bgp.Community{bgp.NewCommunity(64512, 1)}}}}
	for n := range comebackRoutes {
		w.routes[host4(10+n/200, n%200)] = 0
	}
	return w.state()
}

// collectors are the peers that record what they hear.
type collectors struct {
	rig   *rig
	state moment
	marks map[string]int
}

func (c *collectors) mark(context.Context) error {
	c.marks = map[string]int{}
	for name, peer := range c.rig.peers {
		c.marks[name] = peer.Mark()
	}
	return nil
}

func (c *collectors) gone(ctx context.Context) error {
	for ch := range c.state.means {
		_, err := c.rig.peers[ch.peer].WaitEvent(ctx, c.marks[ch.peer], func(e collector.Event) bool {
			return e.Neighbor == ch.source && (e.Kind == collector.Down || e.Kind == collector.Up)
		})
		if err != nil {
			return fmt.Errorf("%v: the session does not go down: %w", ch, err)
		}
	}
	return nil
}

func (c *collectors) complete(ctx context.Context) (time.Time, error) {
	if err := c.rig.await(ctx, c.state.means, patience); err != nil {
		return time.Time{}, err
	}
	var last time.Time
	for ch, want := range c.state.means {
		have := c.rig.peers[ch.peer].RIB(ch.source)
		for prefix := range want {
			if since := have[prefix].Since; since.After(last) {
				last = since
			}
		}
	}
	return last, nil
}

// router is an FRR router that the node has a session with, guarded by BFD.
type router struct {
	*lab.FRRRouter
	drops int
}

func newRouter(t testing.TB, r *rig) *router {
	t.Helper()
	o := lab.RouterOptions{
		HostOptions: lab.HostOptions{Name: "router", Networks: []lab.Attachment{{Network: r.network, Addr4: routerAddr}}}, ASN: routerASN,
		Neighbors: []lab.Neighbor{{Addr: node4, ASN: nodeASN, Passive: true, BFD: true, Families: []bgp.Family{bgp.IPv4Unicast}}},
	}
	return &router{FRRRouter: labtest.Must(r.lab.StartFRRRouter(t.Context(), r.version, o))(t)}
}

func (r *router) session(ctx context.Context) (lab.Session, error) {
	sessions, err := r.Sessions(ctx)
	if err == nil && len(sessions) != 1 {
		err = fmt.Errorf("the router has %d sessions", len(sessions))
	}
	if err != nil {
		return lab.Session{}, err
	}
	return sessions[0], nil
}

func (r *router) mark(ctx context.Context) error {
	s, err := r.session(ctx)
	r.drops = s.Drops
	if !s.Up {
		r.drops-- // it went down before: the container is not there
	}
	return err
}

func (r *router) gone(ctx context.Context) error {
	return lab.Eventually(ctx, patience, func() error {
		s, err := r.session(ctx)
		if err == nil && s.Drops == r.drops {
			err = errors.New("the session does not go down")
		}
		return err
	})
}

func (r *router) complete(ctx context.Context) (time.Time, error) {
	err := lab.Eventually(ctx, patience, func() error {
		s, err := r.session(ctx)
		if err != nil || !s.Up {
			return errors.Join(err, fmt.Errorf("the session is %s, BFD %s", s.State, s.BFD))
		}
		routes, err := r.Routes(ctx)
		if err == nil && len(routes) != comebackRoutes {
			err = fmt.Errorf("the router has %d routes", len(routes))
		}
		return err
	})
	return time.Now(), err
}
