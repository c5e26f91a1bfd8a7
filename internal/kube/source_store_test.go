package kube

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
)

// newTestSource is a source that has asked nobody yet.
func newTestSource(t *testing.T) *Source {
	t.Helper()
	client, err := newClient(&rest.Config{Host: "https://192.0.2.1:6443"}, ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSource(client, SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fill gives every kind a first, empty set, and takes the pokes.
func fill(t *testing.T, s *Source) {
	t.Helper()
	for _, k := range s.kinds {
		if err := k.store.Replace(nil, "1"); err != nil {
			t.Fatal(err)
		}
	}
	s.poked()
	<-s.changes
	if _, _, complete := s.Snapshot(); !complete {
		t.Fatal("not complete with a set of every kind")
	}
}

// wasPoked takes a poke, if there is one.
func wasPoked(s *Source) bool {
	select {
	case <-s.changes:
		return true
	default:
		return false
	}
}

func service(name string, typ corev1.ServiceType, ip string) *corev1.Service {
	o := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Spec: corev1.ServiceSpec{Type: typ}}
	if ip != "" {
		o.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: ip}}
	}
	return o
}

func slice(name, service string, endpoints ...string) *discoveryv1.EndpointSlice {
	o := &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{
		Namespace: "default", Name: name, Labels: map[string]string{discoveryv1.LabelServiceName: service},
	}}
	for _, address := range endpoints {
		o.Endpoints = append(o.Endpoints, discoveryv1.Endpoint{Addresses: []string{address}})
	}
	return o
}

func peerObject(name string, spec map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "metallb.io/v1beta2", "kind": "BGPPeer",
		"metadata": map[string]any{"namespace": "metallb-system", "name": name, "uid": "u"}, "spec": spec,
	}}
}

func TestWhatIsWorthAPass(t *testing.T) {
	node := func(version, label string, ready corev1.ConditionStatus) *corev1.Node {
		return &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: "node-1", ResourceVersion: version, Labels: map[string]string{"rack": label}},
			Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{
				{Type: corev1.NodeReady, Status: ready, LastHeartbeatTime: metav1.NewTime(time.Unix(int64(len(version)), 0))},
			}},
		}
	}
	tests := []struct {
		name   string
		before func(*Source) error
		event  func(*Source) error
		want   bool
	}{
		{
			name:  "a new load balancer",
			event: func(s *Source) error { return s.services.Add(service("web", corev1.ServiceTypeLoadBalancer, "")) }, want: true,
		},
		{
			name:   "a load balancer that gets an address",
			before: func(s *Source) error { return s.services.Add(service("web", corev1.ServiceTypeLoadBalancer, "")) },
			event: func(s *Source) error {
				return s.services.Update(service("web", corev1.ServiceTypeLoadBalancer, "192.0.2.1"))
			},
			want: true,
		},
		{
			name:   "a load balancer of which nothing changes that a pass reads is none",
			before: func(s *Source) error { return s.services.Add(service("web", corev1.ServiceTypeLoadBalancer, "")) },
			event: func(s *Source) error {
				o := service("web", corev1.ServiceTypeLoadBalancer, "")
				o.ResourceVersion, o.Annotations = "8", map[string]string{"other": "x"}
				return s.services.Update(o)
			},
		},
		{
			name:  "a service of another type is none",
			event: func(s *Source) error { return s.services.Add(service("web", corev1.ServiceTypeClusterIP, "")) },
		},
		{
			name:   "a load balancer that turns into another type",
			before: func(s *Source) error { return s.services.Add(service("web", corev1.ServiceTypeLoadBalancer, "")) },
			event:  func(s *Source) error { return s.services.Update(service("web", corev1.ServiceTypeClusterIP, "")) }, want: true,
		},
		{
			name:   "a load balancer that goes",
			before: func(s *Source) error { return s.services.Add(service("web", corev1.ServiceTypeLoadBalancer, "")) },
			event:  func(s *Source) error { return s.services.Delete(service("web", corev1.ServiceTypeLoadBalancer, "")) }, want: true,
		},
		{
			name:   "endpoints of a load balancer",
			before: func(s *Source) error { return s.services.Add(service("web", corev1.ServiceTypeLoadBalancer, "")) },
			event:  func(s *Source) error { return s.endpointSlices.Add(slice("web-1", "web", "10.0.0.1")) }, want: true,
		},
		{
			name:  "endpoints of no load balancer are none",
			event: func(s *Source) error { return s.endpointSlices.Add(slice("db-1", "db", "10.0.0.1")) },
		},
		{
			name: "endpoints that leave a load balancer for another service",
			before: func(s *Source) error {
				if err := s.services.Add(service("web", corev1.ServiceTypeLoadBalancer, "")); err != nil {
					return err
				}
				return s.endpointSlices.Add(slice("web-1", "web", "10.0.0.1"))
			},
			event: func(s *Source) error { return s.endpointSlices.Update(slice("web-1", "db", "10.0.0.1")) }, want: true,
		},
		{
			name:   "the heartbeat of a node is none",
			before: func(s *Source) error { return s.nodes.Add(node("1", "a", corev1.ConditionTrue)) },
			event:  func(s *Source) error { return s.nodes.Update(node("22", "a", corev1.ConditionTrue)) },
		},
		{
			name:   "the label of a node",
			before: func(s *Source) error { return s.nodes.Add(node("1", "a", corev1.ConditionTrue)) },
			event:  func(s *Source) error { return s.nodes.Update(node("22", "b", corev1.ConditionTrue)) }, want: true,
		},
		{
			name: "a list that holds what is known is none",
			before: func(s *Source) error {
				return s.services.Add(service("web", corev1.ServiceTypeLoadBalancer, ""))
			},
			event: func(s *Source) error {
				return s.services.Replace([]any{service("web", corev1.ServiceTypeLoadBalancer, "")}, "9")
			},
		},
		{
			name: "a list that lacks what is known",
			before: func(s *Source) error {
				return s.services.Add(service("web", corev1.ServiceTypeLoadBalancer, ""))
			},
			event: func(s *Source) error { return s.services.Replace(nil, "9") }, want: true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newTestSource(t)
			fill(t, s)
			if tt.before != nil {
				if err := tt.before(s); err != nil {
					t.Fatal(err)
				}
			}
			wasPoked(s)
			if err := tt.event(s); err != nil {
				t.Fatal(err)
			}
			if got := wasPoked(s); got != tt.want {
				t.Errorf("poked: %t, want %t", got, tt.want)
			}
		})
	}
}

func TestSnapshotIsFalseUntilEveryKindIsThere(t *testing.T) {
	s := newTestSource(t)
	for i, k := range s.kinds {
		if _, _, complete := s.Snapshot(); complete {
			t.Fatalf("complete with %d of %d kinds", i, len(s.kinds))
		}
		if err := k.store.Replace(nil, "1"); err != nil {
			t.Fatal(err)
		}
		if !wasPoked(s) {
			t.Errorf("the first set of %s does not poke", k.resource.Resource)
		}
	}
	if _, _, complete := s.Snapshot(); !complete {
		t.Error("not complete with a set of every kind")
	}
}

// A peer that does not fit its type costs neither the other peers nor what it was before.
func TestAnObjectThatCannotBeReadStaysAsItWas(t *testing.T) {
	s := newTestSource(t)
	fill(t, s)
	good := map[string]any{"myASN": int64(64512), "peerASN": int64(65001), "peerAddress": "192.0.2.1"}
	bad := map[string]any{"myASN": int64(64512), "peerASN": int64(65001), "peerAddress": "192.0.2.1", "holdTime": "a while"}
	look := func() string {
		objs, problems, _ := s.Snapshot()
		var out []string
		for _, p := range objs.Peers {
			out = append(out, p.Name+" "+p.Spec.Address)
		}
		for _, p := range problems {
			out = append(out, p.Object.String()+": "+p.Field+": "+p.Message)
		}
		return strings.Join(out, "\n")
	}
	const complaint = "BGPPeer metallb-system/tor-a: spec.holdTime: the value is not a duration"
	steps := []struct {
		name string
		do   func() error
		want string
	}{
		{"two peers", func() error {
			return s.peers.Replace([]any{peerObject("tor-a", good), peerObject("tor-b", good)}, "2")
		}, "tor-a 192.0.2.1\ntor-b 192.0.2.1"},
		{"one of them turns bad", func() error { return s.peers.Update(peerObject("tor-a", bad)) }, "tor-a 192.0.2.1\ntor-b 192.0.2.1\n" + complaint},
		{"and is listed so", func() error {
			return s.peers.Replace([]any{peerObject("tor-a", bad), peerObject("tor-b", good)}, "3")
		}, "tor-a 192.0.2.1\ntor-b 192.0.2.1\n" + complaint},
		{"a new one is bad from the start", func() error {
			return s.peers.Replace([]any{peerObject("tor-a", good), peerObject("tor-c", bad)}, "4")
		}, "tor-a 192.0.2.1\n" + strings.Replace(complaint, "tor-a", "tor-c", 1)},
		{"the bad one goes", func() error { return s.peers.Delete(peerObject("tor-c", bad)) }, "tor-a 192.0.2.1"},
	}
	for _, step := range steps {
		wasPoked(s)
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, look()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
}

// Over many random events and lists a store holds what a map holds, in order, and
// what was given out never changes.
func TestStoreIsAMapThatLendsItsContents(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	s := newTestSource(t)
	fill(t, s)
	model := map[string]string{}
	of := func(name string) *corev1.Service { return service(name, corev1.ServiceTypeLoadBalancer, model[name]) }
	type lent struct {
		items []*corev1.Service
		text  string
	}
	var given []lent
	for range 3000 {
		name := fmt.Sprintf("s-%02d", random.IntN(40))
		var err error
		switch random.IntN(8) {
		case 0:
			delete(model, name)
			err = s.services.Delete(of(name))
		case 1:
			var list []any
			for key := range model {
				if random.IntN(10) == 0 {
					model[key] = fmt.Sprintf("192.0.2.%d", random.IntN(3)+1)
				}
				list = append(list, of(key))
			}
			err = s.services.Replace(list, "")
		default:
			model[name] = fmt.Sprintf("192.0.2.%d", random.IntN(3)+1)
			err = s.services.Update(of(name))
		}
		if err != nil {
			t.Fatal(err)
		}
		if random.IntN(3) > 0 {
			continue
		}
		objs, _, _ := s.Snapshot()
		now := lent{objs.Services, text(objs.Services)}
		if diff := cmp.Diff(modelText(model), now.text); diff != "" {
			t.Fatalf("store (-want +got):\n%s", diff)
		}
		given = append(given, now)
	}
	for _, l := range given {
		if diff := cmp.Diff(l.text, text(l.items)); diff != "" {
			t.Fatalf("what was given out has changed (-then +now):\n%s", diff)
		}
	}
}

func text(services []*corev1.Service) string {
	var b strings.Builder
	for _, o := range services {
		fmt.Fprintf(&b, "%s %s\n", o.Name, o.Status.LoadBalancer.Ingress[0].IP)
	}
	return b.String()
}

func modelText(model map[string]string) string {
	var lines []string
	for name, ip := range model {
		lines = append(lines, name+" "+ip+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func TestWhatDoesNotChangeStaysTheSamePointer(t *testing.T) {
	s := newTestSource(t)
	fill(t, s)
	names := []string{"a", "b", "c"}
	var list []any
	for _, name := range names {
		list = append(list, service(name, corev1.ServiceTypeLoadBalancer, "192.0.2.1"))
	}
	steps := []struct {
		name    string
		do      func() error
		changes string // the service that is another pointer afterwards
	}{
		{"an update that changes nothing", func() error { return s.services.Update(service("a", corev1.ServiceTypeLoadBalancer, "192.0.2.1")) }, ""},
		{"an update that changes one", func() error { return s.services.Update(service("b", corev1.ServiceTypeLoadBalancer, "192.0.2.2")) }, "b"},
		{"a list that changes one back", func() error { return s.services.Replace(list, "") }, "b"},
		{"the same list again", func() error { return s.services.Replace(list, "") }, ""},
	}
	if err := s.services.Replace(list, ""); err != nil {
		t.Fatal(err)
	}
	before, _, _ := s.Snapshot()
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		now, _, _ := s.Snapshot()
		for i, name := range names {
			if changed := before.Services[i] != now.Services[i]; changed != (name == step.changes) {
				t.Errorf("%s: service %s is another pointer: %t", step.name, name, changed)
			}
		}
		before = now
	}
}
