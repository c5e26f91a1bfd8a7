package controller

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// ledger follows a watch of all services, and notes when two have one address: in
// the order in which the API server stored their editions.
type ledger struct {
	mu         sync.Mutex // guards what follows
	services   map[string]held
	holders    map[string]map[string]bool // names by address
	violations []string
	events     int
}

// held is what a service has, and the key with which it shares.
type held struct {
	addresses []string
	key       string
}

// follow begins a watch that ends with the test. The API server closes one that reads
// too slowly, so it is resumed where it ended; one that cannot be is a violation, for
// the ledger has missed editions.
func follow(t *testing.T) *ledger {
	t.Helper()
	l := &ledger{services: map[string]held{}, holders: map[string]map[string]bool{}}
	resource := shared.dynamic.Resource(corev1.SchemeGroupVersion.WithResource("services")).Namespace("shop")
	list, err := resource.List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) > 0 {
		t.Fatalf("%d services are there before the test", len(list.Items))
	}
	w, err := watchtools.NewRetryWatcherWithContext(t.Context(), list.GetResourceVersion(), &cache.ListWatch{WatchFuncWithContext: resource.Watch})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	go func() {
		for e := range w.ResultChan() {
			if o, ok := e.Object.(*unstructured.Unstructured); ok {
				l.note(e.Type, o)
				continue
			}
			l.lose(apierrors.FromObject(e.Object))
		}
	}()
	return l
}

// lose notes that the watch ended.
func (l *ledger) lose(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.violations = append(l.violations, fmt.Sprintf("the watch of services ended after %d events: %v", l.events, err))
}

func (l *ledger) note(kind watch.EventType, o *unstructured.Unstructured) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events++
	for _, a := range l.services[o.GetName()].addresses {
		delete(l.holders[a], o.GetName())
	}
	delete(l.services, o.GetName())
	if kind == watch.Deleted {
		return
	}
	now := held{key: o.GetAnnotations()["metallb.io/allow-shared-ip"]}
	ingress, _, _ := unstructured.NestedSlice(o.Object, "status", "loadBalancer", "ingress")
	for _, i := range ingress {
		if entry, ok := i.(map[string]any); ok {
			now.addresses = append(now.addresses, fmt.Sprint(entry["ip"]))
		}
	}
	for _, a := range now.addresses {
		for name := range l.holders[a] {
			if now.key == "" || now.key != l.services[name].key {
				l.violations = append(l.violations, fmt.Sprintf("%s and %s have %s at version %s", o.GetName(), name, a, o.GetResourceVersion()))
			}
		}
		if l.holders[a] == nil {
			l.holders[a] = map[string]bool{}
		}
		l.holders[a][o.GetName()] = true
	}
	l.services[o.GetName()] = now
}

// waiting counts services without an address.
func (l *ledger) waiting() (without, all int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.services {
		if len(s.addresses) == 0 {
			without++
		}
	}
	return without, len(l.services)
}

// TestTwoReplicasUnderChurnGiveNoAddressTwice lets services come, go and change their
// minds while two replicas take turns, one of them killed in office.
func TestTwoReplicasUnderChurnGiveNoAddressTwice(t *testing.T) {
	clean(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	kubectl(t, pool("gold", "198.51.100.0/27")+pool("silver", "203.0.113.0/28"), "apply", "-f", "-")
	l := follow(t)
	replicas := []*replica{start(t, "r0", "--webhook-mode=disabled"), start(t, "r1", "--webhook-mode=disabled")}
	const turns = 4
	for turn := range turns {
		eventually(t, 40*time.Second, func() string { return oneLeads(replicas) })
		churn(t, rng, 150)
		leader := leaderOf(replicas)
		signal := syscall.SIGTERM
		if turn == 1 {
			signal = syscall.SIGKILL // the Lease runs out
		}
		stopped := make(chan struct{})
		go func() { defer close(stopped); replicas[leader].stop(t, signal) }()
		churn(t, rng, 50) // while it goes
		<-stopped
		replicas[leader] = start(t, fmt.Sprintf("r%d", turn+2), "--webhook-mode=disabled")
	}
	eventually(t, 40*time.Second, func() string {
		if without, all := l.waiting(); without > 0 {
			return fmt.Sprintf("%d of %d services have no address", without, all)
		}
		return ""
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	t.Logf("%d editions of services seen", l.events)
	for _, v := range l.violations {
		t.Error(v)
	}
	expectNothingForbidden(t)
}

func oneLeads(replicas []*replica) string {
	if leaderOf(replicas) < 0 {
		return "nobody leads"
	}
	return ""
}

// leaderOf is the replica that leads, -1 if none does.
func leaderOf(replicas []*replica) int {
	for i, r := range replicas {
		select {
		case <-r.ended:
		default:
			if r.leads() {
				return i
			}
		}
	}
	return -1
}

// churn makes random changes to at most 24 services: there are addresses for all.
func churn(t *testing.T, rng *rand.Rand, changes int) {
	t.Helper()
	for range changes {
		name := fmt.Sprintf("s%02d", rng.IntN(24))
		var err error
		switch rng.IntN(6) {
		case 0, 1:
			err = remove(t.Context(), name)
		case 2:
			err = annotate(t.Context(), name, fmt.Sprintf(`{"metallb.io/address-pool":"%s"}`, []string{"gold", "silver"}[rng.IntN(2)]))
		case 3:
			err = annotate(t.Context(), name, `{"metallb.io/address-pool":null}`)
		default:
			err = create(t.Context(), name)
		}
		if err != nil && !expected(err) {
			t.Fatal(err)
		}
	}
}

// expected are answers to a change of something that is there, or is not.
func expected(err error) bool {
	return strings.Contains(err.Error(), "not found") || strings.Contains(err.Error(), "already exists")
}

func create(ctx context.Context, name string) error {
	o := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Service",
		"metadata": map[string]any{"name": name, "namespace": "shop"},
		"spec": map[string]any{
			"type": "LoadBalancer", "allocateLoadBalancerNodePorts": false,
			"ports": []any{map[string]any{"port": int64(80)}},
		},
	}}
	_, err := shared.dynamic.Resource(corev1.SchemeGroupVersion.WithResource("services")).Namespace("shop").
		Create(ctx, o, metav1.CreateOptions{})
	return err
}

func remove(ctx context.Context, name string) error {
	return shared.dynamic.Resource(corev1.SchemeGroupVersion.WithResource("services")).Namespace("shop").
		Delete(ctx, name, metav1.DeleteOptions{})
}

func annotate(ctx context.Context, name, annotations string) error {
	_, err := shared.dynamic.Resource(corev1.SchemeGroupVersion.WithResource("services")).Namespace("shop").
		Patch(ctx, name, types.MergePatchType, []byte(`{"metadata":{"annotations":`+annotations+`}}`), metav1.PatchOptions{})
	return err
}
