package speaker

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
)

// BenchmarkPassOneChange is a pass on one node of a cluster with 10,000 services and 4 peers,
// in which one service has another address. Sinks are not in it.
func BenchmarkPassOneChange(b *testing.B) {
	const services = 10_000
	source := &listedSource{objs: bigCluster(services)}
	s := &Speaker{
		Node: "node-a", Source: source, Log: slog.New(slog.DiscardHandler), Metrics: NewMetrics(prometheus.NewRegistry()),
		reader: intent.NewReader(), decider: announce.NewDecider(),
	}
	said := newReporter(s.Log, s.Node)
	last := s.pass(nil, said)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		i := n * 37 % services
		source.objs.Services = slices.Clone(source.objs.Services)
		source.objs.Services[i] = numbered(i, 18+(n/services+1)%2)
		last = s.pass(last, said)
	}
	if got := len(said.decided); got != services {
		b.Errorf("%d verdicts, want %d", got, services)
	}
}

func bigCluster(services int) intent.Objects {
	named := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: intent.DefaultNamespace, Name: name}
	}
	objs := intent.Objects{
		Nodes:             []*corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: "node-a"}}},
		Pools:             []*v1beta1.IPAddressPool{{ObjectMeta: named("pool"), Spec: v1beta1.IPAddressPoolSpec{Addresses: []string{"198.18.0.0/15"}}}},
		BGPAdvertisements: []*v1beta1.BGPAdvertisement{{ObjectMeta: named("all")}},
	}
	for i := range 4 {
		spec := v1beta2.BGPPeerSpec{MyASN: 64512, ASN: 64513, Address: fmt.Sprintf("192.0.2.%d", i+1)}
		objs.Peers = append(objs.Peers, &v1beta2.BGPPeer{ObjectMeta: named(fmt.Sprintf("tor-%d", i)), Spec: spec})
	}
	node := "node-a"
	for i := range services {
		s := numbered(i, 18)
		objs.Services = append(objs.Services, s)
		objs.EndpointSlices = append(objs.EndpointSlices, &discoveryv1.EndpointSlice{
			ObjectMeta:  metav1.ObjectMeta{Namespace: s.Namespace, Name: s.Name, Labels: map[string]string{discoveryv1.LabelServiceName: s.Name}},
			AddressType: discoveryv1.AddressTypeIPv4,
			Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{"10.1.1.1"}, NodeName: &node}},
		})
	}
	return objs
}

// numbered is a service that has an address in 198.18.0.0/16 or 198.19.0.0/16.
func numbered(i, second int) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: fmt.Sprintf("service-%05d", i)},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer},
		Status: corev1.ServiceStatus{LoadBalancer: corev1.LoadBalancerStatus{
			Ingress: []corev1.LoadBalancerIngress{{IP: fmt.Sprintf("198.%d.%d.%d", second, i/250, i%250)}},
		}},
	}
}

// listedSource has what it is given.
type listedSource struct{ objs intent.Objects }

func (s *listedSource) Run(context.Context) error { return nil }
func (s *listedSource) Changed() <-chan struct{}  { return nil }
func (s *listedSource) Snapshot() (intent.Objects, []intent.Problem, bool) {
	return s.objs, nil, true
}
