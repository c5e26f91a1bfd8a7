package controller

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/status"
)

// replica is one controller, and what it said.
type replica struct {
	*Controller
	view *view

	mu     sync.Mutex // guards events
	events []string
}

func newReplica(a *apiServer, lag time.Duration) *replica {
	r := &replica{view: a.newView(lag)}
	r.Controller = &Controller{
		Source: r.view, Writer: a, Log: slog.New(slog.DiscardHandler),
		Metrics: NewMetrics(prometheus.NewRegistry()),
		Report:  func([]intent.Problem) {},
		Record:  r.record,
	}
	return r
}

func (r *replica) record(events []status.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		r.events = append(r.events, e.Object.Name+" "+e.Reason)
	}
}

func (r *replica) said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.events, ", ")
}

// start follows and leads until the test ends or stop is called.
func (r *replica) start(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { r.view.run(ctx) })
	running.Go(func() {
		if err := r.Lead(ctx); err != nil {
			t.Errorf("lead: %v", err)
		}
	})
	return func() { cancel(); running.Wait() }
}

func balancer(name string, edits ...func(*corev1.Service)) *corev1.Service {
	s := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, Ports: []corev1.ServicePort{{Port: 80}}},
	}
	for _, edit := range edits {
		edit(s)
	}
	return s
}

func asking(addr string) func(*corev1.Service) {
	return func(s *corev1.Service) {
		metav1.SetMetaDataAnnotation(&s.ObjectMeta, "metallb.io/loadBalancerIPs", addr)
	}
}

func addressPool(name string, addresses ...string) *v1beta1.IPAddressPool {
	return &v1beta1.IPAddressPool{
		ObjectMeta: metav1.ObjectMeta{Namespace: intent.DefaultNamespace, Name: name},
		Spec:       v1beta1.IPAddressPoolSpec{Addresses: addresses},
	}
}

// settled waits for everything that is under way, and for what waits for that.
func settled() {
	const longerThanAnyBackoff = 2 * time.Minute
	<-time.After(longerThanAnyBackoff)
	synctest.Wait()
}

func TestTwoServicesThatSwapTheirAddressesEndWithThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPIServer(1)
		a.setPools(addressPool("gold", "198.51.100.0/29"))
		a.put(balancer("a", asking("198.51.100.1")))
		a.put(balancer("b", asking("198.51.100.2")))
		defer newReplica(a, time.Millisecond).start(t)()
		settled()
		a.put(balancer("a", asking("198.51.100.2")))
		a.put(balancer("b", asking("198.51.100.1")))
		settled()
		expectAddresses(t, a, map[string]string{"a": "198.51.100.2 ", "b": "198.51.100.1 "})
	})
}

func TestAnAddressIsGivenOnOnlyWhenItIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPIServer(1)
		a.setPools(addressPool("gold", "198.51.100.1/32"), addressPool("silver", "203.0.113.1/32"))
		a.put(balancer("a"))
		r := newReplica(a, 20*time.Millisecond)
		defer r.start(t)()
		settled()
		a.put(balancer("a", func(s *corev1.Service) {
			metav1.SetMetaDataAnnotation(&s.ObjectMeta, "metallb.io/address-pool", "silver")
		}))
		a.put(balancer("b", asking("198.51.100.1")))
		settled()
		expectAddresses(t, a, map[string]string{"a": "203.0.113.1 ", "b": "198.51.100.1 "})
	})
}

func TestWhatWaitsIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPIServer(1)
		a.setPools(addressPool("gold", "198.51.100.1/32"))
		a.put(balancer("a"))
		a.put(balancer("b"))
		r := newReplica(a, time.Millisecond)
		defer r.start(t)()
		settled()
		a.put(balancer("c", func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeClusterIP }))
		settled()
		a.delete("a")
		settled()
		const want = "b AllocationFailed, a IPAllocated, b IPAllocated"
		if got := r.said(); got != want {
			t.Errorf("Events %q, want %q", got, want)
		}
	})
}

func TestAWriteThatFailsIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPIServer(1)
		a.faults = 8
		a.setPools(addressPool("gold", "198.51.100.0/24"))
		want := map[string]string{}
		for i := range 20 {
			name := fmt.Sprintf("s%02d", i)
			a.put(balancer(name))
			want[name] = fmt.Sprintf("198.51.100.%d ", i)
		}
		defer newReplica(a, 5*time.Millisecond).start(t)()
		settled()
		settled()
		expectAddresses(t, a, want)
	})
}

func expectAddresses(t *testing.T, a *apiServer, want map[string]string) {
	t.Helper()
	got := a.addresses()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s has %q, want %q", name, got[name], want[name])
		}
	}
	for _, v := range a.violations {
		t.Error(v)
	}
}

// TestNoAddressIsGivenTwiceWhateverFails lets services and pools change at random while
// writes fail, answers get lost, views lag and replicas take turns.
func TestNoAddressIsGivenTwiceWhateverFails(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for i := range uint64(30) {
		synctest.Test(t, func(t *testing.T) { walkCluster(t, seed+i) })
	}
}

func walkCluster(t *testing.T, seed uint64) {
	a := newAPIServer(seed)
	a.faults = a.rng.IntN(5)
	rng := a.rng
	a.setPools(addressPool("gold", "198.51.100.0/29"))
	stop := func() {}
	for step := range 200 {
		if step%40 == 0 { // another replica leads
			stop()
			stop = newReplica(a, time.Duration(rng.IntN(100))*time.Millisecond).start(t)
		}
		a.mu.Lock()
		n, kind, pause := rng.IntN(12), rng.IntN(12), time.Duration(rng.IntN(60))*time.Millisecond
		a.mu.Unlock()
		name := fmt.Sprintf("s%d", n)
		switch kind {
		case 0:
			a.setPools(addressPool("gold", "198.51.100.0/29"))
		case 1:
			a.setPools(addressPool("gold", "198.51.100.4/30"), addressPool("silver", "203.0.113.0/30"))
		case 2, 3:
			a.delete(name)
		case 4, 5, 6:
			a.put(balancer(name, asking(fmt.Sprintf("198.51.100.%d", n%8))))
		case 7:
			a.put(balancer(name, func(s *corev1.Service) {
				metav1.SetMetaDataAnnotation(&s.ObjectMeta, "metallb.io/address-pool", "silver")
			}))
		default:
			a.put(balancer(name))
		}
		<-time.After(pause)
	}
	a.mu.Lock()
	a.faults = 0
	a.mu.Unlock()
	settled()
	before := a.addresses()
	stop()
	defer newReplica(a, time.Millisecond).start(t)()
	settled()
	for name, had := range before {
		if got := a.addresses()[name]; got != had {
			t.Errorf("seed %d: a restart changes %s from %q to %q", seed, name, had, got)
		}
	}
	for _, v := range a.violations {
		t.Errorf("seed %d: %s", seed, v)
	}
}
