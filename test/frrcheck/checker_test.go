package frrcheck

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestComplaints(t *testing.T) {
	tests := []struct {
		name string
		conf []string
		want []string
	}{
		{"nothing is said of what FRR takes", []string{
			"log stdout informational", "ip nht resolve-via-default", "debug bgp nht", "debug zebra nht", "debug bfd peer",
			"bfd", " profile fast", "  receive-interval 100", " exit", "exit",
			"ip prefix-list p seq 5 permit 10.0.0.0/8",
			"router bgp 64512", " neighbor 192.0.2.1 remote-as 65001", " neighbor 192.0.2.1 bfd profile fast", "exit",
		}, nil},
		{
			"a word that FRR does not know",
			[]string{"router bgp 64512", " neighbor 192.0.2.1 remote-as 65001", " neighbor 192.0.2.1 sing", "exit"},
			[]string{"bgpd: No such command on config line 3:  neighbor 192.0.2.1 sing"},
		},
		{
			"a value out of range",
			[]string{"bfd", " profile fast", "  receive-interval 1", " exit", "exit"},
			[]string{"bfdd: No such command on config line 3:   receive-interval 1"},
		},
		{
			"a line that only zebra owns",
			[]string{"ip nht resolve-via-nothing"},
			[]string{"zebra: No such command on config line 1: ip nht resolve-via-nothing"},
		},
		{
			"a line that is refused for its meaning",
			[]string{"router bgp 64512", " neighbor 192.0.2.1 remote-as 64512", " neighbor 192.0.2.1 local-as 64513", "exit"},
			[]string{"bgpd: % Local-AS allowed only for EBGP peers", "bgpd: Command returned Warning Config Failed on config line 3:  neighbor 192.0.2.1 local-as 64513"},
		},
		{"a session with graceful restart, and another refusal beside it", []string{
			"router bgp 64512", " neighbor 192.0.2.1 remote-as 65001", " neighbor 192.0.2.1 graceful-restart", " neighbor 192.0.2.1 password " + strings.Repeat("x", 81), "exit",
		}, []string{"bgpd: % Invalid value", "bgpd: Command returned Warning Config Failed on config line 4:  neighbor 192.0.2.1 password " + strings.Repeat("x", 81)}},
		{
			"a block of another daemon ends where it ends",
			[]string{"bfd", " profile fast", " exit", "exit", "router bgp 64512", " neighbor 192.0.2.1 sing", "exit"},
			[]string{"bgpd: No such command on config line 6:  neighbor 192.0.2.1 sing"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c Checker
			got, err := c.Complaints(t.Context(), []byte(strings.Join(tt.conf, "\n")+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("complaints (-want +got):\n%s", diff)
			}
		})
	}
}
