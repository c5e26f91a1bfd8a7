package frrdiff

import (
	"fmt"
	"strings"
	"testing"
)

// speakerText is what a speaker with four sessions and n prefixes writes.
func speakerText(n int, tag string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "log stdout informational\nroute-map origin-%[1]s permit 10\n set tag %[1]s\nexit\n!\n", tag)
	for p := range 4 {
		fmt.Fprintf(&b, "route-map 192.0.2.%[1]d-in deny 20\nexit\n!\nroute-map 192.0.2.%[1]d-out permit 11\n match tag %[2]s\nexit\n!\n", p, tag)
	}
	b.WriteString("router bgp 64512\n no bgp ebgp-requires-policy\n no bgp network import-check\n no bgp default ipv4-unicast\n coalesce-time 0\n")
	for p := range 4 {
		fmt.Fprintf(&b, " ! BGPPeer tor-%[1]d\n neighbor 192.0.2.%[1]d remote-as 65001\n neighbor 192.0.2.%[1]d timers 3 9\n", p)
	}
	b.WriteString(" !\n address-family ipv4 unicast\n")
	for i := range n {
		fmt.Fprintf(&b, "  network 10.%d.%d.%d/32 route-map origin-%s\n", i>>16, i>>8&255, i&255, tag)
	}
	for p := range 4 {
		fmt.Fprintf(&b, "  ! BGPPeer tor-%[1]d\n  neighbor 192.0.2.%[1]d activate\n  neighbor 192.0.2.%[1]d route-map 192.0.2.%[1]d-in in\n  neighbor 192.0.2.%[1]d route-map 192.0.2.%[1]d-out out\n", p)
	}
	b.WriteString(" exit-address-family\nexit\n!\n")
	return b.String()
}

const tenThousand = 10_000

func BenchmarkParse10000Networks(b *testing.B) {
	text := []byte(speakerText(tenThousand, "7"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDiffOneChangeAt10000 is the fast path: our own text against our own text.
func BenchmarkDiffOneChangeAt10000(b *testing.B) {
	text := speakerText(tenThousand, "7")
	from := mustParse(b, text)
	to := mustParse(b, strings.Replace(text, "  network 10.0.20.5/32 route-map origin-7\n", "", 1))
	b.ReportAllocs()
	for b.Loop() {
		if n := Diff(from, to).Len(); n != 1 {
			b.Fatalf("%d commands", n)
		}
	}
}

// BenchmarkDiffReadBackAt10000 is what FRR printed, in another order, against our text.
func BenchmarkDiffReadBackAt10000(b *testing.B) {
	lines := strings.SplitAfter(speakerText(tenThousand, "7"), "\n")
	for i, j := 0, len(lines)-1; i < j; i, j = i+1, j-1 {
		if strings.HasPrefix(lines[i], "  network") && strings.HasPrefix(lines[j], "  network") {
			lines[i], lines[j] = lines[j], lines[i]
		}
	}
	from := mustParse(b, "frr version 10.3\n"+strings.Join(lines, ""))
	to := mustParse(b, speakerText(tenThousand, "7"))
	b.ReportAllocs()
	for b.Loop() {
		if s := Diff(from, to); s.Len() > 0 {
			b.Fatalf("%q", s[0].Commands[0].Text)
		}
	}
}

// BenchmarkDiffEveryRouteMovesAt10000 gives all routes to another class.
func BenchmarkDiffEveryRouteMovesAt10000(b *testing.B) {
	from, to := mustParse(b, speakerText(tenThousand, "7")), mustParse(b, speakerText(tenThousand, "8"))
	b.ReportAllocs()
	for b.Loop() {
		if n := Diff(from, to).Len(); n < tenThousand {
			b.Fatalf("%d commands", n)
		}
	}
}

func BenchmarkNormalizeAndForAt10000(b *testing.B) {
	c := mustParse(b, speakerText(tenThousand, "7"))
	b.ReportAllocs()
	for b.Loop() {
		c.For(Bgpd, Layout{}).Normalize()
	}
}

// BenchmarkParse10000TakenBack has a "no" for each of its lines.
func BenchmarkParse10000TakenBack(b *testing.B) {
	var text strings.Builder
	for i := range tenThousand {
		fmt.Fprintf(&text, "frob %d\n", i)
	}
	for i := range tenThousand {
		fmt.Fprintf(&text, "no frob %d\n", i)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse([]byte(text.String())); err != nil {
			b.Fatal(err)
		}
	}
}
