package lab_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/collector"
	"frr-speaker/test/lab/labtest"
)

// reach opens a connection where nobody listens: a refusal came from there.
func reach(t *testing.T, from *lab.Host, to netip.Addr) error {
	t.Helper()
	dialer := net.Dialer{Timeout: time.Second}
	err := from.Do(func() error {
		conn, err := dialer.DialContext(t.Context(), "tcp", netip.AddrPortFrom(to, 9).String())
		if err == nil {
			conn.Close()
		}
		return err
	})
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil
	}
	return fmt.Errorf("connect to %v: %w", to, err)
}

func TestNetworksCarryPacketsFromTheFirstMoment(t *testing.T) {
	ctx := t.Context()
	l := labtest.New(t, lab.Options{Name: "net"})
	one, two := labtest.Network(ctx, t, l), labtest.Network(ctx, t, l)
	host := func(name string, on ...lab.Attachment) *lab.Host {
		return labtest.Must(l.NewHost(ctx, lab.HostOptions{Name: name, Networks: on}))(t)
	}
	left := host("left", lab.Attachment{Network: one, Addr4: netip.MustParseAddr("10.10.0.77")})
	middle := host("middle", lab.Attachment{Network: one}, lab.Attachment{Network: two})
	right := host("right", lab.Attachment{Network: two})
	if got := left.Addr4().String(); got != "10.10.0.77" {
		t.Errorf("left has %s, want what was asked for", got)
	}
	for _, to := range middle.Addrs(one) {
		check(t, reach(t, left, to))
	}
	if err := reach(t, left, right.Addr4()); err == nil {
		t.Error("left reaches another network without a route")
	}
	check(t, left.AddRoute(two.Prefix4(), middle.Addrs(one)[0]))
	check(t, right.AddRoute(one.Prefix4(), middle.Addrs(two)[0]))
	check(t, reach(t, left, right.Addr4()))

	check(t, middle.SetLink(two, false))
	if err := reach(t, right, middle.Addrs(two)[0]); err == nil {
		t.Error("an unplugged host answers")
	}
	check(t, middle.SetLink(two, true))
	check(t, lab.Eventually(ctx, sessionTimeout, func() error { return reach(t, left, right.Addr4()) }))
}

func TestImpossibleRequestsAreErrorsThatSayWhy(t *testing.T) {
	ctx := t.Context()
	l := labtest.New(t, lab.Options{Name: "errors"})
	net0 := labtest.Network(ctx, t, l)
	labtest.Must(l.NewHost(ctx, lab.HostOptions{Name: "taken", Networks: lab.On(net0)}))(t)
	for _, row := range []struct {
		name, want string
		do         func() error
	}{
		{"a name with a slash", "use at most 20", func() error {
			_, err := l.NewHost(ctx, lab.HostOptions{Name: "a/b"})
			return err
		}},
		{"a name that is taken", "there is a host taken already", func() error {
			_, err := l.NewHost(ctx, lab.HostOptions{Name: "taken"})
			return err
		}},
		{"an address outside the network", "not in 10.10.0.0/24", func() error {
			_, err := l.NewHost(ctx, lab.HostOptions{Name: "outside", Networks: []lab.Attachment{
				{Network: net0, Addr4: netip.MustParseAddr("192.0.2.1")},
			}})
			return err
		}},
		{"a router without an ASN", "no ASN", func() error {
			_, err := l.StartFRRRouter(ctx, lab.FRR8, lab.RouterOptions{HostOptions: lab.HostOptions{Name: "no-asn", Networks: lab.On(net0)}})
			return err
		}},
		{"a BIRD configuration that does not parse", "syntax error", func() error {
			_, err := l.StartBIRDRouter(ctx, lab.RouterOptions{
				HostOptions: lab.HostOptions{Name: "bad-bird", Networks: lab.On(net0)}, ASN: 65001, Extra: "nonsense;",
			})
			return err
		}},
		{"a command that fails", "No such file", func() error {
			_, err := labtest.Must(l.NewHost(ctx, lab.HostOptions{Name: "fails"}))(t).Exec(ctx, "/bin/ls", "/nowhere")
			return err
		}},
		{"a line that FRR refuses", "Unknown command", func() error {
			f := labtest.Must(l.StartFRR(ctx, lab.FRROptions{HostOptions: lab.HostOptions{Name: "refuses"}, Version: lab.FRR8}))(t)
			return f.Configure(ctx, "bgpd", "nonsense")
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if err := row.do(); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}

func TestPlainFRRIsConfiguredInDebiansWays(t *testing.T) {
	for _, version := range lab.FRRVersions() {
		t.Run(version.String(), func(t *testing.T) {
			ctx := t.Context()
			l := labtest.New(t, lab.Options{Name: "plain"})
			f := labtest.Must(l.StartFRR(ctx, lab.FRROptions{HostOptions: lab.HostOptions{Name: "plain"}, Version: version}))(t)
			check(t, f.Load(ctx, "router bgp 65001\n bgp router-id 192.0.2.1\nexit\n"))
			if err := f.Load(ctx, "router bgp 65001\n nonsense\nexit\n"); err == nil {
				t.Error("a line that FRR does not know was loaded")
			}
			for _, test := range []bool{true, false} {
				text := "router bgp 65001\n bgp router-id 192.0.2.2\nexit\n"
				labtest.Must(f.FRRReload(ctx, text, test))(t)
				running := labtest.Must(f.VTY(ctx, "bgpd", "show running-config"))(t)
				want := "bgp router-id 192.0.2.2"
				if test {
					want = "bgp router-id 192.0.2.1"
				}
				if !strings.Contains(running, want) {
					t.Errorf("after frr-reload.py, test %v, bgpd runs %s, want %q in it", test, running, want)
				}
			}
			check(t, f.StopDaemons(ctx))
			if pids := labtest.Must(f.DaemonPIDs())(t); len(pids) > 0 {
				t.Errorf("after StopDaemons there are %v", pids)
			}
		})
	}
}

func TestACollectorKeepsUpWithTenThousandPrefixesOnFourSessions(t *testing.T) {
	const prefixes = 10_000
	ctx := t.Context()
	l := labtest.New(t, lab.Options{Name: "many"})
	link := labtest.Network(ctx, t, l)
	sink := labtest.Must(l.StartCollector(ctx, lab.CollectorOptions{
		HostOptions: lab.HostOptions{Name: "collector", Networks: lab.On(link)}, Options: collector.Options{ASN: 65009},
	}))(t)
	origins := make([]netip.Prefix, prefixes)
	for i := range origins {
		origins[i] = netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)}), 32)
	}
	for _, version := range lab.FRRVersions() {
		router := labtest.Must(l.StartFRRRouter(ctx, version, lab.RouterOptions{
			HostOptions: lab.HostOptions{Name: fmt.Sprintf("router%d", version), Networks: lab.On(link)},
			ASN:         bgp.ASN(65000 + version), Originate: origins,
			Neighbors: []lab.Neighbor{{Addr: sink.Addr4(), ASN: 65009}, {Addr: sink.Addr6(), ASN: 65009}},
		}))(t)
		for _, from := range router.Addrs(link) {
			check(t, sink.WaitLen(ctx, from, prefixes))
		}
	}
	seen := map[netip.Addr]map[netip.Prefix]bool{}
	for _, e := range sink.Events(0) {
		switch e.Kind {
		case collector.Announce:
			if seen[e.Neighbor] == nil {
				seen[e.Neighbor] = map[netip.Prefix]bool{}
			}
			seen[e.Neighbor][e.Prefix] = true
		case collector.Withdraw, collector.Down:
			t.Errorf("nothing should be lost: %v", e)
		case collector.Up, collector.EndOfRIB:
		}
	}
	if len(seen) != 4 {
		t.Fatalf("announcements from %d neighbors, want 4", len(seen))
	}
	for from, got := range seen {
		for _, p := range origins {
			if !got[p] {
				t.Fatalf("%v never announced %v", from, p)
			}
		}
	}
}
