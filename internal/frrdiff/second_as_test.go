package frrdiff

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSecondASInOneVRF(t *testing.T) {
	const ours = "router bgp 64512\n neighbor 192.0.2.1 remote-as 65001\nexit\n"
	tests := []struct {
		name string
		raw  string // of bgpextras
		want []string
	}{
		{
			name: "another AS stays apart, so that FRR can refuse it and nothing of ours changes",
			raw:  "router bgp 300\n neighbor 192.0.2.9 remote-as 65009\nexit\n",
			want: []string{"router bgp 64512", " neighbor 192.0.2.1 remote-as 65001", "exit", "router bgp 300", " neighbor 192.0.2.9 remote-as 65009", "exit"},
		},
		{
			name: "the same AS is our instance",
			raw:  "router bgp 64512\n neighbor 192.0.2.9 remote-as 65009\nexit\n",
			want: []string{"router bgp 64512", " neighbor 192.0.2.1 remote-as 65001", " neighbor 192.0.2.9 remote-as 65009", "exit"},
		},
		{
			name: "no AS is our instance too",
			raw:  "router bgp\n neighbor 192.0.2.9 remote-as 65009\nexit\n",
			want: []string{"router bgp 64512", " neighbor 192.0.2.1 remote-as 65001", " neighbor 192.0.2.9 remote-as 65009", "exit"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse([]byte(ours + "! bgpextras begin\n" + tt.raw + "! bgpextras end\n"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, strings.Split(strings.TrimSpace(c.String()), "\n")); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
			kept := c.Without("bgpextras").String()
			if want := strings.TrimSuffix(ours, "\n"); !strings.HasPrefix(kept, want) || strings.Contains(kept, "192.0.2.9") {
				t.Errorf("without bgpextras:\n%s", kept)
			}
		})
	}
}
