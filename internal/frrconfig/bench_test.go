package frrconfig

import (
	"fmt"
	"net/netip"
	"testing"

	"frr-speaker/internal/bgp"
)

// BenchmarkRender is the text of a node with 4 neighbors and a few classes.
func BenchmarkRender(b *testing.B) {
	renderer := newRenderer(b)
	for _, routes := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprintf("routes=%d", routes), func(b *testing.B) {
			s := bigSpeaker(routes)
			b.ReportAllocs()
			for b.Loop() {
				text, err := renderer.Render(s, Options{})
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(text)))
			}
		})
	}
}

func bigSpeaker(routes int) bgp.Speaker {
	i := bgp.Instance{ASN: 64512}
	var ids []string
	for n := range byte(4) {
		s := tor(func(s *bgp.Session) {
			s.Peer, s.Addr = fmt.Sprintf("tor-%d", n), netip.AddrFrom4([4]byte{192, 0, 2, n + 1})
		})
		i.Sessions = append(i.Sessions, s)
		ids = append(ids, s.ID())
	}
	policies := []*bgp.Policy{
		to(ids...),
		with(to(ids[:2]...), bgp.Attributes{Communities: []bgp.Community{bgp.NewCommunity(64512, 11)}}),
		with(to(ids...), bgp.Attributes{LocalPref: 50}),
	}
	for n := range routes {
		prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 32)
		i.Routes = append(i.Routes, bgp.Route{Prefix: prefix, Policy: policies[n%len(policies)]})
	}
	return bgp.Speaker{Instances: []bgp.Instance{i}}
}
