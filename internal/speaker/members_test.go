package speaker

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
)

// fakeMembers are the members that a test says there are.
type fakeMembers struct {
	poke chan struct{}

	mu    sync.Mutex // guards names
	names []string
}

func (f *fakeMembers) Changed() <-chan struct{} { return f.poke }

func (f *fakeMembers) Alive() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.names
}

func (f *fakeMembers) set(names ...string) {
	f.mu.Lock()
	f.names = names
	f.mu.Unlock()
	f.poke <- struct{}{}
}

func TestMembersDecideWhoIsElected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, sink, members := newFakeSource(), &recorder{}, &fakeMembers{poke: make(chan struct{}, 1), names: []string{}}
		s := &Speaker{
			Node: "node-a", Source: source, Sinks: []Sink{sink}, Members: members,
			Log: slog.New(slog.DiscardHandler), Metrics: NewMetrics(prometheus.NewRegistry()),
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()

		settle := func() { <-time.After(2 * maxGap); synctest.Wait() }
		source.put(lanObjects(), true)
		settle()
		members.set("node-a")
		settle()
		members.set("node-b")
		settle()
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}

		sink.mu.Lock()
		defer sink.mu.Unlock()
		var got []announce.Reason
		for _, state := range sink.states {
			got = append(got, state.Verdicts[0].Reason)
		}
		want := []announce.Reason{announce.NotMember, announce.Announced, announce.NotMember}
		if !slices.Equal(got, want) {
			t.Errorf("verdicts %v, want %v: without members, alone, and after the other one is alone", got, want)
		}
	})
}

// lanObjects are a service that is announced by L2, and two nodes.
func lanObjects() intent.Objects {
	ours := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: intent.DefaultNamespace, Name: name}
	}
	node := func(name string) *corev1.Node { return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}} }
	svc := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"}, Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer}}
	svc.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "198.51.100.10"}}
	return intent.Objects{
		Nodes:            []*corev1.Node{node("node-a"), node("node-b")},
		Pools:            []*v1beta1.IPAddressPool{{ObjectMeta: ours("gold"), Spec: v1beta1.IPAddressPoolSpec{Addresses: []string{"198.51.100.0/24"}}}},
		L2Advertisements: []*v1beta1.L2Advertisement{{ObjectMeta: ours("lan")}},
		Services:         []*corev1.Service{svc},
		EndpointSlices: []*discoveryv1.EndpointSlice{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web-1", Labels: map[string]string{discoveryv1.LabelServiceName: "web"}},
			Endpoints:  []discoveryv1.Endpoint{{Addresses: []string{"10.0.0.1"}}},
		}},
	}
}
