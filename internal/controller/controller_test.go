package controller

import (
	"context"
	"errors"
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
	"frr-speaker/internal/kube"
	"frr-speaker/internal/status"
)

// replica is one controller, and what it said.
type replica struct {
	*Controller
	view *view

	mu     sync.Mutex // guards events
	events []string
}

// newReplica sees services and pools up to so much later than they change.
func newReplica(a *apiServer, services, pools time.Duration) *replica {
	r := &replica{view: a.newView(services, pools)}
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
		defer newReplica(a, time.Millisecond, time.Millisecond).start(t)()
		settled()
		a.put(balancer("a", asking("198.51.100.2")))
		a.put(balancer("b", asking("198.51.100.1")))
		settled()
		expectAddresses(t, a, map[string]string{"a": "198.51.100.2", "b": "198.51.100.1"})
	})
}

func TestAnAddressIsGivenOnOnlyWhenItIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPIServer(1)
		a.setPools(addressPool("gold", "198.51.100.1/32"), addressPool("silver", "203.0.113.1/32"))
		a.put(balancer("a"))
		r := newReplica(a, 20*time.Millisecond, 20*time.Millisecond)
		defer r.start(t)()
		settled()
		a.put(balancer("a", func(s *corev1.Service) {
			metav1.SetMetaDataAnnotation(&s.ObjectMeta, "metallb.io/address-pool", "silver")
		}))
		a.put(balancer("b", asking("198.51.100.1")))
		settled()
		expectAddresses(t, a, map[string]string{"a": "203.0.113.1", "b": "198.51.100.1"})
	})
}

func TestWhatWaitsIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPIServer(1)
		a.setPools(addressPool("gold", "198.51.100.1/32"))
		a.put(balancer("a"))
		a.put(balancer("b"))
		r := newReplica(a, time.Millisecond, time.Millisecond)
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
			want[name] = fmt.Sprintf("198.51.100.%d", i)
		}
		defer newReplica(a, 5*time.Millisecond, 5*time.Millisecond).start(t)()
		settled()
		settled()
		expectAddresses(t, a, want)
	})
}

func TestWhatIsWrittenIsWrittenOnceHoweverLateItIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPIServer(1)
		a.setPools(addressPool("gold", "198.51.100.0/24"))
		defer newReplica(a, time.Minute, 0).start(t)()
		const services = 20
		for i := range services {
			a.put(balancer(fmt.Sprintf("s%d", i)))
			<-time.After(10 * time.Second)
		}
		settled()
		if a.writes != services {
			t.Errorf("%d writes to %d services", a.writes, services)
		}
	})
}

func TestAWriteThatIsOvertakenWaitsForWhatOvertookIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPIServer(1)
		a.setPools(addressPool("gold", "198.51.100.0/24"))
		a.put(balancer("a"))
		r := newReplica(a, time.Minute, 0)
		r.Writer = writerFunc(func(ctx context.Context, w kube.Assignment) (string, error) {
			if a.writes == 0 {
				a.put(balancer("a", asking("198.51.100.9")))
			}
			return a.Assign(ctx, w)
		})
		defer r.start(t)()
		settled()
		expectAddresses(t, a, map[string]string{"a": "198.51.100.9"})
		if a.writes != 2 {
			t.Errorf("%d writes, want one that is overtaken and one that is not", a.writes)
		}
	})
}

// writerFunc is a Writer to services.
type writerFunc func(ctx context.Context, w kube.Assignment) (string, error)

func (f writerFunc) Assign(ctx context.Context, w kube.Assignment) (string, error) { return f(ctx, w) }

func (writerFunc) Count(context.Context, string, v1beta1.IPAddressPoolStatus) error { return nil }

// What was sent to the API server is carried out, whether or not somebody waits for it.
// The next one to lead reads services when Lead returns.
func TestWhoStopsToLeadWaitsForItsWrites(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(ctx context.Context, carriedOut <-chan error) error
		said   string
	}{
		{"that are under way", func(ctx context.Context, carriedOut <-chan error) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case err := <-carriedOut:
				return err
			}
		}, "a IPAllocated"},
		{"that had no answer", func(context.Context, <-chan error) error { return errors.New("the connection broke") }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAPIServer(1)
				a.setPools(addressPool("gold", "198.51.100.0/24"))
				a.put(balancer("a"))
				r := newReplica(a, 0, 0)
				sent := make(chan struct{}, 1)
				r.Writer = writerFunc(func(ctx context.Context, w kube.Assignment) (string, error) {
					carriedOut := make(chan error, 1)
					go func() {
						<-time.After(time.Second)
						_, err := a.assign(w)
						carriedOut <- err
					}()
					sent <- struct{}{}
					return "11", tt.answer(ctx, carriedOut)
				})
				stop := r.start(t)
				<-sent
				stop()
				expectAddresses(t, a, map[string]string{"a": "198.51.100.0"})
				if got := r.said(); got != tt.said {
					t.Errorf("Events %q, want %q", got, tt.said)
				}
			})
		})
	}
}

func TestAServiceThatIsCreatedAnewIsToldAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPIServer(1)
		a.setPools(addressPool("gold", "198.51.100.1/32"))
		a.put(balancer("a", asking("203.0.113.1")))
		r := newReplica(a, time.Millisecond, time.Millisecond)
		defer r.start(t)()
		settled()
		a.delete("a")
		a.put(balancer("a", asking("203.0.113.1"))) // before anybody sees that it was gone
		settled()
		const want = "a AllocationFailed, a AllocationFailed"
		if got := r.said(); got != want {
			t.Errorf("Events %q, want %q", got, want)
		}
	})
}

// TestWhoWaitsKeepsItsAddressMeanwhile moves every service to the address of the next
// one, and the last to a free one.
func TestWhoWaitsKeepsItsAddressMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPIServer(1)
		a.setPools(addressPool("gold", "198.51.100.0/29"))
		const services = 6
		ask := func(first int) {
			for i := range services {
				a.put(balancer(fmt.Sprintf("s%d", i), asking(fmt.Sprintf("198.51.100.%d", first+i))))
			}
		}
		ask(0)
		defer newReplica(a, 5*time.Millisecond, 5*time.Millisecond).start(t)()
		settled()
		ask(1)
		for range 1000 {
			<-time.After(time.Millisecond)
			for name, has := range a.addresses() {
				if has == "" {
					t.Fatalf("%s has no address", name)
				}
			}
		}
		expectAddresses(t, a, map[string]string{"s0": "198.51.100.1", "s5": "198.51.100.6"})
	})
}

// TestAServiceOfANewNamespaceGetsThePoolThatIsForIt has the watch of services ahead of
// the one of namespaces.
func TestAServiceOfANewNamespaceGetsThePoolThatIsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPIServer(1)
		shop := a.namespaces
		shop[0].Labels = map[string]string{"team": "red"}
		a.namespaces = nil
		red := addressPool("red", "203.0.113.0/24")
		red.Spec.AllocateTo = &v1beta1.ServiceAllocation{NamespaceSelectors: []metav1.LabelSelector{{MatchLabels: shop[0].Labels}}}
		a.setPools(addressPool("gold", "198.51.100.0/24"), red)
		a.put(balancer("a"))
		defer newReplica(a, time.Millisecond, time.Millisecond).start(t)()
		settled()
		a.mu.Lock()
		a.namespaces = shop
		a.mu.Unlock()
		a.setPools(a.pools...)
		settled()
		expectAddresses(t, a, map[string]string{"a": "203.0.113.0"})
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
