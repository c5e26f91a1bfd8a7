package reloader

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/handoff"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func newDryRun(t testing.TB) dryRun {
	t.Helper()
	needFRR(t)
	a, err := daemonAccount()
	if err != nil {
		t.Fatal(err)
	}
	return dryRun{bin: frrBin, account: a, children: newChildren()}
}

func TestDryRunFindsTheLineAndTheReason(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		daemon frrdiff.Daemon
		text   string
		want   []complaint
	}{
		{"a good text", frrdiff.Bgpd, "router bgp 64512\n coalesce-time 0\nexit\n", nil},
		{"an unknown word", frrdiff.Bgpd, "router bgp 64512\n nonsense\n coalesce-time 0\nexit\n", []complaint{{1, "No such command"}}},
		{"a value out of range", frrdiff.Bgpd, "router bgp 64512\n coalesce-time x\nexit\n", []complaint{{1, "No such command"}}},
		{
			"a neighbor without an AS", frrdiff.Bgpd, "router bgp 64512\n neighbor 192.0.2.1 timers 1 3\nexit\n",
			[]complaint{{1, "% Specify remote-as or peer-group commands first"}},
		},
		{
			"a value that FRR refuses without naming the line", frrdiff.Bgpd,
			"route-map a permit 10\n set tag 5\nexit\nroute-map b permit 10\n set local-preference 99999999999\nexit\nroute-map c permit 10\nexit\n",
			[]complaint{{4, "% [BGP] Argument form is unsupported or malformed."}},
		},
		{
			"a transaction that fails", frrdiff.Bgpd, "ip prefix-list a seq 5 permit 10.0.0.0/8 ge 4\n",
			[]complaint{{0, "% Configuration failed. Error type: validation Error description: Invalid prefix range for 10.0.0.0/8: Make sure that mask length <= ge <= le"}},
		},
		{
			"lines behind a refused opener are not judged", frrdiff.Bgpd, "router bgp 1\nexit\nrouter bgp 2\n neighbor 192.0.2.1 remote-as 5\nexit\n",
			[]complaint{{2, "already running; AS is 1"}},
		},
		{"a BFD profile", frrdiff.Bfdd, "bfd\n profile a\n  receive-interval 5\n exit\nexit\n", []complaint{{2, "No such command"}}},
		{"a remark about echo mode is no complaint", frrdiff.Bfdd, "bfd\n profile a\n  echo-mode\n exit\nexit\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := newDryRun(t).run(t.Context(), tt.daemon, strings.Split(strings.TrimSuffix(tt.text, "\n"), "\n"))
			if err != nil {
				t.Fatal(err)
			}
			// FRR 10 says the same in two lines.
			for k := range got {
				got[k].message = strings.TrimPrefix(got[k].message, "BGP instance name and AS number mismatch BGP instance is ")
				got[k].message = strings.TrimPrefix(got[k].message, "BGP is ")
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(complaint{})); diff != "" {
				t.Errorf("complaints (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDryRunWithoutFRRIsUnavailable(t *testing.T) {
	t.Parallel()
	d := dryRun{bin: t.TempDir(), children: newChildren()}
	if d.available(frrdiff.Bgpd) {
		t.Error("a dry run without bgpd is available")
	}
	if _, err := d.run(t.Context(), frrdiff.Bgpd, []string{"hostname a"}); err == nil {
		t.Error("a dry run without bgpd succeeded")
	}
}

func TestCheckReportsTheObject(t *testing.T) {
	t.Parallel()
	raw := strings.Replace(text{peer: "192.0.2.1", prefixes: prefixes(3)}.String(), "timers connect 1", "timers connect never", 1)
	c, err := frrdiff.Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	got := newChecker(newDryRun(t), quiet()).check(t.Context(), c, frrdiff.Layout{})
	number := 1 + strings.Count(raw[:strings.Index(raw, "timers connect never")], "\n")
	want := []handoff.Failure{{
		Phase: handoff.PhaseCheck, Daemon: "bgpd", Line: "neighbor 192.0.2.1 timers connect never", Number: number,
		Message: "No such command", Object: "BGPPeer tor-a",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}

func TestCheckCostsNothingForPrefixesOfAKnownKind(t *testing.T) {
	t.Parallel()
	k := newChecker(newDryRun(t), quiet())
	c := text{peer: "192.0.2.1", prefixes: prefixes(10)}
	config, err := frrdiff.Parse([]byte(c.String()))
	if err != nil {
		t.Fatal(err)
	}
	if failures := k.check(t.Context(), config, frrdiff.Layout{}); len(failures) != 0 {
		t.Fatalf("failures %s", asJSON(failures))
	}
	sample := k.good[frrdiff.Bgpd]
	c.prefixes = prefixes(2000)
	if config, err = frrdiff.Parse([]byte(c.String())); err != nil {
		t.Fatal(err)
	}
	got := newSample(config.For(frrdiff.Bgpd, frrdiff.Layout{}).Text())
	if diff := cmp.Diff(sample.lines, got.lines); diff != "" {
		t.Errorf("2000 prefixes make another sample than 10 (-10 +2000):\n%s", diff)
	}
}

func TestRoutineIsWhatPassedBefore(t *testing.T) {
	t.Parallel()
	parse := func(c text) *frrdiff.Config {
		t.Helper()
		config, err := frrdiff.Parse([]byte(c.String()))
		if err != nil {
			t.Fatal(err)
		}
		return config.Normalize().For(frrdiff.Bgpd, frrdiff.Layout{})
	}
	base := text{peer: "192.0.2.1", prefixes: prefixes(10)}
	k := newChecker(dryRun{}, quiet())
	tests := []struct {
		name string
		to   text
		want bool
	}{
		{"a prefix more", text{peer: "192.0.2.1", prefixes: prefixes(11)}, true},
		{"a prefix less", text{peer: "192.0.2.1", prefixes: prefixes(9)}, true},
		{"nothing", base, true},
		{"the last prefix goes", text{peer: "192.0.2.1"}, true},
		{"another peer", text{peer: "192.0.2.5", prefixes: prefixes(10)}, false},
		{"a prefix with host bits is one without", text{peer: "192.0.2.1", prefixes: append(prefixes(10), "198.51.100.1/24")}, true},
		{"a prefix that nobody can have", text{peer: "192.0.2.1", prefixes: append(prefixes(10), "198.51.100.0/33")}, false},
		{"a prefix in another way", text{peer: "192.0.2.1", prefixes: append(prefixes(10), "198.51.100.0/24 backdoor")}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			script := frrdiff.Diff(parse(base), parse(tt.to))
			if k.routine(frrdiff.Bgpd, script) && script.Len() > 0 && strings.HasPrefix(script[0].Commands[0].Text, "network ") {
				t.Error("routine although nothing passed yet")
			}
			passed := newChecker(dryRun{}, quiet())
			passed.good[frrdiff.Bgpd] = newSample(parse(base).Text())
			if got := passed.routine(frrdiff.Bgpd, script); got != tt.want {
				t.Errorf("routine: %t, want %t: %v", got, tt.want, script)
			}
		})
	}
}

func TestSampleKeepsWhatIsNew(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, want string
	}{
		{
			"network lines of one kind are one",
			"router bgp 1\n address-family ipv4 unicast\n  network 10.0.0.1/32 route-map a\n  network 10.0.0.2/32 route-map a\n exit-address-family\nexit\n",
			"router bgp 1\n address-family ipv4 unicast\n  network 192.0.2.0/32 route-map a\n exit-address-family\nexit",
		},
		{
			"another route-map is another kind",
			"router bgp 1\n address-family ipv4 unicast\n  network 10.0.0.1/32 route-map a\n  network 10.0.0.2/32 route-map b\n exit-address-family\nexit\n",
			"router bgp 1\n address-family ipv4 unicast\n  network 192.0.2.0/32 route-map a\n  network 192.0.2.0/32 route-map b\n exit-address-family\nexit",
		},
		{
			"a prefix of the wrong family is for FRR to judge",
			"router bgp 1\n address-family ipv6 unicast\n  network 10.0.0.1/32\n  network 2001:db8:5::/48\n exit-address-family\nexit\n",
			"router bgp 1\n address-family ipv6 unicast\n  network 10.0.0.1/32\n  network 2001:db8::/128\n exit-address-family\nexit",
		},
		{
			"so is what is no prefix",
			"router bgp 1\n address-family ipv4 unicast\n  network 10.0.0.1/33\n  network 10.0.0.1/24\n exit-address-family\nexit\n",
			"router bgp 1\n address-family ipv4 unicast\n  network 10.0.0.1/33\n  network 10.0.0.1/24\n exit-address-family\nexit",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(newSample(tt.text, make([]frrdiff.Line, strings.Count(tt.text, "\n"))).lines, "\n")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("sample (-want +got):\n%s", diff)
			}
		})
	}
}
