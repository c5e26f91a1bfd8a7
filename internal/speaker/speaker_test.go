package speaker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/bgp"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
)

// fakeSource serves the objects that a test puts into it.
type fakeSource struct {
	poke chan struct{}

	mu       sync.Mutex // guards what follows
	objs     intent.Objects
	problems []intent.Problem
	ok       bool
}

func newFakeSource() *fakeSource { return &fakeSource{poke: make(chan struct{}, 1)} }

func (f *fakeSource) put(objs intent.Objects, ok bool, problems ...intent.Problem) {
	f.mu.Lock()
	f.objs, f.ok, f.problems = objs, ok, problems
	f.mu.Unlock()
	select {
	case f.poke <- struct{}{}:
	default:
	}
}

func (f *fakeSource) Run(ctx context.Context) error { <-ctx.Done(); return nil }

func (f *fakeSource) Changed() <-chan struct{} { return f.poke }

func (f *fakeSource) Snapshot() (intent.Objects, []intent.Problem, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.objs, f.problems, f.ok
}

// recorder is a sink that keeps what it was given.
type recorder struct {
	mu     sync.Mutex // guards states
	states []announce.State
}

func (r *recorder) Set(state announce.State, _ string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.states = append(r.states, state)
}

func (r *recorder) reasons() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, state := range r.states {
		var one []string
		for _, v := range state.Verdicts {
			one = append(one, v.Service.Name+" "+v.Reason.String())
		}
		all = append(all, strings.Join(one, ", "))
	}
	return all
}

func balancer(name string) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer},
	}
}

func TestSpeakerFailsStatic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, sink, logged := newFakeSource(), &recorder{}, &bytes.Buffer{}
		agent := Speaker{
			Node: "node-1", Source: source, Sinks: []Sink{sink},
			Log:     slog.New(slog.NewJSONHandler(logged, nil)),
			Metrics: NewMetrics(prometheus.NewRegistry()),
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- agent.Run(ctx) }()
		settle := func() { time.Sleep(time.Second); synctest.Wait() }

		source.put(intent.Objects{}, false, intent.Problem{Object: intent.Ref{Kind: "Directory", Name: "objects"}, Message: "is gone"})
		settle()
		source.put(intent.Objects{Services: []*corev1.Service{balancer("web")}}, true) // without the Node of this node
		settle()
		nodes := []*corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: "node-1"}}}
		source.put(intent.Objects{Nodes: nodes, Services: []*corev1.Service{balancer("web")}}, true)
		settle()
		source.put(intent.Objects{}, false)
		settle()
		source.put(intent.Objects{Nodes: nodes}, true)
		settle()
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"web noIPAllocated", ""}, sink.reasons()); diff != "" {
			t.Errorf("states that reached the sink (-want +got):\n%s", diff)
		}
		for _, want := range []string{`"object":"Directory objects"`, `"message":"is gone"`, `"object":"Node node-1"`, `"msg":"problem solved"`, `"service":"default/web"`} {
			if !strings.Contains(logged.String(), want) {
				t.Errorf("log lacks %s:\n%s", want, logged)
			}
		}
	})
}

// Other nodes elect without a node that was deleted: it must not answer beside them. A
// source that has not all objects says nothing about the node, nor does one that has no node.
func TestSpeakerOfADeletedNodeKeepsItsSessionsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, sink := newFakeSource(), &recorder{}
		agent := Speaker{
			Node: "node-1", Source: source, Sinks: []Sink{sink},
			Log: slog.New(slog.DiscardHandler), Metrics: NewMetrics(prometheus.NewRegistry()),
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- agent.Run(ctx) }()
		here := announcedByBoth()
		without, empty := here, here
		without.Nodes = []*corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: "node-2"}}}
		empty.Nodes = nil
		put := func(objs intent.Objects, ok bool) {
			source.put(objs, ok)
			time.Sleep(time.Second)
			synctest.Wait()
		}
		put(without, true)
		put(here, true)
		put(intent.Objects{}, false)
		put(empty, true)
		put(without, true)
		put(here, true)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		full := []string{"1 sessions, 1 routes, 1 addresses", "web announced, web announced"}
		want := [][]string{full, {"1 sessions, 0 routes, 0 addresses", "web nodeUnknown, web nodeUnknown"}, full}
		var got [][]string
		reasons := sink.reasons()
		for i, state := range sink.states {
			instance := state.BGP.Instances[0]
			got = append(got, []string{fmt.Sprintf("%d sessions, %d routes, %d addresses", len(instance.Sessions), len(instance.Routes), len(state.L2)), reasons[i]})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("states that reached the sink (-want +got):\n%s", diff)
		}
	})
}

// announcedByBoth is what it takes for node-1 to announce a service by BGP and by layer 2.
func announcedByBoth() intent.Objects {
	named := metav1.ObjectMeta{Namespace: "metallb-system", Name: "one"}
	web := balancer("web")
	web.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "198.51.100.10"}}
	yes := true
	return intent.Objects{
		Nodes:             []*corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: "node-1"}}},
		Services:          []*corev1.Service{web},
		Pools:             []*v1beta1.IPAddressPool{{ObjectMeta: named, Spec: v1beta1.IPAddressPoolSpec{Addresses: []string{"198.51.100.0/24"}}}},
		Peers:             []*v1beta2.BGPPeer{{ObjectMeta: named, Spec: v1beta2.BGPPeerSpec{MyASN: 64512, ASN: 65001, Address: "192.0.2.1"}}},
		BGPAdvertisements: []*v1beta1.BGPAdvertisement{{ObjectMeta: named}},
		L2Advertisements:  []*v1beta1.L2Advertisement{{ObjectMeta: named}},
		EndpointSlices: []*discoveryv1.EndpointSlice{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web-1", Labels: map[string]string{discoveryv1.LabelServiceName: "web"}},
			Endpoints:  []discoveryv1.Endpoint{{Addresses: []string{"10.244.0.1"}, Conditions: discoveryv1.EndpointConditions{Ready: &yes}}},
		}},
	}
}

func TestSpeakerLogsTransitionsOnly(t *testing.T) {
	var logged bytes.Buffer
	said := newReporter(slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == "node" || a.Key == "detail" || a.Key == "peers" || a.Key == "protocol" {
			return slog.Attr{}
		}
		return a
	}})), "node-1")
	web := intent.Ref{Kind: "Service", Namespace: "default", Name: "web"}
	verdict := func(r announce.Reason) []announce.Verdict {
		return []announce.Verdict{{Service: web, Protocol: announce.ProtocolBGP, Reason: r}}
	}
	for _, pass := range [][]announce.Verdict{
		verdict(announce.NoEndpoints), verdict(announce.NoEndpoints), verdict(announce.Announced),
		verdict(announce.Announced), verdict(announce.NoEndpoints), verdict(announce.Announced), nil, nil,
	} {
		said.verdicts(pass)
	}
	want := `msg="service not announced" service=default/web reason=noEndpoints
msg="service announced" service=default/web reason=announced
msg="service withdrawn" service=default/web reason=noEndpoints
msg="service announced" service=default/web reason=announced
msg="service withdrawn" service=default/web reason=serviceDeleted
`
	if diff := cmp.Diff(want, logged.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestFRRSinkTriesAgainAndLatestWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var published []string
		var working atomic.Bool
		sink := NewFRR(
			func(_ bgp.Speaker, raw string) ([]byte, error) { return []byte(raw), nil },
			func(text []byte) (handoff.Version, bool, error) {
				if !working.Load() {
					return handoff.Version{}, false, errors.New("no space left on device")
				}
				published = append(published, string(text))
				return handoff.Version{Generation: int64(len(published))}, true, nil
			},
			slog.New(slog.DiscardHandler), NewMetrics(prometheus.NewRegistry()))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- sink.Run(ctx) }()

		sink.Set(announce.State{}, "one")
		time.Sleep(time.Minute)
		sink.Set(announce.State{}, "two")
		sink.Set(announce.State{}, "three")
		synctest.Wait()
		working.Store(true)
		time.Sleep(maxPublishRetry)
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"three"}, published); diff != "" {
			t.Errorf("published (-want +got):\n%s", diff)
		}
	})
}
