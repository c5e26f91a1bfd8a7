package members

import (
	"context"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"
)

// Times of looking for other speakers.
const (
	rejoinInterval = 2 * time.Second  // between tries to reach those that are no members
	minDiscover    = 30 * time.Second // between looks at where they may be
	maxDiscover    = 30 * time.Minute // likewise, where they are thousands
	settleTime     = 3 * time.Second  // how long a new member looks for others before it counts as alone
	dialTime       = 2 * time.Second  // how long one that does not answer is dialed
	maxLeaveTime   = time.Second      // how long telling others of leaving may take
)

// Members is this node's part in the cluster of speakers.
type Members struct {
	opts      Options
	leaveTime time.Duration
	changed   chan struct{}
	roster    roster
	settled   atomic.Bool // the first look for others is over
}

// New checks the options. Nothing is started before Run.
func New(o Options) (*Members, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Bind.Port() == 0 {
		o.Bind = netip.AddrPortFrom(o.Bind.Addr(), DefaultPort)
	}
	return &Members{opts: o, leaveTime: maxLeaveTime, changed: make(chan struct{}, 1)}, nil
}

// String names the task.
func (m *Members) String() string { return "members" }

// Changed pokes when Alive has something new. The poke carries nothing.
func (m *Members) Changed() <-chan struct{} { return m.changed }

// Alive lists the nodes whose speakers are alive as far as this one knows, itself
// included, sorted. It is empty until this one has found others or has looked long
// enough: who has just started and takes itself for alone would answer for
// everything.
func (m *Members) Alive() []string {
	if !m.settled.Load() {
		return []string{}
	}
	return m.roster.names()
}

// Run is a member until ctx ends, and then leaves: others hear of it at once.
func (m *Members) Run(ctx context.Context) error {
	c := m.opts.config()
	c.Logger = newLogger(m.opts.Log)
	c.Events = events{m}
	list, err := memberlist.Create(c)
	if err != nil {
		return fmt.Errorf("become a member at %s: %w", m.opts.Bind, err)
	}
	newSearch(m, func(at string) error { _, err := list.Join([]string{at}); return err }).run(ctx)
	m.leave(list)
	return nil
}

// leave tells the others, and stops.
func (m *Members) leave(list *memberlist.Memberlist) {
	if err := list.Leave(m.leaveTime); err != nil {
		m.opts.Log.Warn("left without telling every member", "error", err)
	}
	if err := list.Shutdown(); err != nil {
		m.opts.Log.Warn("cannot shut down memberlist", "error", err)
	}
}

// settle ends the first look for others.
func (m *Members) settle() {
	if m.settled.CompareAndSwap(false, true) {
		m.opts.Log.Info("members known", "nodes", m.Alive())
		m.poke()
	}
}

func (m *Members) poke() {
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

// events hears of members that come, go or change. memberlist holds its lock then:
// only here may its nodes be read, and nothing may wait.
type events struct{ members *Members }

// NotifyJoin implements memberlist.EventDelegate.
func (e events) NotifyJoin(n *memberlist.Node) {
	e.members.roster.put(n.Name, n.Address())
	e.members.opts.Log.Info("member joined", "node", n.Name, "address", n.Address())
	e.members.poke()
}

// NotifyLeave implements memberlist.EventDelegate.
func (e events) NotifyLeave(n *memberlist.Node) {
	e.members.roster.remove(n.Name)
	e.members.opts.Log.Info("member gone", "node", n.Name, "address", n.Address())
	e.members.poke()
}

// NotifyUpdate implements memberlist.EventDelegate.
func (e events) NotifyUpdate(n *memberlist.Node) {
	e.members.roster.put(n.Name, n.Address())
	e.members.poke()
}
