package members

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/hashicorp/memberlist"
)

// DefaultPort is where members reach each other, by TCP and UDP.
const DefaultPort = 7946

// Options say how a member is found and finds others.
type Options struct {
	// Node is the name of this node's Node object, by which others know this member.
	Node string
	// Bind is the address at which other members reach this one; port 0 is DefaultPort.
	Bind netip.AddrPort
	// Secret is the content of the key file; without any, nothing is encrypted.
	Secret []byte
	Tuning Tuning
	// Discover lists where speakers may be found, this one included or not; port 0
	// is the port of Bind. An error leaves the last list.
	Discover func(ctx context.Context) ([]netip.AddrPort, error)
	Log      *slog.Logger
}

// Tuning is how soon a member that does not answer counts as gone, and all else
// that does not depend on who the members are. The zero value is Fast.
type Tuning struct {
	base  func() *memberlist.Config
	edits func(*memberlist.Config)
}

// Fast finds a dead member within a second and a half: half a second until someone
// has asked it in vain, by UDP, by TCP and through others, and three quarters of a
// second in which it may object. It is for networks where an answer takes
// milliseconds. MetalLB's speakers, with memberlist's own values, take about five
// seconds, and hear from this one when it is faster.
func Fast() Tuning { return Tuning{base: fast} }

// WAN is for members that are far from each other: memberlist's own values.
func WAN() Tuning { return Tuning{base: memberlist.DefaultWANConfig} }

func fast() *memberlist.Config {
	c := memberlist.DefaultLANConfig()
	c.ProbeInterval = 250 * time.Millisecond
	c.ProbeTimeout = 150 * time.Millisecond
	c.SuspicionMult = 3
	c.SuspicionMaxTimeoutMult = 1
	c.GossipInterval = 100 * time.Millisecond
	c.TCPTimeout = 5 * time.Second
	return c
}

func (t Tuning) config() *memberlist.Config {
	if t.base == nil {
		t.base = fast
	}
	c := t.base()
	if t.edits != nil {
		t.edits(c)
	}
	return c
}

// check says what is missing.
func (o Options) check() error {
	if o.Node == "" {
		return fmt.Errorf("configure members: no name for this node")
	}
	if !o.Bind.Addr().IsValid() {
		return fmt.Errorf("configure members: no address at which other speakers reach this one")
	}
	if o.Discover == nil {
		return fmt.Errorf("configure members: no way to find other speakers")
	}
	return nil
}

// config is what memberlist is started with.
func (o Options) config() *memberlist.Config {
	c := o.Tuning.config()
	c.Name = o.Node
	c.BindAddr = o.Bind.Addr().String()
	c.BindPort, c.AdvertisePort = int(o.Bind.Port()), int(o.Bind.Port())
	if !o.Bind.Addr().IsUnspecified() {
		c.AdvertiseAddr = c.BindAddr
	}
	c.SecretKey = key(o.Secret)
	c.DeadNodeReclaimTime = reclaimAfter
	return c
}

// reclaimAfter is how long a member must be dead before another address may use
// its name: that of a node which came back with another one.
const reclaimAfter = 10 * time.Second
