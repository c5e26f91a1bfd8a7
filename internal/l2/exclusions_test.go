package l2

import (
	"strings"
	"testing"
)

func TestDefaultExclusions(t *testing.T) {
	e := DefaultExclusions()
	for name, want := range map[string]bool{
		"eth0": false, "eno1": false, "bond0": false, "bond0.100": false, "br0": false, "vlan7": false, "wlan0": false, "macvlan0": false,
		"lo": true, "lo0": false, "docker0": true, "cbr0": true, "dummy0": true, "virbr0": true, "lxcbr0": true, "veth12ab": true,
		"cali1234": true, "tunl0": true, "flannel.1": true, "kube-ipvs0": true, "cni0": true, "nodelocaldns": true, "lxc1": true,
	} {
		if got := e.Match(name); got != want {
			t.Errorf("%s excluded: %v, want %v", name, got, want)
		}
	}
}

func TestParseExclusions(t *testing.T) {
	for _, tt := range []struct {
		name     string
		in       string
		excluded []string
		used     []string
		err      string
	}{
		{
			name: "each expression excludes", in: "announcedInterfacesToExclude: [\"^docker.*\", lan]\n",
			excluded: []string{"docker0", "vlan1"}, used: []string{"eth0", "xdocker0"},
		},
		{name: "an empty list excludes nothing", in: "announcedInterfacesToExclude: []\n", used: []string{"lo", "docker0"}},
		{name: "an empty file excludes nothing", in: "", used: []string{"lo"}},
		{
			name: "an expression that is none is named", in: "announcedInterfacesToExclude: [a, \"(b\"]\n",
			err: `announcedInterfacesToExclude[1] "(b": error parsing regexp: missing closing ): ` + "`(b`",
		},
		{name: "a misspelled key is refused", in: "interfacesToExclude: [a]\n", err: `unknown field "interfacesToExclude"`},
		{name: "what is no YAML is refused", in: "\t", err: "read list of interfaces to exclude"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := ParseExclusions([]byte(tt.in))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error %v, want one that holds %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range tt.excluded {
				if !e.Match(name) {
					t.Errorf("%s is not excluded", name)
				}
			}
			for _, name := range tt.used {
				if e.Match(name) {
					t.Errorf("%s is excluded", name)
				}
			}
		})
	}
}

func TestUnfit(t *testing.T) {
	change := func(f func(*Link)) Link {
		l := eth0
		f(&l)
		return l
	}
	for _, tt := range []struct {
		name     string
		link     Link
		arp, ndp Unfit
	}{
		{name: "an Ethernet link can answer", link: eth0},
		{name: "so can a VLAN of it, a bond and a bridge that are not excluded", link: renamed(eth0, "bond0.100")},
		{name: "an excluded link cannot", link: renamed(eth0, "docker0"), arp: UnfitExcluded, ndp: UnfitExcluded},
		{name: "a port of a bond cannot: its master can", link: change(func(l *Link) { l.Master = 7 }), arp: UnfitEnslaved, ndp: UnfitEnslaved},
		{name: "a link without ARP cannot", link: change(func(l *Link) { l.NoARP = true }), arp: UnfitNoARP, ndp: UnfitNoARP},
		{name: "a link that is not up cannot", link: change(func(l *Link) { l.Up = false }), arp: UnfitDown, ndp: UnfitDown},
		{name: "a link without carrier cannot", link: down(eth0), arp: UnfitDown, ndp: UnfitDown},
		{name: "a tunnel cannot", link: change(func(l *Link) { l.Ethernet, l.MAC = false, MAC{} }), arp: UnfitNotEthernet, ndp: UnfitNotEthernet},
		{name: "the loopback cannot", link: change(func(l *Link) { l.Loopback = true }), arp: UnfitNotEthernet, ndp: UnfitNotEthernet},
		{name: "a link without broadcast cannot answer ARP", link: change(func(l *Link) { l.Broadcast = false }), arp: UnfitNoBroadcast},
		{name: "a link without link-local address cannot answer ND", link: withoutLinkLocal(eth0), ndp: UnfitNoLinkLocal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for p, want := range map[Protocol]Unfit{ARP: tt.arp, NDP: tt.ndp} {
				if got := tt.link.unfit(p, DefaultExclusions()); got != want {
					t.Errorf("%v: %q, want %q", p, got, want)
				}
			}
		})
	}
}
