package kube

import (
	"fmt"
	"runtime"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"frr-speaker/internal/intent"
)

// The cluster that the targets speak of.
const (
	benchServices  = 10_000
	benchEndpoints = 3
	benchNodes     = 1000
)

// benchSource holds a large cluster, as a reflector has put it there.
func benchSource(b *testing.B) *Source {
	b.Helper()
	client, err := newClient(&rest.Config{Host: "https://192.0.2.1:6443"}, ClientOptions{})
	if err != nil {
		b.Fatal(err)
	}
	s, err := NewSource(client, SourceOptions{})
	if err != nil {
		b.Fatal(err)
	}
	var services, slices, nodes []any
	for n := range benchServices {
		services = append(services, service(fmt.Sprintf("service-%05d", n), corev1.ServiceTypeLoadBalancer, fmt.Sprintf("198.18.%d.%d", n/250, n%250+1)))
		slices = append(slices, benchSlice(fmt.Sprintf("service-%05d", n), n, true))
	}
	slices = append(slices, benchSlice("unrelated", 0, true))
	for n := range benchNodes {
		nodes = append(nodes, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: benchNode(n), Labels: map[string]string{"rack": fmt.Sprint(n / 40)}}})
	}
	for _, k := range s.kinds {
		var list []any
		switch k.resource.Resource {
		case "services":
			list = services
		case "endpointslices":
			list = slices
		case "nodes":
			list = nodes
		}
		if err := k.store.Replace(list, "1"); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func benchNode(n int) string { return fmt.Sprintf("node-%04d", n) }

func benchSlice(service string, n int, ready bool) *discoveryv1.EndpointSlice {
	o := slice(service+"-1", service)
	for e := range benchEndpoints {
		node := benchNode((n*7 + e*13) % benchNodes)
		o.Endpoints = append(o.Endpoints, discoveryv1.Endpoint{
			Addresses: []string{fmt.Sprintf("10.%d.%d.%d", 100+e, n/250, n%250+1)}, NodeName: &node,
			Conditions: discoveryv1.EndpointConditions{Ready: &ready, Serving: &ready},
		})
	}
	return o
}

// BenchmarkUnrelatedEndpointSlice changes endpoints of a service that is no load
// balancer, after a pass has taken a snapshot.
func BenchmarkUnrelatedEndpointSlice(b *testing.B) {
	s := benchSource(b)
	n := 0
	for b.Loop() {
		n++
		s.Snapshot()
		wasPoked(s)
		if err := s.endpointSlices.Update(benchSlice("unrelated", 0, n%2 == 0)); err != nil {
			b.Fatal(err)
		}
		if wasPoked(s) {
			b.Fatal("it pokes")
		}
	}
}

// BenchmarkEndpointOfALoadBalancer is the source's part of a change that leads to a pass.
func BenchmarkEndpointOfALoadBalancer(b *testing.B) {
	s := benchSource(b)
	n := 0
	for b.Loop() {
		n++
		if err := s.endpointSlices.Update(benchSlice("service-00007", 7, n%2 == 0)); err != nil {
			b.Fatal(err)
		}
		if !wasPoked(s) {
			b.Fatal("it does not poke")
		}
		if _, _, complete := s.Snapshot(); !complete {
			b.Fatal("not complete")
		}
	}
}

// BenchmarkHeap is what a large cluster takes of the heap once it is in the stores, and
// with its meaning beside it.
func BenchmarkHeap(b *testing.B) {
	for b.Loop() {
		before := heap()
		s := benchSource(b)
		stored := heap()
		objs, _, _ := s.Snapshot()
		want, _ := intent.Parse(objs, intent.Options{}, nil)
		parsed := heap()
		b.ReportMetric(float64(stored-before)/(1<<20), "stores-MiB")
		b.ReportMetric(float64(parsed-before)/(1<<20), "with-intent-MiB")
		runtime.KeepAlive(s)
		runtime.KeepAlive(want)
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
