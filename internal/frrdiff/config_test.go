package frrdiff

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWithout(t *testing.T) {
	const text = `! BGPPeer a
route-map X-in deny 20
exit
router bgp 1
 coalesce-time 0
 ! BGPPeer a
 neighbor 192.0.2.1 remote-as 2
 ! BGPPeer b
 neighbor 192.0.2.2 remote-as 2
 !
 address-family ipv4 unicast
  network 10.0.0.0/8
  ! BGPPeer a
  neighbor 192.0.2.1 activate
  ! BGPPeer b
  neighbor 192.0.2.2 activate
 exit-address-family
exit
! bgpextras begin
route-map X-in permit 20
exit
router bgp 1
 neighbor 192.0.2.1 description of the snippet
 neighbor 192.0.2.2 description of the snippet
 no coalesce-time 0
! bgpextras end
`
	tests := []struct{ name, object, want string }{
		{
			"what a snippet overrode is as it was", "bgpextras",
			"route-map X-in deny 20\nexit\nrouter bgp 1\n coalesce-time 0\n neighbor 192.0.2.1 remote-as 2\n neighbor 192.0.2.2 remote-as 2\n address-family ipv4 unicast\n  network 10.0.0.0/8\n  neighbor 192.0.2.1 activate\n  neighbor 192.0.2.2 activate\n exit-address-family\nexit\n",
		},
		{
			"a peer goes, and what a snippet says of its neighbor", "BGPPeer a",
			"router bgp 1\n neighbor 192.0.2.2 remote-as 2\n neighbor 192.0.2.2 description of the snippet\n address-family ipv4 unicast\n  network 10.0.0.0/8\n  neighbor 192.0.2.2 activate\n exit-address-family\nexit\nroute-map X-in permit 20\nexit\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := mustParse(t, text).Without(test.object)
			if diff := cmp.Diff(test.want, c.String()); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			for _, object := range c.Objects() {
				if object == test.object {
					t.Errorf("%s is still there", object)
				}
			}
		})
	}
	t.Run("an object that is not there changes nothing", func(t *testing.T) {
		c := mustParse(t, text)
		if diff := cmp.Diff(c.String(), c.Without("BGPPeer z").String()); diff != "" {
			t.Errorf("text (-want +got):\n%s", diff)
		}
	})
	t.Run("of one daemon's part", func(t *testing.T) {
		c := mustParse(t, text).For(Bgpd, Layout{}).Without("BGPPeer b")
		for _, object := range c.Objects() {
			if object == "BGPPeer b" {
				t.Errorf("%s is still there", object)
			}
		}
	})
}

func TestFor(t *testing.T) {
	const text = `log stdout
hostname node-1
service integrated-vtysh-config
debug bgp nht
debug zebra nht
ip nht resolve-via-default
ip forwarding
ip protocol bgp route-map SRC
ip route 10.0.0.0/8 Null0
bfd
 profile fast
 exit
exit
route-map SRC permit 10
 match ip address prefix-list P
 set src 192.0.2.1
 set community 1:1
exit
route-map other permit 10
exit
ip prefix-list P seq 5 permit any
ip prefix-list Q seq 5 permit any
router bgp 1
exit
interface eth0
 description up
 mpls bgp forwarding
 frobnicate
exit
vrf red
 ip route 11.0.0.0/8 Null0
 vni 5
exit
twiddle
`
	everywhere := "log stdout\nhostname node-1\n"
	bgpd := everywhere + "debug bgp nht\nroute-map SRC permit 10\n match ip address prefix-list P\n set community 1:1\nexit\nroute-map other permit 10\nexit\nip prefix-list P seq 5 permit any\nip prefix-list Q seq 5 permit any\nrouter bgp 1\nexit\ninterface eth0\n mpls bgp forwarding\nexit\n"
	owners := map[string][]Daemon{"twiddle": {Zebra, Bfdd}, "interface eth0\nfrobnicate": {Bgpd}}
	tests := []struct {
		name   string
		daemon Daemon
		layout Layout
		want   string
	}{
		{
			"zebra without mgmtd", Zebra,
			Layout{},
			everywhere + "debug zebra nht\nip nht resolve-via-default\nip forwarding\nip protocol bgp route-map SRC\nroute-map SRC permit 10\n match ip address prefix-list P\n set src 192.0.2.1\nexit\nip prefix-list P seq 5 permit any\ninterface eth0\n description up\nexit\nvrf red\n vni 5\nexit\n",
		},
		{"zebra behind mgmtd", Zebra, Layout{Mgmtd: true}, everywhere + "debug zebra nht\nip forwarding\n"},
		{
			"mgmtd", Mgmtd,
			Layout{Mgmtd: true},
			everywhere + "ip nht resolve-via-default\nip protocol bgp route-map SRC\nip route 10.0.0.0/8 Null0\nroute-map SRC permit 10\n match ip address prefix-list P\n set src 192.0.2.1\nexit\nip prefix-list P seq 5 permit any\ninterface eth0\n description up\nexit\nvrf red\n ip route 11.0.0.0/8 Null0\n vni 5\nexit\n",
		},
		{"mgmtd of FRR 9, which has only static routes", Mgmtd, Layout{Mgmtd: true, Version: "9.1"}, everywhere + "ip route 10.0.0.0/8 Null0\nvrf red\n ip route 11.0.0.0/8 Null0\nexit\n"},
		{"staticd without mgmtd", Staticd, Layout{}, everywhere + "ip route 10.0.0.0/8 Null0\nvrf red\n ip route 11.0.0.0/8 Null0\nexit\n"},
		{"staticd behind mgmtd", Staticd, Layout{Mgmtd: true}, everywhere},
		{"bfdd", Bfdd, Layout{}, everywhere + "bfd\n profile fast\n exit\nexit\n"},
		{"bgpd", Bgpd, Layout{}, bgpd},
		{"bfdd with a line it was found to own", Bfdd, Layout{Owners: owners}, everywhere + "bfd\n profile fast\n exit\nexit\ntwiddle\n"},
	}
	c := mustParse(t, text)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, c.For(test.daemon, test.layout).String()); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("what nobody is known to own has to be asked for", func(t *testing.T) {
		var got []string
		for _, line := range c.Unknown(Layout{}) {
			got = append(got, line.Key())
		}
		if diff := cmp.Diff([]string{"interface eth0\nfrobnicate", "twiddle"}, got); diff != "" {
			t.Errorf("unknown (-want +got):\n%s", diff)
		}
		if left := c.Unknown(Layout{Owners: owners}); left != nil {
			t.Errorf("still unknown: %v", left)
		}
	})
	t.Run("what a daemon printed is its own", func(t *testing.T) {
		printed := mustParse(t, "frr version 8.4.4\ntwiddle\nroute-map other permit 10\nexit\n")
		if got, want := printed.For(Zebra, Layout{}).String(), "twiddle\nroute-map other permit 10\nexit\n"; got != want {
			t.Errorf("text is %q, want %q", got, want)
		}
	})
	t.Run("filters that zebra printed are mgmtd's where there is one", func(t *testing.T) {
		printed := mustParse(t, "frr version 10.3\nroute-map other permit 10\nexit\n")
		if got := printed.For(Zebra, Layout{Mgmtd: true}).String(); got != "" {
			t.Errorf("text is %q, want none", got)
		}
		if got, want := printed.For(Mgmtd, Layout{Mgmtd: true}).String(), "route-map other permit 10\nexit\n"; got != want {
			t.Errorf("text is %q, want %q", got, want)
		}
	})
}

func TestCompare(t *testing.T) {
	tests := []struct {
		name, want, have string
		differences      []string
	}{
		{"the same in another order", "log stdout\nlog syslog\n", "frr version 8.4.4\nlog syslog\nlog stdout\n", nil},
		{"a line less and a line more", "log stdout\n", "frr version 8.4.4\nlog syslog\n", []string{"extra: log syslog", "missing: log stdout"}},
		{"another value is two differences", "router bgp 1\n neighbor 192.0.2.1 remote-as 2\n", "router bgp 1\n neighbor 192.0.2.1 remote-as 3\n", []string{"extra: router bgp 1 / neighbor 192.0.2.1 remote-as 3", "missing: router bgp 1 / neighbor 192.0.2.1 remote-as 2"}},
		{"a password is never shown", "router bgp 1\n neighbor 192.0.2.1 password one\n", "router bgp 1\n neighbor 192.0.2.1 password two\n", []string{"extra: router bgp 1 / neighbor 192.0.2.1 password [redacted]", "missing: router bgp 1 / neighbor 192.0.2.1 password [redacted]"}},
		{"a whole block is one difference", "route-map A permit 1\n match tag 2\n", "", []string{"missing: route-map A permit 1"}},
		{"lines of a family that is missing are named", "router bgp 1\n network 10.0.0.0/8\n", "router bgp 1\n", []string{"missing: router bgp 1 / address-family ipv4 unicast / network 10.0.0.0/8"}},
		{"what a daemon cannot be without is no difference", "", "frr version 8.4.4\nfrr defaults traditional\nhostname vm\nno ip forwarding\n", nil},
		{"nor is what a daemon says it does not do, and nobody knows", "", "frr version 11.0\nno frobnication\n", nil},
		{"another host name is one", "hostname a\n", "frr version 8.4.4\nhostname vm\n", []string{"extra: hostname vm", "missing: hostname a"}},
		{"a setting that is on by default has to be off when wanted so", "router bgp 1\n no bgp ebgp-requires-policy\n", "frr version 8.4.4\nrouter bgp 1\n", []string{"missing: router bgp 1 / no bgp ebgp-requires-policy"}},
		{"unless the profile has it off", "router bgp 1\n no bgp ebgp-requires-policy\n", "frr version 8.4.4\nfrr defaults datacenter\nrouter bgp 1\n", nil},
		{"a line nobody knows is not there when it is not to be", "no twiddle\n", "frr version 8.4.4\n", nil},
		{"FRR 10 resolves by the default route without saying so", "ip nht resolve-via-default\n", "frr version 10.3\n", nil},
		{"FRR 8 does not", "ip nht resolve-via-default\n", "frr version 8.4.4\n", []string{"missing: ip nht resolve-via-default"}},
		{"nor does FRR 10 when it says so", "ip nht resolve-via-default\n", "frr version 10.3\nno ip nht resolve-via-default\n", []string{"extra: no ip nht resolve-via-default", "missing: ip nht resolve-via-default"}},
		{"a password that FRR encrypts", "password foo\n", "frr version 8.4.4\npassword 8 F8xPaVSNOH1W2\n", nil},
		{"defaults are not shown", "router bgp 1\n neighbor 192.0.2.1 remote-as 2\n neighbor 192.0.2.1 port 179\n timers bgp 60 180\n", "frr version 8.4.4\nrouter bgp 1\n neighbor 192.0.2.1 remote-as 2\n", nil},
		{"multihop is not heard inside the AS", "router bgp 1\n neighbor 192.0.2.1 remote-as 1\n neighbor 192.0.2.1 ebgp-multihop\n", "frr version 8.4.4\nrouter bgp 1\n neighbor 192.0.2.1 remote-as 1\n", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want, have := mustParse(t, test.want), mustParse(t, test.have)
			var got []string
			for _, d := range Compare(want, have) {
				got = append(got, d.String())
			}
			if diff := cmp.Diff(test.differences, got); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
			if want.Equal(have) != (len(got) == 0) {
				t.Errorf("Equal is %v", want.Equal(have))
			}
		})
	}
}

func TestNormalizeIsIdempotentAndCanBeSent(t *testing.T) {
	for seed := range uint64(50) {
		once := mustParse(t, randomText(seed)).Normalize()
		again := mustParse(t, once.String()).Normalize()
		if diff := cmp.Diff(once.String(), again.String()); diff != "" {
			t.Fatalf("seed %d (-once +again):\n%s", seed, diff)
		}
	}
}
