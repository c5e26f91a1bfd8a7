package page

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const before = `! generation 1
router bgp 64512
 neighbor 192.0.2.1 remote-as 65001
 neighbor 192.0.2.1 password one
 address-family ipv4 unicast
  network 198.51.100.1/32 route-map origin-1
  network 198.51.100.2/32 route-map origin-1
 exit-address-family
exit
route-map 192.0.2.1-in deny 20
exit
`

func TestCompareListsWhatOnlyOneTextHas(t *testing.T) {
	tests := []struct {
		name  string
		after string
		want  string
	}{
		{"the same", before, ""},
		{"comments, order and repeats do not matter", strings.Replace("! another\n"+before, "  network 198.51.100.1/32 route-map origin-1\n", "", 1) +
			"router bgp 64512\n address-family ipv4 unicast\n  network 198.51.100.1/32 route-map origin-1\n", ""},
		{
			"lines of one block are below one opener",
			strings.NewReplacer("100.1/32", "100.3/32", "100.2/32", "100.4/32").Replace(before),
			`  router bgp 64512 › address-family ipv4 unicast
- network 198.51.100.1/32 route-map origin-1
- network 198.51.100.2/32 route-map origin-1
  router bgp 64512 › address-family ipv4 unicast
+ network 198.51.100.3/32 route-map origin-1
+ network 198.51.100.4/32 route-map origin-1
`,
		},
		{
			"a new block is not named twice",
			before + "route-map origin-2 permit 10\n set tag 2\n",
			"+ route-map origin-2 permit 10\n+ set tag 2\n",
		},
		{
			"a password that changed is not shown",
			strings.Replace(before, "password one", "password two words", 1),
			`  router bgp 64512
- neighbor 192.0.2.1 password [redacted]
  router bgp 64512
+ neighbor 192.0.2.1 password [redacted]
`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got strings.Builder
			changes := Compare([]byte(before), []byte(tt.after))
			for _, l := range changes.Lines {
				fmt.Fprintf(&got, "%1s %s\n", l.Sign, l.Text)
			}
			if diff := cmp.Diff(tt.want, got.String()); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if changes.More != 0 {
				t.Errorf("%d are left out", changes.More)
			}
		})
	}
}

func TestCompareIsBounded(t *testing.T) {
	var text strings.Builder
	text.WriteString("router bgp 64512\n")
	for i := range 10_000 {
		fmt.Fprintf(&text, " network 10.0.%d.%d/32\n", i>>8, i&255)
	}
	changes := Compare(nil, []byte(text.String()))
	if len(changes.Lines) != maxChanged || changes.More != 10_001-maxChanged {
		t.Errorf("%d lines and %d more, want %d in all", len(changes.Lines), changes.More, 10_001)
	}
}
