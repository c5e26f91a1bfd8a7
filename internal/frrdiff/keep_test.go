package frrdiff

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const keepOld = `route-map origin-1 permit 10
exit
! BGPPeer a
route-map A-out permit 1
 match tag 1
exit
router bgp 1
 coalesce-time 0
 ! BGPPeer a
 neighbor 192.0.2.1 remote-as 2
 neighbor 192.0.2.1 timers 5 15
 ! BGPPeer b
 neighbor 192.0.2.2 remote-as 2
 !
 address-family ipv4 unicast
  network 10.0.0.0/8 route-map origin-1
  ! BGPPeer a
  neighbor 192.0.2.1 activate
  neighbor 192.0.2.1 route-map A-out out
 exit-address-family
exit
`

func TestKeep(t *testing.T) {
	tests := []struct {
		name  string
		now   string
		whole bool
		want  string // "": nothing is kept
	}{
		{
			"sessions are as they were, filters and routes as they are to be",
			"route-map origin-2 permit 10\nexit\n! BGPPeer a\nroute-map A-out permit 2\n match tag 2\nexit\nrouter bgp 1\n ! BGPPeer a\n neighbor 192.0.2.1 remote-as 3\n neighbor 192.0.2.1 timers 5 nonsense\n !\n address-family ipv4 unicast\n  network 11.0.0.0/8 route-map origin-2\n  ! BGPPeer a\n  neighbor 192.0.2.1 activate\n exit-address-family\nexit\n",
			false,
			"route-map origin-2 permit 10\nexit\nroute-map A-out permit 2\n match tag 2\nexit\nroute-map A-out permit 1\n match tag 1\nexit\nrouter bgp 1\n address-family ipv4 unicast\n  network 11.0.0.0/8 route-map origin-2\n  neighbor 192.0.2.1 activate\n  neighbor 192.0.2.1 route-map A-out out\n exit-address-family\n neighbor 192.0.2.1 remote-as 2\n neighbor 192.0.2.1 timers 5 15\nexit\n",
		},
		{
			"all of it is as it was",
			"! BGPPeer a\nroute-map A-out permit 2\n nonsense\nexit\nrouter bgp 1\n ! BGPPeer a\n neighbor 192.0.2.9 remote-as 3\n !\nexit\n! bgpextras begin\nrouter bgp 1\n neighbor 192.0.2.9 description of the snippet\n! bgpextras end\n",
			true,
			"route-map A-out permit 1\n match tag 1\nexit\nrouter bgp 1\n neighbor 192.0.2.1 remote-as 2\n neighbor 192.0.2.1 timers 5 15\n address-family ipv4 unicast\n  neighbor 192.0.2.1 activate\n  neighbor 192.0.2.1 route-map A-out out\n exit-address-family\nexit\n",
		},
		{"an instance with another AS number has no place for it", "router bgp 7\n ! BGPPeer a\n neighbor 192.0.2.1 remote-as 3\nexit\n", false, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			kept := mustParse(t, test.now).Keep("BGPPeer a", mustParse(t, keepOld), test.whole)
			if kept == nil {
				if test.want != "" {
					t.Error("nothing is kept")
				}
				return
			}
			if diff := Compare(mustParse(t, test.want), kept); len(diff) > 0 || test.want == "" {
				t.Errorf("it says\n%s\nwhich differs from what is wanted: %v", kept, diff)
			}
		})
	}
	t.Run("an object that had nothing keeps nothing", func(t *testing.T) {
		if kept := mustParse(t, keepOld).Keep("BGPPeer z", mustParse(t, keepOld), true); kept != nil {
			t.Errorf("it keeps\n%s", kept)
		}
	})
}

func TestAnnotatedTextKeepsTheObjects(t *testing.T) {
	c := mustParse(t, keepOld+"bfd\n ! BFDProfile fast\n profile fast\n  receive-interval 100\n exit\nexit\n! BGPPeer a\nroute-map X permit 1\n match tag 2\nexit\nlog stdout\n")
	again := mustParse(t, c.Annotated())
	objects := func(c *Config) map[string]string {
		out := map[string]string{}
		c.root.walk(func(n *node) { out[n.text] = n.line.Object })
		return out
	}
	if diff := cmp.Diff(objects(c), objects(again)); diff != "" {
		t.Errorf("objects (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(c.String(), again.String()); diff != "" {
		t.Errorf("text (-before +after):\n%s", diff)
	}
}
