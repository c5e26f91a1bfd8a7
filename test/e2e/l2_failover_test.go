package e2e

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"frr-speaker/test/lab"
)

// TestL2OwnerKilled ends the owner with SIGKILL, ten times. What counts is the
// client: how long its kernel goes on sending to the dead node.
func TestL2OwnerKilled(t *testing.T) {
	const rounds = 10
	e := startElection(t, 3)
	owner, successor := e.ranked()[0], e.ranked()[1]
	e.known(t)
	e.answeredBy(t, owner)
	var times []time.Duration
	for range rounds {
		eventually(t, func() error { return e.allKnowEachOther() })
		if err := owner.KillSpeaker(); err != nil {
			t.Fatal(err)
		}
		times = append(times, e.answeredBy(t, successor))
		if err := owner.StartSpeaker(); err != nil {
			t.Fatal(err)
		}
		e.answeredBy(t, owner)
	}
	slices.Sort(times)
	t.Logf("the client's caches pointed to the successor after %v, median %v", times, times[rounds/2])
	if times[rounds/2] > 2*time.Second {
		t.Errorf("median %v, want at most 2 s", times[rounds/2])
	}
}

// allKnowEachOther reports which node does not elect among all.
func (e *election) allKnowEachOther() error {
	for i, n := range e.nodes {
		members, err := metric(n, "frr_speaker_members", "")
		if err != nil {
			return err
		}
		if int(members) != len(e.nodes) {
			return fmt.Errorf("%s knows %v members, want %d", nodeName(i), members, len(e.nodes))
		}
	}
	return nil
}

// TestL2SplitBrain takes the owner's link to the other members away, but not the one
// on which it answers: two nodes own the address then, and hear each other claim it.
func TestL2SplitBrain(t *testing.T) {
	e := startElection(t, 3)
	owner, successor := e.ranked()[0], e.ranked()[1]
	e.known(t)
	e.answeredBy(t, owner)
	eventually(t, func() error { return e.allKnowEachOther() })

	if err := owner.SetLink(e.members, false); err != nil {
		t.Fatal(err)
	}
	for _, n := range []*lab.Node{owner, successor} {
		eventually(t, func() error { return e.claims(n, true) })
		eventually(t, func() error { return conflicts(n, true) })
	}
	if err := owner.SetLink(e.members, true); err != nil {
		t.Fatal(err)
	}
	healed := time.Now()
	eventually(t, func() error { return e.claims(successor, false) })
	eventually(t, func() error { return e.claims(owner, true) })
	t.Logf("one node alone owns the address again %v after the link came back", time.Since(healed))
	for _, n := range []*lab.Node{owner, successor} {
		eventually(t, func() error { return conflicts(n, false) })
	}
	t.Logf("no node sees a conflict any more %v after the link came back", time.Since(healed))
	// The client may have heard the other node last, which takes what it sends: nothing
	// but the owner's announcement at the end of the conflict tells it better.
	eventually(t, func() error { return e.reachedAt(t, owner) })
	t.Logf("the client has the owner alone %v after the link came back", time.Since(healed))
}

// reachedAt reports an error unless the client, when it uses the addresses, has them at a node.
func (e *election) reachedAt(t *testing.T, n *lab.Node) error {
	t.Helper()
	want := mac(t, n.Host, "eth0")
	for _, addr := range []netip.Addr{e.vip4(), e.vip6()} {
		if _, err := reach(t.Context(), e.client, addr); err != nil {
			return err
		}
		got, state, err := neighbor(e.client, "eth0", addr)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("the client has %v at %v (%s), want %v", addr, got, state, want)
		}
	}
	return nil
}

// claims reports an error unless a node announces the service, or does not.
func (e *election) claims(n *lab.Node, want bool) error {
	addresses, err := metric(n, "metallb_speaker_announced", `protocol="layer2"`)
	if err == nil && addresses != map[bool]float64{true: 2}[want] {
		err = fmt.Errorf("%s announces %v addresses, want some: %v", n.Name(), addresses, want)
	}
	return err
}

// conflicts reports an error unless a node sees another claim its addresses and has
// counted it, or sees none.
func conflicts(n *lab.Node, want bool) error {
	now, err := metric(n, "frr_speaker_layer2_conflicts", "")
	if err != nil {
		return err
	}
	counted, err := metric(n, "frr_speaker_layer2_conflicts_total", "")
	if err == nil && want && (now == 0 || counted == 0) || err == nil && !want && now > 0 {
		err = fmt.Errorf("%s sees %v conflicts, has counted %v, want some now: %v", n.Name(), now, counted, want)
	}
	return err
}
