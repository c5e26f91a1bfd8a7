package members

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"
)

// secret and key are what MetalLB's controller makes up and its speakers make of
// it: the secret itself and the beginning of the SHA-256 of nothing.
const (
	testSecret = "MTIzNDU2Nzg5MDEyMzQ1Ng"
	testKey    = testSecret + "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb"
)

// freePort returns an address of the loopback network that nobody listens at. Its port is
// none that the kernel gives to connections: they could take it before a member does.
func freePort(t *testing.T, host string) netip.AddrPort {
	t.Helper()
	for port := 10_000 + os.Getpid()%2000*10; port < 32_000; port++ {
		at := netip.AddrPortFrom(netip.MustParseAddr(host), uint16(port))
		l, err := net.Listen("tcp", at.String())
		if err != nil {
			continue
		}
		defer l.Close()
		p, err := net.ListenPacket("udp", at.String())
		if err != nil {
			continue
		}
		defer p.Close()
		return at
	}
	t.Fatal("no port is free")
	return netip.AddrPort{}
}

// running is a member that runs.
type running struct {
	*Members
	stop func() // returns when it has left
}

func start(t *testing.T, o Options) running {
	t.Helper()
	o.Log = slog.New(slog.DiscardHandler)
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	// Members leave one by one: who leaves with all others tells nobody, and waits for all of this time.
	m.leaveTime = time.Minute
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return running{m, stop}
}

// metallb is a member that is configured as a speaker of MetalLB configures its.
func metallb(t *testing.T, name string, at netip.AddrPort) *memberlist.Memberlist {
	t.Helper()
	c := memberlist.DefaultLANConfig()
	c.Name, c.BindAddr, c.BindPort, c.AdvertisePort = name, at.Addr().String(), int(at.Port()), int(at.Port())
	c.SecretKey = []byte(testKey)
	c.LogOutput = discard{}
	list, err := memberlist.Create(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = list.Shutdown() })
	return list
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func namesOf(list *memberlist.Memberlist) []string {
	var names []string
	for _, m := range list.Members() {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	return names
}

// eventually waits until a list of names is as it should be, and says how long that took.
func eventually(t *testing.T, who string, list func() []string, want ...string) time.Duration {
	t.Helper()
	const patience = 2 * time.Minute // a member that cannot be heard is taken for dead after longer, on a busy machine
	began := time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !slices.Equal(list(), want) {
		if time.Since(began) > patience {
			t.Fatalf("%s knows %q, want %q", who, list(), want)
		}
		<-tick.C
	}
	return time.Since(began)
}

func at(list ...netip.AddrPort) func(context.Context) ([]netip.AddrPort, error) {
	return func(context.Context) ([]netip.AddrPort, error) { return list, nil }
}

// trusting takes nobody for dead: who is gone has said so.
func trusting() Tuning {
	return Tuning{edits: func(c *memberlist.Config) { c.ProbeInterval = time.Hour }}
}

func TestMembersFindEachOtherAndHearWhoLeaves(t *testing.T) {
	addrs := []netip.AddrPort{freePort(t, "127.0.0.1"), freePort(t, "127.0.0.2"), freePort(t, "127.0.0.3")}
	member := func(name string, i int) running {
		return start(t, Options{Node: name, Bind: addrs[i], Secret: []byte(testSecret), Tuning: trusting(), Discover: at(addrs...)})
	}
	all := []running{member("node-a", 0), member("node-b", 1), member("node-c", 2)}
	for _, m := range all {
		eventually(t, m.opts.Node, m.Alive, "node-a", "node-b", "node-c")
	}
	all[1].stop()
	eventually(t, "node-a", all[0].Alive, "node-a", "node-c")
	eventually(t, "node-c", all[2].Alive, "node-a", "node-c")
	back := member("node-b", 1)
	for _, m := range []running{all[0], back, all[2]} {
		eventually(t, m.opts.Node, m.Alive, "node-a", "node-b", "node-c")
	}
}

func TestMetalLBsSpeakersAreMembersOfTheSameCluster(t *testing.T) {
	ours, theirs, third := freePort(t, "127.0.0.1"), freePort(t, "127.0.0.2"), freePort(t, "127.0.0.3")
	old := metallb(t, "old", theirs)
	m := start(t, Options{Node: "new", Bind: ours, Secret: []byte(testSecret), Discover: at(ours, theirs)})
	eventually(t, "new", m.Alive, "new", "old")
	eventually(t, "old", func() []string { return namesOf(old) }, "new", "old")

	late := metallb(t, "zz-late", third)
	if _, err := late.Join([]string{ours.String()}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "new", m.Alive, "new", "old", "zz-late")
	eventually(t, "late", func() []string { return namesOf(late) }, "new", "old", "zz-late")

	if err := old.Shutdown(); err != nil { // without a word, as if it was killed
		t.Fatal(err)
	}
	t.Logf("a member that died was known to be dead after %s", eventually(t, "new", m.Alive, "new", "zz-late"))
	eventually(t, "late", func() []string { return namesOf(late) }, "new", "zz-late")

	m.stop()
	eventually(t, "late", func() []string { return namesOf(late) }, "zz-late")
}

func TestWhoHasAnotherSecretIsNoMember(t *testing.T) {
	a, b, c := freePort(t, "127.0.0.1"), freePort(t, "127.0.0.2"), freePort(t, "127.0.0.3")
	one := start(t, Options{Node: "one", Bind: a, Secret: []byte(testSecret), Discover: at(a, b, c)})
	two := start(t, Options{Node: "two", Bind: b, Secret: []byte("another one, of any length at all"), Discover: at(a, b, c)})
	three := start(t, Options{Node: "three", Bind: c, Discover: at(a, b, c)})
	eventually(t, "one", one.Alive, "one")
	eventually(t, "two", two.Alive, "two")
	eventually(t, "three", three.Alive, "three")
}

func TestAMemberWaitsForOthersBeforeItCountsAsAlone(t *testing.T) {
	self := freePort(t, "127.0.0.1")
	t.Run("not at all where there is nobody else", func(t *testing.T) {
		m := start(t, Options{Node: "node-a", Bind: self, Discover: at(self)})
		<-m.Changed()
		eventually(t, "node-a", m.Alive, "node-a")
	})
	t.Run("until it has tried all others", func(t *testing.T) {
		m := start(t, Options{Node: "node-a", Bind: self, Discover: at(self, freePort(t, "127.0.0.2"))})
		eventually(t, "node-a", m.Alive, "node-a")
	})
}

func TestNewSaysWhatIsMissing(t *testing.T) {
	whole := Options{Node: "node-a", Bind: netip.MustParseAddrPort("127.0.0.1:0"), Discover: at()}
	for _, tt := range []struct {
		name string
		edit func(*Options)
		want string
	}{
		{"a name", func(o *Options) { o.Node = "" }, "configure members: no name for this node"},
		{"an address", func(o *Options) { o.Bind = netip.AddrPort{} }, "configure members: no address at which other speakers reach this one"},
		{"a way to find others", func(o *Options) { o.Discover = nil }, "configure members: no way to find other speakers"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := whole
			tt.edit(&o)
			if _, err := New(o); err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
	m, err := New(whole)
	if err != nil || m.opts.Bind.Port() != DefaultPort {
		t.Errorf("port %d, error %v, want port %d", m.opts.Bind.Port(), err, DefaultPort)
	}
}

func TestAnAddressThatIsTakenIsAnError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m, err := New(Options{Node: "node-a", Bind: netip.MustParseAddrPort(l.Addr().String()), Discover: at(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Run(t.Context()); err == nil {
		t.Error("it became a member at an address that another process has")
	}
}
