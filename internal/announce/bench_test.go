package announce

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/labels"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// BenchmarkDecide is one pass over a big cluster: what a change of any object costs.
func BenchmarkDecide(b *testing.B) {
	for _, services := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprintf("services=%d", services), func(b *testing.B) { benchmark(b, bigCluster(services, 4, nil)) })
	}
	b.Run("services=10000,selected_by_label", func(b *testing.B) {
		selector := labels.SelectorFromSet(labels.Set{"tier": "front"})
		benchmark(b, bigCluster(10_000, 4, intent.Selector{selector}))
	})
}

func benchmark(b *testing.B, in *intent.Intent) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		state := Decide(in, "node-a")
		if got := len(state.BGP.Instances[0].Routes); got != len(in.Services) {
			b.Fatalf("%d routes, want %d", got, len(in.Services))
		}
	}
}

// bigCluster has services of four pools, two advertisements each, and peers of both families.
func bigCluster(services, peers int, selector intent.Selector) *intent.Intent {
	in := &intent.Intent{Nodes: []intent.Node{{Name: "node-a"}}}
	for i := range peers {
		in.Peers = append(in.Peers, peer(fmt.Sprintf("peer-%02d", i), fmt.Sprintf("192.0.2.%d", i+1)))
	}
	var pools []string
	for i := range 4 {
		name := fmt.Sprintf("pool-%d", i)
		pools = append(pools, name)
		in.Pools = append(in.Pools, pool(name, fmt.Sprintf("10.%d.0.0/16", i)))
	}
	in.BGPAdvertisements = []intent.BGPAdvertisement{
		advertisement32("blue", pools, func(a *intent.BGPAdvertisement) {
			a.Communities = []bgp.Community{bgp.NewCommunity(64512, 11)}
			a.Services = selector
		}),
		advertisement32("green", pools[:2], func(a *intent.BGPAdvertisement) { a.Peers = []string{"peer-00"} }),
	}
	for i := range services {
		var quad [4]byte
		binary.BigEndian.PutUint32(quad[:], 10<<24|uint32(i%4)<<16|uint32(i*7919%65521))
		in.Services = append(in.Services, service(fmt.Sprintf("service-%05d", i), netip.AddrFrom4(quad).String()))
	}
	return in
}

// BenchmarkDecideOneChange is one pass in which one service of many has other endpoints, or another address.
func BenchmarkDecideOneChange(b *testing.B) {
	in := bigCluster(10_000, 4, nil)
	d := NewDecider()
	d.Decide(in, "node-a")
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		next := *in
		next.Services = slices.Clone(in.Services)
		svc := &next.Services[n*37%len(next.Services)]
		*svc = service(svc.Ref.Name, fmt.Sprintf("10.0.250.%d", n%250+1))
		if got := len(d.Decide(&next, "node-a").BGP.Instances[0].Routes); got < len(in.Services)-n-1 {
			b.Fatalf("%d routes, want at least %d", got, len(in.Services)-n-1)
		}
		in = &next
	}
}
