package frrdiff

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{
			"a block that occurs twice is one block",
			"router bgp 1\n coalesce-time 0\nexit\nrouter bgp 1\n neighbor 192.0.2.1 remote-as 2\nexit\n",
			"router bgp 1\n coalesce-time 0\n neighbor 192.0.2.1 remote-as 2\nexit\n",
		},
		{
			"a later line wins over an earlier one of the same setting",
			"router bgp 1\n neighbor 192.0.2.1 remote-as 2\n neighbor 192.0.2.1 password a\n neighbor 192.0.2.1 password b\n",
			"router bgp 1\n neighbor 192.0.2.1 remote-as 2\n neighbor 192.0.2.1 password b\nexit\n",
		},
		{
			"a later entry of a route-map changes the action and keeps the lines",
			"route-map X-in deny 20\n match tag 1\nexit\nroute-map X-in permit 20\n set metric 2\n",
			"route-map X-in permit 20\n match tag 1\n set metric 2\nexit\n",
		},
		{
			"indentation and exit are not needed",
			"router bgp 1\nneighbor 192.0.2.1 remote-as 2\naddress-family ipv4 unicast\nneighbor 192.0.2.1 activate\nneighbor 192.0.2.1 timers 1 3\nroute-map A permit 1\nmatch tag 2\nlog stdout\n",
			"router bgp 1\n neighbor 192.0.2.1 remote-as 2\n neighbor 192.0.2.1 timers 1 3\n address-family ipv4 unicast\n  neighbor 192.0.2.1 activate\n exit-address-family\nexit\nroute-map A permit 1\n match tag 2\nexit\nlog stdout\n",
		},
		{
			"a top-level line inside a block ends it, however it is indented",
			"router bgp 1\n bgp router-id 1.1.1.1\n ip prefix-list P permit any\n bgp community-list standard C permit 1:1\n",
			"router bgp 1\n bgp router-id 1.1.1.1\nexit\nip prefix-list P seq 5 permit any\nbgp community-list standard C seq 5 permit 1:1\n",
		},
		{
			"an unknown block is known by its indentation and kept",
			"frob x\n  twiddle\n    deeper\n  exit\nexit\nlog stdout\n",
			"frob x\n twiddle\n  deeper\n exit\nexit\nlog stdout\n",
		},
		{
			"lines of a family at the level of the instance are of IPv4 unicast",
			"router bgp 1\n network 10.0.0.0\n neighbor 192.0.2.1 route-map A in\n",
			"router bgp 1\n address-family ipv4 unicast\n  network 10.0.0.0/8\n  neighbor 192.0.2.1 route-map A in\n exit-address-family\nexit\n",
		},
		{
			"no takes back a line, by its beginning or by what it sets",
			"router bgp 1\n neighbor 192.0.2.1 remote-as 2\n neighbor 192.0.2.1 password a\n neighbor 192.0.2.1 port 5\n no neighbor 192.0.2.1 password\n no neighbor 192.0.2.1 port 6\n",
			"router bgp 1\n neighbor 192.0.2.1 remote-as 2\nexit\n",
		},
		{
			"no neighbor takes back all its lines, in families too",
			"router bgp 1\n neighbor 192.0.2.1 remote-as 2\n neighbor 192.0.2.10 remote-as 2\n address-family ipv4 unicast\n  neighbor 192.0.2.1 activate\n exit-address-family\n no neighbor 192.0.2.1\n",
			"router bgp 1\n neighbor 192.0.2.10 remote-as 2\n address-family ipv4 unicast\n exit-address-family\nexit\n",
		},
		{
			"no takes back a block, and all entries of a route-map",
			"route-map A permit 1\nexit\nroute-map A permit 2\nexit\nroute-map AB permit 1\nexit\nno route-map A\nrouter bgp 1\nexit\nno router bgp 1\n",
			"route-map AB permit 1\nexit\n",
		},
		{
			"no is kept where it sets something, or may do so",
			"router bgp 1\n no bgp ebgp-requires-policy\n no bgp frobnication\nexit\nno frob\n",
			"router bgp 1\n no bgp ebgp-requires-policy\n no bgp frobnication\nexit\nno frob\n",
		},
		{
			"a line after its no is set again",
			"router bgp 1\n no bgp network import-check\n bgp network import-check\n",
			"router bgp 1\n bgp network import-check\nexit\n",
		},
		{
			"entries of lists are numbered as FRR numbers them",
			"ip prefix-list P seq 7 permit 10.0.0.0/8\nip prefix-list P permit 11.1.0.0/8\nbgp community-list standard C seq 7 permit 1:1\nbgp community-list standard C permit 2:2\nip prefix-list P permit 10.0.0.0/8\n",
			"ip prefix-list P seq 7 permit 10.0.0.0/8\nip prefix-list P seq 12 permit 11.0.0.0/8\nbgp community-list standard C seq 7 permit 1:1\nbgp community-list standard C seq 10 permit 2:2\n",
		},
		{
			"addresses and prefixes are written canonically",
			"router bgp 1\n neighbor 2001:DB8:0::1 remote-as 2\n address-family ipv6\n  network 2001:DB8::1/64 route-map A\n",
			"router bgp 1\n neighbor 2001:db8::1 remote-as 2\n address-family ipv6 unicast\n  network 2001:db8::/64 route-map A\n exit-address-family\nexit\n",
		},
		{
			"options of an aggregate in FRR's order",
			"router bgp 1\n aggregate-address 10.0.0.1/8 matching-MED-only route-map M origin igp summary-only as-set\n",
			"router bgp 1\n address-family ipv4 unicast\n  aggregate-address 10.0.0.0/8 as-set summary-only route-map M origin igp matching-MED-only\n exit-address-family\nexit\n",
		},
		{
			"hosts in an access-list of sources and destinations",
			"access-list 101 permit ip host 10.0.0.1 any\naccess-list 1 permit host 10.0.0.1\n",
			"access-list 101 seq 5 permit ip host 10.0.0.1 any\naccess-list 1 seq 5 permit 10.0.0.1\n",
		},
		{
			"a line of bgpd that is none of an instance",
			"router bgp 1\n bgp update-delay 5\n",
			"router bgp 1\nexit\nbgp update-delay 5\n",
		},
		{
			"what an instance says of a neighbor comes before what a family does",
			"router bgp 1\n address-family ipv4 unicast\n  network 10.0.0.0/8\n exit-address-family\nexit\n" +
				"router bgp 1\n neighbor 192.0.2.9 remote-as 9\n address-family ipv4 unicast\n  neighbor 192.0.2.9 activate\n",
			"router bgp 1\n neighbor 192.0.2.9 remote-as 9\n address-family ipv4 unicast\n  network 10.0.0.0/8\n  neighbor 192.0.2.9 activate\n exit-address-family\nexit\n",
		},
		{
			"what frames a running-config sets nothing",
			"Building configuration...\n\nCurrent configuration:\n!\nfrr version 10.3\nfrr defaults traditional\nlog stdout\nend\n",
			"frr defaults traditional\nlog stdout\n",
		},
		{
			"tabs, carriage returns and runs of spaces are single spaces",
			"router bgp 1\r\n\tneighbor  192.0.2.1\tremote-as   2 \r\n",
			"router bgp 1\n neighbor 192.0.2.1 remote-as 2\nexit\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := mustParse(t, test.text)
			if diff := cmp.Diff(test.want, c.String()); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			if again := mustParse(t, c.String()).String(); again != c.String() {
				t.Errorf("what was printed reads as:\n%s", again)
			}
		})
	}
}

func TestParseRefusesWhatNoVtyCanBeTrustedWith(t *testing.T) {
	tests := []struct {
		name, text string
		line       int
		why        string
	}{
		{"a control character", "log stdout\nhostname a\x01b\n", 2, "control character 0x01 at column 11"},
		{"a NUL", "hostname a\x00\n", 1, "control character 0x00"},
		{"text that is not UTF-8", "\xff\xfe\n", 1, "not UTF-8"},
		{"a line that FRR would cut", "! fine\nhostname " + strings.Repeat("a", 4090) + "\n", 2, "longer than 4094 bytes"},
		{"a snippet that does not end", "log stdout\n! bgpextras begin\nlog syslog\n", 2, "cut short"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte(test.text))
			var parse *ParseError
			if !errors.As(err, &parse) {
				t.Fatalf("error is %v, want a *ParseError", err)
			}
			if parse.Line != test.line || !strings.Contains(parse.Why, test.why) {
				t.Errorf("error is %q, want line %d and %q", err, test.line, test.why)
			}
		})
	}
}

func TestLongestLineIsRead(t *testing.T) {
	if _, err := Parse([]byte("hostname " + strings.Repeat("a", 4094-9))); err != nil {
		t.Error(err)
	}
}

func TestParseErrorNeverShowsTheLine(t *testing.T) {
	_, err := Parse([]byte("router bgp 1\n neighbor 192.0.2.1 password hush\x02\n"))
	if err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("error is %v", err)
	}
}

func TestLinesKnowTheirObject(t *testing.T) {
	c := mustParse(t, `! frr-speaker generation 1
bfd
 ! BFDProfile fast
 profile fast
  receive-interval 100
 exit
 !
exit
!
! BGPPeer tor-a
route-map 192.0.2.1-in deny 20
 match tag 1
exit
route-map shared permit 1
exit
router bgp 1
 ! BGPPeer tor-a
 neighbor 192.0.2.1 remote-as 2
 ! BGPPeer tor-b
 neighbor 192.0.2.2 remote-as 2
 address-family ipv4 unicast
  network 10.0.0.0/8
  ! BGPPeer tor-a
  neighbor 192.0.2.1 activate
 exit-address-family
exit
! bgpextras begin
! BGPPeer someone-else
router bgp 1
 neighbor 192.0.2.1 port 5
! bgpextras end
log stdout
`)
	want := map[string]string{
		"bfd": "", "profile fast": "BFDProfile fast", "receive-interval 100": "BFDProfile fast",
		"route-map 192.0.2.1-in deny 20": "BGPPeer tor-a", "match tag 1": "BGPPeer tor-a", "route-map shared permit 1": "",
		"router bgp 1": "", "neighbor 192.0.2.1 remote-as 2": "BGPPeer tor-a", "neighbor 192.0.2.2 remote-as 2": "BGPPeer tor-b",
		"address-family ipv4 unicast": "", "network 10.0.0.0/8": "", "neighbor 192.0.2.1 activate": "BGPPeer tor-a",
		"neighbor 192.0.2.1 port 5": "bgpextras", "log stdout": "",
	}
	got := map[string]string{}
	c.root.walk(func(n *node) { got[n.text] = n.line.Object })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"BFDProfile fast", "BGPPeer tor-a", "BGPPeer tor-b", "bgpextras"}, c.Objects()); diff != "" {
		t.Errorf("Objects() (-want +got):\n%s", diff)
	}
}

func TestTextKnowsTheSourceOfEachLine(t *testing.T) {
	text, lines := mustParse(t, "\nlog stdout\n! BGPPeer a\nroute-map A permit 1\n match tag 2\n").Text()
	if want := "log stdout\nroute-map A permit 1\n match tag 2\nexit\n"; text != want {
		t.Errorf("text is %q, want %q", text, want)
	}
	want := []Line{{2, "log stdout", ""}, {4, "route-map A permit 1", "BGPPeer a"}, {5, "match tag 2", "BGPPeer a"}, {}}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestNetworksCountsAllFamiliesAndInstances(t *testing.T) {
	c := mustParse(t, "router bgp 1\n network 10.0.0.0/8\n address-family ipv6 unicast\n  network 2001:db8::/32\n exit-address-family\nexit\nrouter bgp 1 vrf red\n network 10.0.0.0/8\n")
	if got := c.Networks(); got != 3 {
		t.Errorf("Networks() = %d, want 3", got)
	}
}
