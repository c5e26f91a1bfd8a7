package corpus

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// patience is how long one thing may take on a busy machine.
const patience = 30 * time.Second

// routers is how many stand around the node: at 192.0.2.1 and 2001:db8::1, and so on.
const routers = 4

// otherPort is where the routers listen, besides BGP's own.
const otherPort = 1179

// ground is one node that runs frr-reloader and real FRR, and the routers that
// scenarios speak of. Texts are published to it as speaker does.
type ground struct {
	version lab.FRRVersion
	node    *lab.Node
	routers map[netip.Addr]*lab.Collector // by each of their addresses
	own     []netip.Addr                  // of the node: where it may dial from
	spent   map[handoff.Phase]handoff.Milliseconds
}

// labName makes a lab's name of a version's.
var labName = strings.NewReplacer(" ", "-", ".", "-")

// newGround starts everything, with two addresses more for sessions that name theirs.
func newGround(t *testing.T, version lab.FRRVersion) *ground {
	t.Helper()
	l := labtest.New(t, lab.Options{Name: "corpus-" + strings.ToLower(labName.Replace(version.String()))})
	network := labtest.Must(l.NewNetwork(t.Context(), lab.NetworkOptions{
		Name: "fabric", Prefix4: netip.MustParsePrefix("192.0.2.0/24"), Prefix6: netip.MustParsePrefix("2001:db8::/64"),
	}))(t)
	at := func(name string, number int) lab.HostOptions {
		return lab.HostOptions{Name: name, Networks: []lab.Attachment{{
			Network: network,
			Addr4:   netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", number)),
			Addr6:   netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", number)),
		}}}
	}
	g := &ground{version: version, routers: map[netip.Addr]*lab.Collector{}, spent: map[handoff.Phase]handoff.Milliseconds{}}
	for i := 1; i <= routers; i++ {
		o := lab.CollectorOptions{HostOptions: at(fmt.Sprintf("router-%d", i), i), MorePorts: []uint16{otherPort}}
		o.ASN = 65001
		router := labtest.Must(l.StartCollector(t.Context(), o))(t)
		g.routers[router.Addr4()], g.routers[router.Addr6()] = router, router
	}
	g.node = labtest.Must(l.NewNode(t.Context(), lab.NodeOptions{HostOptions: at("node", 50), Version: version}))(t)
	g.own = []netip.Addr{g.node.Addr4(), g.node.Addr6()}
	for _, more := range []string{"192.0.2.100", "2001:db8::100"} {
		addr := netip.MustParseAddr(more)
		if err := g.node.AddAddress(network, addr); err != nil {
			t.Fatal(err)
		}
		g.own = append(g.own, addr)
	}
	if err := g.node.StartReloader(); err != nil {
		t.Fatal(err)
	}
	if err := lab.Eventually(t.Context(), patience, g.daemonsUp); err != nil {
		t.Fatal(err)
	}
	return g
}

// daemonsUp checks that FRR is there. A text that comes before is applied all the same,
// but is said not to run as long as a daemon is missing.
func (g *ground) daemonsUp() error {
	result, err := g.node.Result()
	if err != nil {
		return err
	}
	if len(result.Daemons) == 0 {
		return errors.New("frr-reloader has no daemons yet")
	}
	for _, d := range result.Daemons {
		if d.State != "up" {
			return fmt.Errorf("%s is %s: %s", d.Name, d.State, d.LastError)
		}
	}
	return nil
}

// publish hands a text over and waits until FRR is verified to run all of it.
func (g *ground) publish(ctx context.Context, text []byte) error {
	version, _, err := g.node.Handoff().Publish(text)
	if err != nil {
		return err
	}
	return lab.Eventually(ctx, patience, func() error {
		result, err := g.node.Result()
		if err != nil {
			return err
		}
		if result.Desired != version || result.Phase != handoff.PhaseIdle || result.Outcome == handoff.OutcomeNone {
			return fmt.Errorf("frr-reloader is in phase %s of generation %d", result.Phase, result.Desired.Generation)
		}
		if result.Outcome != handoff.OutcomeApplied || result.Running != version {
			return lab.Permanent(fmt.Errorf("outcome %s: %+v", result.Outcome, result.Failures))
		}
		for phase, took := range result.Durations {
			g.spent[phase] += took
		}
		return nil
	})
}

// meet prepares the routers for the sessions of a text: their AS and passwords.
// It returns which router has each session, and says of the others why they
// have none.
func (g *ground) meet(s bgp.Speaker) (met []meeting, missed []string, err error) {
	asns := map[*lab.Collector]bgp.ASN{}
	for _, i := range s.Instances {
		for _, session := range i.Sessions {
			router := g.routers[session.Addr]
			if why := g.unreachable(session); why != "" {
				missed = append(missed, "session with "+session.Peer+": "+why)
				continue
			}
			m := meeting{instance: i, session: session, router: router, from: g.source(session)}
			if have, taken := asns[router]; taken && have != m.routerASN() {
				return nil, nil, fmt.Errorf("router %s is to be in AS %s and AS %s", router.Name(), have, m.routerASN())
			}
			asns[router] = m.routerASN()
			router.SetASN(m.routerASN())
			if err := router.SetPassword(m.from, session.Password.Reveal()); err != nil {
				return nil, nil, err
			}
			met = append(met, m)
		}
	}
	return met, missed, nil
}

// unreachable says why a session has no router here; "" if it has.
func (g *ground) unreachable(s bgp.Session) string {
	switch {
	case s.VRF != "":
		return "VRF " + s.VRF + ": " + vrfHere()
	case s.Interface != "":
		return "it is unnumbered, and the routers here advertise themselves on no link"
	case g.routers[s.Addr] == nil:
		return "no router has address " + s.Addr.String()
	case s.BFD && g.version >= lab.FRR10:
		return "this FRR dials after BFD says that the neighbor is there, and the routers here do not speak BFD"
	case s.Port != 0 && s.Port != otherPort:
		return fmt.Sprintf("no router listens on port %d", s.Port)
	}
	return ""
}

// source is where the node dials a session from.
func (g *ground) source(s bgp.Session) netip.Addr {
	if s.SourceAddr.IsValid() {
		return s.SourceAddr
	}
	if s.Addr.Is4() {
		return g.node.Addr4()
	}
	return g.node.Addr6()
}

// expect waits until the routers have the sessions of a scenario, with the routes
// that its text lists, and no others.
func (g *ground) expect(ctx context.Context, s bgp.Speaker, met []meeting, routes map[string]table) error {
	missed := map[*lab.Collector]bool{} // these may have a session or not
	for _, i := range s.Instances {
		for _, session := range i.Sessions {
			router := g.routers[session.Addr]
			missed[router] = missed[router] || g.unreachable(session) != ""
		}
	}
	return lab.Eventually(ctx, patience, func() error {
		type side struct {
			router *lab.Collector
			from   netip.Addr
		}
		expected := map[side]bool{}
		for _, m := range met {
			expected[side{m.router, m.from}] = true
			if err := m.check(routes[m.session.Peer], g.own); err != nil {
				return fmt.Errorf("session with %s, at %s: %w", m.session.Peer, m.router.Name(), err)
			}
		}
		for _, router := range g.routers {
			for _, from := range g.own {
				if !expected[side{router, from}] && router.Established(from) && !missed[router] {
					return fmt.Errorf("%s has a session from %s that nobody asked for", router.Name(), from)
				}
			}
		}
		return nil
	})
}
