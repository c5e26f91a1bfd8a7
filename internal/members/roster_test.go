package members

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/memberlist"
)

func TestTheRosterFollowsWhatMembersDo(t *testing.T) {
	m := &Members{opts: Options{Log: slog.New(slog.DiscardHandler)}, changed: make(chan struct{}, 1)}
	m.settled.Store(true)
	e := events{m}
	node := func(name, ip string) *memberlist.Node {
		return &memberlist.Node{Name: name, Addr: net.ParseIP(ip), Port: 7946}
	}
	for _, step := range []struct {
		name      string
		event     func(*memberlist.Node)
		node      *memberlist.Node
		alive     []string
		addresses map[string]bool
	}{
		{"one joins", e.NotifyJoin, node("node-b", "192.0.2.2"), []string{"node-b"}, map[string]bool{"192.0.2.2:7946": true}},
		{"another joins by IPv6", e.NotifyJoin, node("node-a", "2001:db8::1"), []string{"node-a", "node-b"}, map[string]bool{"192.0.2.2:7946": true, "[2001:db8::1]:7946": true}},
		{"one moves", e.NotifyUpdate, node("node-b", "192.0.2.3"), []string{"node-a", "node-b"}, map[string]bool{"192.0.2.3:7946": true, "[2001:db8::1]:7946": true}},
		{"one goes", e.NotifyLeave, node("node-b", "192.0.2.3"), []string{"node-a"}, map[string]bool{"[2001:db8::1]:7946": true}},
		{"it comes back elsewhere", e.NotifyJoin, node("node-b", "192.0.2.4"), []string{"node-a", "node-b"}, map[string]bool{"192.0.2.4:7946": true, "[2001:db8::1]:7946": true}},
	} {
		step.event(step.node)
		step.node.Addr, step.node.Name = nil, "" // memberlist goes on writing to it
		if diff := cmp.Diff(step.alive, m.Alive()); diff != "" {
			t.Errorf("%s: alive (-want +got):\n%s", step.name, diff)
		}
		if diff := cmp.Diff(step.addresses, m.roster.addresses()); diff != "" {
			t.Errorf("%s: addresses (-want +got):\n%s", step.name, diff)
		}
		select {
		case <-m.Changed():
		default:
			t.Errorf("%s: nobody is told", step.name)
		}
	}
}

// A member that speaks anew makes memberlist write to its node; the race detector
// sees whether the search reads it at the same time.
func TestTheSearchGoesOnWhileMembersChange(t *testing.T) {
	ours, theirs := freePort(t, "127.0.0.1"), freePort(t, "127.0.0.2")
	other := metallb(t, "other", theirs)
	m := start(t, Options{Node: "node", Bind: ours, Secret: []byte(testSecret), Tuning: trusting(), Discover: at(theirs)})
	eventually(t, "node", m.Alive, "node", "other")
	s := newSearch(m.Members, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			s.round(ctx)
			<-tick.C
		}
	}()
	for range 10 {
		if err := other.UpdateNode(10 * time.Second); err != nil {
			t.Error(err)
		}
	}
	cancel()
	<-ended
	if len(s.trying) != 0 {
		t.Errorf("who is a member is dialed: %v", s.trying)
	}
}
