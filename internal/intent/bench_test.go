package intent

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
)

// BenchmarkParse reads the largest cluster that the project's targets speak of.
func BenchmarkParse(b *testing.B) {
	objs := largeCluster(10_000, 3, 1_000)
	var prev *Intent
	b.ReportAllocs()
	for b.Loop() {
		got, problems := Parse(objs, Options{}, prev)
		if len(problems) > 0 {
			b.Fatal(problems[0])
		}
		prev = got
	}
	if got := len(prev.Services); got != 10_000 {
		b.Fatalf("%d services", got)
	}
}

// BenchmarkParsePools reads many pools of many ranges, the part whose cost could grow with its square.
func BenchmarkParsePools(b *testing.B) {
	var objs Objects
	for i := range 1_000 {
		objs.Pools = append(objs.Pools, pool(fmt.Sprintf("pool-%d", i), fmt.Sprintf("10.%d.%d.1-10.%d.%d.254", i/250, i%250, i/250, i%250)))
		objs.BGPAdvertisements = append(objs.BGPAdvertisements, advertisement(fmt.Sprintf("ad-%d", i), func(s *adSpec) {
			s.IPAddressPools, s.LocalPref = []string{fmt.Sprintf("pool-%d", i)}, uint32(i)
		}))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := Parse(objs, Options{}, nil); len(problems) > 0 {
			b.Fatal(problems[0])
		}
	}
}

func largeCluster(services, endpoints, nodes int) Objects {
	objs := Objects{
		Pools:       []*v1beta1.IPAddressPool{pool("gold", "10.0.0.0/8"), pool("six", "2001:db8::/64")},
		Peers:       []*v1beta2.BGPPeer{torA()},
		Communities: []*v1beta1.Community{{ObjectMeta: meta("names")}},
		BGPAdvertisements: []*v1beta1.BGPAdvertisement{
			advertisement("all", func(s *adSpec) { s.Communities = []string{"no-export"} }),
			advertisement("web", func(s *adSpec) { s.ServiceSelectors = []metav1.LabelSelector{selects("app", "web")} }),
		},
	}
	for i := range nodes {
		objs.Nodes = append(objs.Nodes, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("node-%d", i), Labels: map[string]string{"rack": fmt.Sprint(i % 40)}}})
	}
	for i := range services {
		name := fmt.Sprintf("service-%d", i)
		objs.Services = append(objs.Services, service(name, fmt.Sprintf("10.0.%d.%d", i/250, i%250)))
		var list []discoveryv1.Endpoint
		for e := range endpoints {
			list = append(list, endpoint(fmt.Sprintf("node-%d", (i*endpoints+e)%nodes), true))
		}
		objs.EndpointSlices = append(objs.EndpointSlices, endpointSlice("shop", name, list...))
	}
	return objs
}
